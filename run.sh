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
  build_web # first: the server takes it in
  build_preset release reliable-signaler
}

prepare </dev/null
exec build/release/net/reliable-signaler "$@"
