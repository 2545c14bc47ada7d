#!/usr/bin/env bash
# Installs what is missing, builds the server, and serves on port 8080: ./run.sh [server options...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source tests/scripts/packages.sh
source tests/scripts/build.sh

binary=build/release/net/reliable-signaler

build_server() {
  install_missing "${packages_build[@]}"
  build_preset release reliable-signaler </dev/null
}

# The browser script and the demos: an npm package of its own, bundled into web/dist.
build_web() {
  [[ -f web/package.json ]] || return 0
  node_is_there || install_missing nodejs npm ca-certificates
  (cd web && npm ci --no-audit --no-fund && npm run build) </dev/null
}

# Prints where to point a browser. The server itself reads the options; this only looks at them.
print_addresses() {
  local option port=8080 scheme=http address='' host hosts
  for option; do
    case $option in
      --port=*) port=${option#*=} ;;
      --address=*) address=${option#*=} ;;
      --tls-certificate=*) scheme=https ;;
      --help | --long-help | --version | --dump-config | --config-file=* | -h | -\?) return 0 ;;
    esac
  done
  case ${address//[\"\']/} in
    '' | 0.0.0.0 | ::) hosts="localhost $(hostname -I 2>/dev/null || true)" ;;
    *) hosts=$address ;;
  esac
  echo "reliable-signaler, to open in a browser (Ctrl-C stops it):"
  for host in $hosts; do
    [[ $host != *:* ]] || host="[$host]"
    echo "  $scheme://$host:$port/"
  done
}

build_server
build_web
print_addresses "$@"
exec "$binary" "$@"
