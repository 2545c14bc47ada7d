#!/usr/bin/env bash
# Compiles a program against an installed tree by pkg-config alone, and runs it: PREFIX FOLDER COMPILER...
set -euo pipefail
prefix=$1 folder=$2
shift 2
here=$(dirname "${BASH_SOURCE[0]}")
found=("$prefix"/lib*/pkgconfig "$prefix"/lib/*/pkgconfig)
PKG_CONFIG_PATH=$(IFS=:; echo "${found[*]}")
export PKG_CONFIG_PATH
pkg-config --exists --print-errors 'reliable_signaler >= 0.1'
read -ra compile < <(pkg-config --cflags reliable_signaler)
read -ra link < <(pkg-config --libs reliable_signaler)
read -ra link_static < <(pkg-config --libs --static reliable_signaler)
mkdir -p "$folder"
"$@" -std=c++20 -Wall -Wextra -Werror "${compile[@]}" -c "$here/server.cpp" -o "$folder/server.o"
# Users ask for static libraries, or do not: both must do.
for libraries in "${link[*]}" "${link_static[*]}"; do
  read -ra libraries <<<"$libraries"
  "$@" "$folder/server.o" "${libraries[@]}" -o "$folder/server"
  "$folder/server"
done
