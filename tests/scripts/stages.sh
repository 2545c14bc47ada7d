# Stages of test.sh: run one, time it, count its tests, show why it failed. Sourced, not run.
# shellcheck shell=bash

logs=$PWD/build/logs
passed=0 failed=0
running= # process id of the command under way
rm -rf "$logs"
mkdir -p "$logs/sanitizer"
trap '[[ -z $running ]] || kill "$running"; echo interrupted; exit 130' INT TERM

# Sanitizers report to files, so that a report counts even where nobody looks at a process's end.
reports=log_path=$logs/sanitizer/report:log_exe_name=1
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:$reports
export UBSAN_OPTIONS=print_stacktrace=1:$reports
export TSAN_OPTIONS=second_deadlock_stack=1:$reports

# stage NAME COMMAND...: runs it with its output in build/logs/NAME.log. A tally must follow.
# A function runs in the foreground; a command in the background, so that a signal can end it.
stage() {
  stage_name=$1 stage_log=$logs/$1.log stage_started=$SECONDS stage_status=0
  shift
  printf '%-18s ' "$stage_name"
  if [[ $(type -t "$1") == function ]]; then
    "$@" >"$stage_log" 2>&1 || stage_status=$?
  else
    "$@" >"$stage_log" 2>&1 &
    running=$!
    wait "$running" || stage_status=$?
    running=
  fi
  ((stage_status != 124)) || echo "Not done within its time limit: stopped" >>"$stage_log"
}

# finish PASSED FAILED: adds a stage's counts, prints them; a sanitizer's report is a failure, too.
finish() {
  local good=$1 bad=$2 report
  for report in "$logs"/sanitizer/report.*; do
    [[ -f $report ]] || continue
    cat "$report" >>"$stage_log"
    mv "$report" "$logs/sanitizer/$stage_name.${report##*/report.}"
    ((++bad))
  done
  ((passed += good, failed += bad))
  printf '%4d ok %4d failed %5d s\n' "$good" "$bad" $((SECONDS - stage_started))
  ((bad == 0)) || show_failure
  return $((bad > 0))
}

show_failure() {
  echo "----- end of ${stage_log#"$PWD"/}, exit status $stage_status"
  # What ctest and node say of a failed test may stand far above the end.
  grep -nE '^ *(not ok|✖) |\*\*\*(Failed|Timeout|Exception)|ERROR: .*Sanitizer' "$stage_log" \
    | head -n 20
  tail -n 60 "$stage_log"
  echo "-----"
}

# A stage that is no test: it counts only when it fails.
tally_step() { finish 0 $((stage_status != 0)); }

# A stage that is one test.
tally_check() { finish $((stage_status == 0)) $((stage_status != 0)); }

# A stage that counts its own tests. No test at all is a failure, and so is an exit status that no
# failed test explains.
tally_tests() {
  local good=$1 bad=$2
  if ((bad == 0 && (good == 0 || stage_status != 0))); then
    echo "$good tests passed and none failed, exit status $stage_status" >>"$stage_log"
    bad=1
  fi
  finish "$good" "$bad"
}

# CTest's summary, written as JUnit XML. Tests that were skipped are neither good nor bad.
tally_ctest() {
  local field counts=()
  for field in tests failures disabled skipped; do
    counts+=("$(grep -oPm1 "^\s*$field=\"\K[0-9]+" "$1" 2>/dev/null || echo 0)")
  done
  tally_tests $((counts[0] - counts[1] - counts[2] - counts[3])) "${counts[1]}"
}

# The summaries of all runs of node's test runner in the log, as TAP or in the form for people.
tally_node() {
  local counts
  read -ra counts < <(awk '$1 ~ /^(#|ℹ)$/ && NF == 3 { n[$2] += $3 }
    END { print n["pass"] + 0, n["fail"] + n["cancelled"] + 0 }' "$stage_log")
  tally_tests "${counts[@]}"
}

# not_run NAME...: stages that could not run because what they need failed.
not_run() {
  local name
  for name; do
    printf '%-18s not run\n' "$name"
    ((++failed))
  done
}

conclude() {
  echo "All stages took $SECONDS s; their output is in build/logs."
  echo "$passed passed, $failed failed"
  ((failed == 0))
}
