#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them; tests/README.md says what each layer is for.
#   ./test.sh           everything that a change must pass
#   ./test.sh --quick   the release build only: no sanitizers, no fuzzing, no clang-tidy
#   ./test.sh --all     also ThreadSanitizer, longer fuzzing and simulation, larger crowds, clang-tidy
#                       everywhere
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
exec </dev/null
source tests/scripts/packages.sh
source tests/scripts/build.sh
source tests/scripts/stages.sh

mode=${1-}
case $mode in
  '' | --all | --quick) ;;
  *)
    sed -n '2,6s/^# *//p' test.sh
    [[ $mode == --help ]]
    exit $(($? * 2))
    ;;
esac

# Address space randomisation breaks the older sanitizer runtimes on some kernels.
fixed_addresses=(setarch -R)
"${fixed_addresses[@]}" true 2>/dev/null || fixed_addresses=()

prepare() {
  local packages=("${packages_build[@]}" "${packages_test[@]}") missing
  [[ $mode != --all ]] || packages+=("${packages_all[@]}")
  node_is_there || packages+=("${packages_node[@]}")
  mapfile -t missing < <(missing_packages "${packages[@]}")
  if ((${#missing[@]})); then
    echo "Installing: ${missing[*]}"
    stage packages install_packages "${missing[@]}"
    tally_step || return
  fi
  stage npm prepare_node
  tally_step
}

prepare_node() {
  install_node_packages tests/e2e && install_node_packages tests/web && build_web
}

check_format() {
  find actors net tests bench -name node_modules -prune -o \
    \( -name '*.cpp' -o -name '*.hpp' \) -print0 | xargs -0r clang-format --dry-run --Werror
}

# ctest_stage LAYER PRESET CTEST-OPTION...
ctest_stage() {
  local name=$1-$2 preset=$2
  shift 2
  stage "$name" timeout -k 10 2400 "${fixed_addresses[@]}" ctest --test-dir "build/$preset" \
    --no-tests=error --output-on-failure --timeout 300 -j "$(nproc)" \
    --output-junit "$logs/$name.xml" "$@"
  tally_ctest "$logs/$name.xml"
}

# npm_stage LAYER PRESET FOLDER [NAME...]: the tests of an npm package, or those of that name,
# against the binary of that preset.
npm_stage() {
  SIGNALER_BINARY=$PWD/build/$2/net/reliable-signaler stage "$1-$2" timeout -k 10 1500 \
    "${fixed_addresses[@]}" npm --prefix "$3" test -- "${@:4}"
  tally_node
}

# test_preset PRESET LAYER...: builds it, then runs these layers of tests on it.
test_preset() {
  local preset=$1 layer
  shift
  stage "build-$preset" build_preset "$preset"
  tally_step || { not_run "${@/%/-$preset}"; return; }
  for layer; do
    case $layer in
      style) ctest_stage style "$preset" -R '^style\.' ;;
      unit) ctest_stage unit "$preset" -E '^(style|sim|install)\.' ;;
      install) ctest_stage install "$preset" -L install ;;
      sim) ctest_stage sim "$preset" -R '^sim\.' ;;
      e2e) npm_stage e2e "$preset" tests/e2e ;;
      web) npm_stage web "$preset" web ;;
      chaos) npm_stage chaos "$preset" web chaos ;; # part of web
      crowd) SIGNALER_CROWD=9500 npm_stage crowd "$preset" tests/e2e crowds drain ;; # part of e2e
      browser) npm_stage browser "$preset" tests/web ;;
    esac
  done
}

# Each fuzz target for some seconds. What it finds anew stays with the logs, out of the corpus.
fuzz() {
  local seconds=10 target name=
  [[ $mode != --all ]] || seconds=120
  stage build-fuzz build_preset fuzz fuzz_targets
  tally_step || { not_run fuzz; return; }
  for target in build/fuzz/tests/fuzz/fuzz_*; do
    [[ -f $target && -x $target && $target != *fuzz_replay_* ]] || continue
    name=${target##*/}
    mkdir -p "$logs/$name"
    stage "$name" timeout -k 10 $((seconds + 60)) "${fixed_addresses[@]}" "$target" \
      -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="$logs/$name/" "$logs/$name" "tests/fuzz/corpus/${name#fuzz_}"
    tally_check
  done
  [[ $name ]] || not_run fuzz
}

# The unit tests run on one thread; the end-to-end tests are where threads meet.
thread_sanitizer() {
  stage caf-tsan timeout -k 10 1800 tests/scripts/build_tsan_caf.sh
  tally_step || { not_run "${sanitized[@]/%/-tsan}"; return; }
  LD_LIBRARY_PATH=$(tail -n 1 "$stage_log") SIGNALER_THREAD_SANITIZER=1 test_preset tsan "${sanitized[@]}"
}

[[ $mode != --all ]] || export SIGNALER_SIM_LONG=1 # many more seeds
sanitized=(unit sim e2e chaos)

if prepare; then
  stage format check_format
  tally_check
  test_preset release style unit sim install e2e web browser
  [[ $mode != --all ]] || test_preset release crowd
  if [[ $mode != --quick ]]; then
    export SIGNALER_PATIENCE=4 # what has sanitizers in it is slow
    # What one thread does wrong with memory, it does among others as well.
    export SIGNALER_MODES=two-threads,stock-scheduler
    SIGNALER_TIDY_SECONDS=120 stage tidy timeout -k 10 3600 tests/scripts/tidy.sh "${mode#--}"
    tally_check
    with_asan=("${sanitized[@]}")
    [[ $mode != --all ]] || with_asan+=(install)
    test_preset asan "${with_asan[@]}"
    fuzz
  fi
  [[ $mode != --all ]] || thread_sanitizer
fi
conclude
