#!/usr/bin/env bash
# Runs the benchmark: servers on core 0, the load on core 1. Arguments go to run.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[[ node_modules/.package-lock.json -nt package-lock.json ]] || npm ci --no-audit --no-fund
ulimit -n "$(ulimit -Hn)"
exec taskset -c 1 node run.mjs "$@"
