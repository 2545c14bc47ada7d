#!/usr/bin/env bash
# Measures this server and its peers in one run and writes a report: bench/run.sh [OPTION...]
#   --quick          about 5 minutes, for a first look: few and short windows
#   --full           about 40 minutes: more windows, longer rests, 15,000 idle connections
#   --only=ROW       one row alone, as the report names it
#   --folder=FOLDER  where report.md, its plots and results.jsonl go [bench; with --quick or --only a temporary one]
#   --list           the rows and what each runs
# Without --quick or --full it takes less than 15 minutes after the build. The servers run on core 0,
# the load on core 1; let nothing else run meanwhile. What fails is left out and said so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source tests/scripts/packages.sh
source tests/scripts/build.sh

mode=normal only='' folder='' list=
for argument; do
  case $argument in
    --quick | --full) mode=${argument#--} ;;
    --only=?*) only=${argument#*=} ;;
    --folder=?*) folder=${argument#*=} ;;
    --list) list=1 ;;
    *)
      sed -n '2,9s/^# *//p' bench/run.sh
      [[ $argument == --help ]]
      exit $(($? * 2))
      ;;
  esac
done
if [[ ! $folder ]]; then
  folder=bench
  # The report in the repository is one of a whole run.
  [[ $mode != quick && ! $only ]] || folder=$(mktemp -d -t signaler-bench.XXXXXX)
fi

case $mode in
  quick) limit=900 rounds=3 window=500ms storm=2000 idle=2000 storms=1 rest=5s watch=500ms ;;
  normal) limit=1800 rounds=9 window=1s storm=10000 idle=5000 storms=3 rest=25s watch=500ms ;;
  full) limit=9000 rounds=31 window=1s storm=10000 idle=15000 storms=9 rest=60s watch=2s ;;
esac

prepare() {
  local packages=("${packages_build[@]}" "${packages_bench[@]}")
  node_is_there || packages+=("${packages_node[@]}")
  install_missing "${packages[@]}" && install_node_packages bench || return
  # A build that was configured before Google Benchmark was there does not know these.
  [[ ! -f build/release/build.ninja ]] || grep -q micro-wire build/release/build.ninja \
    || cmake --preset release >/dev/null || return
  build_web && build_preset release reliable-signaler signaler-bench signaler-bench-floor \
    micro-wire micro-delivery
}

ours="${SIGNALER_BINARY:-build/release/net/reliable-signaler} --address=127.0.0.1 --port={port} \
--admin-port=0 --log-format=json --max-connections=100000 --max-connections-per-address=100000 \
--max-held-per-address=100000 --threads"
peers="node --expose-gc bench/peers"
declare -A commands=(
  [ours]="$ours=1"
  [two-threads]="$ours=2"
  [without-recovery]="$ours=1 --grace=0"
  [floor]="build/release/bench/signaler-bench-floor --port={port}"
  [socket.io]="$peers/socketio-rooms.mjs --port={port} --admin-port=0"
  [socket.io-recovery]="$peers/socketio-rooms.mjs --port={port} --admin-port=0 --recovery"
  [original]="$peers/original.mjs --port={port}"
)
failed=()
rows_met=0

# row LABEL "SERVER..." SCENARIO [OPTION...]: measures it, and appends the results.
row() {
  local label=$1 servers=$2 server launch=()
  shift 2
  [[ ! $only || $only == "$label" ]] || return 0
  rows_met=$((rows_met + 1))
  if [[ $list ]]; then
    echo "$label: $servers: $*"
    return
  fi
  if ((SECONDS > limit)); then
    failed+=("$label (out of time)")
    return
  fi
  for server in $servers; do launch+=("--launch=$server=${commands[$server]}"); done
  timeout -k 10 900 build/release/bench/signaler-bench "$@" --label="$label" --core=1 \
    --server-core=0 --output="$results" "${launch[@]}" || failed+=("$label")
}

# The same for each server by itself: 20,000 descriptors are all that some machines have.
row_in_turn() {
  local label=$1 servers=$2 server
  shift 2
  for server in $servers; do row "$label" "$server" "$@"; done
}

