#!/usr/bin/env bash
# Installs what is missing, builds, and serves the demos on port 8080: ./run.sh [server options...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source tests/scripts/packages.sh
source tests/scripts/build.sh

prepare() {
  local packages=("${packages_build[@]}")
  node_is_there || packages+=("${packages_node[@]}")
  install_missing "${packages[@]}"
  build_preset release reliable-signaler
  build_web
}

# Whether the options, or the file they name, say themselves what is to be served.
names_web_root() {
  local option
  for option; do
    case $option in
      --web-root*) return 0 ;;
      --config-file=*) ! grep -qs web-root "${option#*=}" || return 0 ;;
    esac
  done
  return 1
}

prepare </dev/null
names_web_root "$@" || set -- "--web-root=web/dist" "$@"
exec build/release/net/reliable-signaler "$@"
