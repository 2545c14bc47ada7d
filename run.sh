#!/usr/bin/env bash
# Installs what is missing, builds, and serves the demos on port 8080: ./run.sh [server options...]
# Pages keep their ids over restarts: unless the options name another one, the server's secret is
# ~/.local/state/reliable-signaler/secret (or in $XDG_STATE_HOME), made when there is none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source tests/scripts/packages.sh
source tests/scripts/build.sh

prepare() {
  local packages=("${packages_build[@]}")
  node_is_there || packages+=("${packages_node[@]}")
  install_missing "${packages[@]}"
  build_web # first: the server takes it in
  build_preset release reliable-signaler
}

# Prints the option for the secret; nothing when the user's options, "$@", may name one.
secret_option() {
  local option folder
  for option; do
    case $option in --secret-file* | --config-file*) return ;; esac
  done
  folder=${XDG_STATE_HOME:-${HOME:-/root}/.local/state}/reliable-signaler
  if (umask 077 && mkdir -p "$folder") && [[ -w $folder ]]; then
    echo "--secret-file=$folder/secret"
  else
    echo "No place for a secret in $folder: ids of pages end with this server." >&2
  fi
}

prepare </dev/null
secret=$(secret_option "$@")
exec build/release/net/reliable-signaler ${secret:+"$secret"} "$@"