all_rows() {
  local timed=(--rounds="$rounds" --window="$window") three="ours floor socket.io" count
  row churn-create "$three" churn "${timed[@]}"
  row churn-join "$three" churn --what=join "${timed[@]}"
  row relay-100 "$three" relay --pairs=100 --in-flight=1 "${timed[@]}"
  row relay-100-4 "$three" relay --pairs=100 --in-flight=4 "${timed[@]}"
  row relay-1 "$three" relay --pairs=1 --in-flight=16 "${timed[@]}"
  row fan-out-100 "$three" fan-out --members=100 "${timed[@]}"
  row fan-out-1000 "$three" fan-out --members=1000 "${timed[@]}"
  row open-loop "$three" relay --rate=2000 "${timed[@]}"
  # All at once as long as the descriptors suffice.
  local together=row
  [[ $mode != full ]] || together=row_in_turn
  "$together" idle "$three" idle --connections="$idle" --rest="$rest"
  row_in_turn storm-reset "$three" storm --connections="$storm" --rounds="$storms" --patience=60s
  row_in_turn storm-kill "$three" storm --drop=kill --connections="$storm" --rounds="$storms" --patience=60s
  for count in 100 1000; do
    row "parked-$count" "$three" parked --joiners="$count" --rounds="$((rounds * 2 / 3))" \
      --window="$watch"
  done
  row resume "ours socket.io-recovery" resume --pairs=500 --missed=10 --rounds="$rounds"
  row resume-5 ours resume --pairs=500 --missed=5 --rounds="$rounds"
  row resume-0 ours resume --pairs=500 --missed=0 --rounds="$rounds"
  row resume-anew ours resume --pairs=500 --missed=0 --back=anew --rounds="$rounds"
  row recovery-1 "ours without-recovery" relay --pairs=100 --in-flight=1 "${timed[@]}"
  row recovery-4 "ours without-recovery" relay --pairs=100 --in-flight=4 "${timed[@]}"
  timed=(--rounds="$((rounds / 2 + 1))" --window="$window")
  row churn-polling "ours socket.io" churn --transport=polling "${timed[@]}"
  row two-threads "ours two-threads" relay --in-flight=1 "${timed[@]}"
  row original-relay "ours original" relay --pairs=10 --in-flight=1 "${timed[@]}"
  [[ $mode != quick ]] || return 0
  row parked-5000 "$three" parked --joiners=5000 --rounds=5 --window="$watch"
  for count in 10 100 1000 5000; do
    row_in_turn "relay-rooms-$count" "ours floor" relay --pairs="$count" --in-flight=1 --rounds=5
  done
  for count in 0 5000 15000; do
    row "churn-beside-$count" ours churn --background="$count" --rounds=5
  done
}

# One thread, one core, no server; then their instructions, which nothing else at work can change.
micro() {
  local name
  [[ ! $only || $only == micro ]] || return 0
  rows_met=$((rows_met + 1))
  if [[ $list ]]; then
    echo "micro: no server: micro-wire, micro-delivery"
    return
  fi
  for name in wire delivery; do
    taskset -c 1 "build/release/bench/micro-$name" --benchmark_min_time=0.2 \
      --benchmark_format=json >"$folder/report/micro-$name.json" || failed+=("micro-$name")
    node bench/reporting/count_instructions.mjs "build/release/bench/micro-$name" \
      >"$folder/report/instructions-$name.json" || failed+=("instructions-$name")
  done
}

# A name that is wrong is noticed before anything is built.
(
  list=1
  all_rows
  micro
  ((rows_met > 0))
) >/dev/null || {
  echo "bench/run.sh: no row '$only' in a $mode run; --list shows them, with --full all" >&2
  exit 2
}
if [[ $list ]]; then
  all_rows
  micro
  exit
fi
prepare </dev/null || exit
mkdir -p "$folder/report" || exit
results=$folder/report/results.jsonl
SECONDS=0
commit=$(git describe --always --dirty 2>/dev/null) # before its own results change that
: >"$results"
load_before=$(cut -d ' ' -f 1 /proc/loadavg)
all_rows </dev/null
micro </dev/null
((${#failed[@]} == 0)) || echo "failed: ${failed[*]}" >&2
node bench/reporting/report.mjs --folder="$folder" --mode="$mode" --load="$load_before" \
  --commit="$commit" --failed="${failed[*]-}" || exit
echo "the report is $folder/report.md"
((${#failed[@]} == 0))
