# Configures and builds a preset; run.sh and test.sh share the warm trees. Sourced, not run.
# shellcheck shell=bash

# Lets a fresh clone at another path find what this one compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
# Without these it does not cache what uses a precompiled header.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# build_preset PRESET [TARGET...]: from the project's root. Ninja configures again by itself when a
# CMakeLists.txt has changed, but knows nothing of the presets.
build_preset() {
  local preset=$1 launcher=
  shift
  if [[ ! build/$preset/build.ninja -nt CMakePresets.json ]]; then
    launcher=$(command -v ccache)
    cmake --preset "$preset" ${launcher:+"-DCMAKE_CXX_COMPILER_LAUNCHER=$launcher"} || return
  fi
  cmake --build "build/$preset" ${1:+--target "$@"}
}
