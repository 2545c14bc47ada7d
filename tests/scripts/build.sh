# Builds what run.sh and test.sh share, quick when there is nothing to do. Sourced from the root.
# shellcheck shell=bash

# Lets a fresh clone at another path find what this one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
# Without these it does not cache what uses a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build_preset PRESET [TARGET...]. Ninja configures again by itself when a CMakeLists.txt has changed,
# but knows nothing of the presets.
build_preset() {
  local preset=$1 launcher=
  shift
  if [[ ! build/$preset/build.ninja -nt CMakePresets.json ]]; then
    launcher=$(command -v ccache) || true
    cmake --preset "$preset" ${launcher:+"-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher"} || return
  fi
  cmake --build "build/$preset" ${1:+--target "$@"}
}

# install_node_packages FOLDER: what its package-lock.json says.
install_node_packages() {
  [[ ! $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] || return 0
  timeout --foreground 600 npm --prefix "$1" ci --no-audit --no-fund
}

# The browser script, the stock client and the demos: an npm package of its own, bundled into web/dist.
build_web() {
  local made=web/dist/reliable-signaler/signaler.js
  install_node_packages web || return
  if [[ ! -f $made || $(find web -path web/node_modules -prune -o -path web/dist -prune -o \
    -newer "$made" -type f -print -quit) ]]; then
    npm --prefix web run build
  fi
}
