#!/usr/bin/env bash
# Measures this server and its peers in one run and writes a report: bench/run.sh [OPTION...]
#   --quick          about 6 minutes, for a first look: few and short windows
#   --full           less than an hour: more windows, longer rests, 15,000 idle connections
#   --only=ROW,...   these rows alone; a name that is no row means all that begin with it: relay-rooms, storm
#   --folder=FOLDER  where report.md, its plots and results.jsonl go [bench; with --quick or --only a temporary one]
#   --into=FOLDER    with --only: puts these rows into the report there, instead of its own
#   --list           the rows, what each runs, and how long that takes
# Without --quick or --full it takes less than 13 minutes after the build. The servers run on core 0,
# the load on core 1; let nothing else run meanwhile. What fails is left out and said so.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
source tests/scripts/packages.sh
source tests/scripts/build.sh

mode=normal only='' folder='' into='' list=
asked=$*
for argument; do
  case $argument in
    --quick | --full) mode=${argument#--} ;;
    --only=?*) only=${argument#*=} ;;
    --folder=?*) folder=${argument#*=} ;;
    --into=?*) into=${argument#*=} ;;
    --list) list=1 ;;
    *)
      sed -n '2,11s/^# *//p' bench/run.sh
      [[ $argument == --help ]]
      exit $(($? * 2))
      ;;
  esac
done
if [[ $into && (! $only || $folder) ]]; then
  echo "bench/run.sh: --into=$into needs --only, and no --folder" >&2
  exit 2
fi
if [[ $into && ! -f $into/report/results.jsonl ]]; then
  echo "bench/run.sh: no report to put rows into: $into/report/results.jsonl" >&2
  exit 2
fi

# `few`: rounds of the rows that say how cost grows.
case $mode in
  quick) limit=900 rounds=3 few=3 window=500ms storm=2000 idle=2000 storms=1 rest=5s watch=500ms patience=10s ;;
  normal) limit=1800 rounds=5 few=3 window=1s storm=10000 idle=5000 storms=2 rest=10s watch=500ms patience=10s ;;
  full) limit=9000 rounds=31 few=5 window=1s storm=10000 idle=15000 storms=9 rest=60s watch=2s patience=60s ;;
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
all_labels='' # in the report's order
estimate=0    # milliseconds, of all rows that are met

# Whether --only wants this row. A name that is no row's means all that begin with it and a dash.
is_wanted() {
  local name
  [[ $only ]] || return 0
  for name in ${only//,/ }; do
    [[ $1 != "$name" ]] || return 0
    [[ $1 != "$name"-* || " $all_labels " == *" $name "* ]] || return 0
  done
  return 1
}

milliseconds() {
  case $1 in
    *ms) echo "${1%ms}" ;;
    *s) echo "$((${1%s} * 1000))" ;;
  esac
}

# estimate_of "SERVER..." SCENARIO [OPTION...]: milliseconds that a row takes, from its windows and
# how many clients gather. Storms of socket.io count as if each lasted until patience ends.
estimate_of() {
  local servers=$1 scenario=$2 option value server clients=200 each=1000 rests=0 runs=9 wait=0 total=2000
  shift 2
  for option; do
    value=${option#*=}
    case $option in
      --rounds=*) runs=$value ;;
      --window=*) each=$(milliseconds "$value") ;;
      --rest=*) rests=$(milliseconds "$value") ;;
      --patience=*) wait=$(milliseconds "$value") ;;
      --pairs=*) clients=$((2 * value)) ;;
      --connections=* | --background=* | --members=* | --joiners=*) clients=$value ;;
    esac
  done
  for server in $servers; do
    case $scenario in
      idle) total=$((total + rests + 2000)) ;;
      storm) [[ $server != socket.io ]] && value=2000 || value=$wait ;;&
      parked) value=$((each + 400 + clients / 10)) ;;& # it comes to rest twice
      resume) [[ $server == ours ]] && value=400 || value=3000 ;;&
      churn | relay | fan-out) value=$each ;;&
      storm | parked | resume | churn | relay | fan-out)
        total=$((total + (runs + 1) * value)) # the first round warms up
        ;;
    esac
    total=$((total + clients / 2 + 500)) # 2,000 of them a second
  done
  echo "$total"
}

# row LABEL "SERVER..." SCENARIO [OPTION...]: measures it, and appends the results.
row() {
  local label=$1 servers=$2 server took launch=()
  shift 2
  if [[ $list == labels ]]; then
    [[ " $all_labels " == *" $label "* ]] || all_labels+=" $label"
    return
  fi
  is_wanted "$label" || return 0
  if [[ $list ]]; then
    took=$(estimate_of "$servers" "$@")
    estimate=$((estimate + took))
    echo "$label: $servers: $*: $((took / 1000)) s"
    return
  fi
  if ((SECONDS > limit)); then
    failed+=("$label (out of time)")
    return
  fi
  for server in $servers; do launch+=("--launch=$server=${commands[$server]}"); done
  timeout -k 10 900 build/release/bench/signaler-bench "$@" --label="$label" --core=1 \
    --server-core=0 --output="$measured" "${launch[@]}" || failed+=("$label")
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
  row fan-out-10 "$three" fan-out --members=10 "${timed[@]}"
  row fan-out-100 "$three" fan-out --members=100 "${timed[@]}"
  row fan-out-1000 "$three" fan-out --members=1000 "${timed[@]}"
  row open-loop "$three" relay --rate=2000 "${timed[@]}"
  # All at once as long as the descriptors suffice.
  local together=row
  [[ $mode != full ]] || together=row_in_turn
  "$together" idle "$three" idle --connections="$idle" --rest="$rest"
  row_in_turn storm-reset "$three" storm --connections="$storm" --rounds="$storms" --patience="$patience"
  row_in_turn storm-kill "$three" storm --drop=kill --connections="$storm" --rounds="$storms" --patience="$patience"
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
  row parked-5000 "$three" parked --joiners=5000 --rounds="$few" --window="$watch"
  for count in 10 100 1000 5000; do
    row_in_turn "relay-rooms-$count" "ours floor" relay --pairs="$count" --in-flight=1 --rounds="$few"
  done
  for count in 0 5000 15000; do
    row "churn-beside-$count" ours churn --background="$count" --rounds="$few"
  done
}

# One thread, one core, no server; then their instructions, which nothing else at work can change.
micro() {
  local name part kept=()
  if [[ $list == labels ]]; then
    all_labels+=" micro"
    return
  fi
  is_wanted micro || return 0
  if [[ $list ]]; then
    estimate=$((estimate + 100000))
    echo "micro: no server: micro-wire, micro-delivery: 100 s"
    return
  fi
  for name in wire delivery; do
    taskset -c 1 "build/release/bench/micro-$name" --benchmark_min_time=0.2 \
      --benchmark_format=json >"$scratch/micro-$name.json" && kept+=("micro-$name")
    node bench/reporting/count_instructions.mjs "build/release/bench/micro-$name" \
      >"$scratch/instructions-$name.json" && kept+=("instructions-$name")
  done
  ((${#kept[@]} == 4)) || failed+=(micro)
  # A failed count leaves what was there before.
  for part in ${kept[@]+"${kept[@]}"}; do mv "$scratch/$part.json" "$folder/report/"; done
}

# What its own results change does not make a commit another one.
commit_measured() {
  local commit
  commit=$(git rev-parse --short HEAD 2>/dev/null) || return 0
  git diff --quiet HEAD -- . ':!bench/report' ':!bench/report.md' || commit+=-dirty
  echo "$commit"
}

# A name that is wrong is noticed before anything is built.
list=labels all_rows
list=labels micro
for name in ${only//,/ }; do
  [[ " $all_labels " != *" $name "* && " $all_labels" != *" $name-"* ]] || continue
  echo "bench/run.sh: no row '$name' in a $mode run; --list shows them, with --full all" >&2
  exit 2
done
if [[ $list ]]; then
  all_rows
  micro
  echo "together at most $(((estimate + 59999) / 60000)) minutes"
  exit
fi
prepare </dev/null || exit
if [[ $into ]]; then
  folder=$into
elif [[ ! $folder ]]; then
  folder=bench
  # The report in the repository is one of a whole run.
  [[ $mode != quick && ! $only ]] || folder=$(mktemp -d -t signaler-bench.XXXXXX)
fi
mkdir -p "$folder/report" || exit
scratch=$(mktemp -d -t signaler-bench-run.XXXXXX) || exit
trap 'rm -rf "$scratch"' EXIT
measured=$folder/report/measured.jsonl # becomes part of results.jsonl when all is done
: >"$measured"
SECONDS=0
commit=$(commit_measured)
load_before=$(cut -d ' ' -f 1 /proc/loadavg)
all_rows </dev/null
micro </dev/null
((${#failed[@]} == 0)) || echo "failed: ${failed[*]}" >&2
servers=()
for name in "${!commands[@]}"; do servers+=("--server=$name=${commands[$name]}"); done
failures=()
for name in ${failed[@]+"${failed[@]}"}; do failures+=("--failed=$name"); done
wanted_micro=()
! is_wanted micro || wanted_micro=(--micro)
node bench/reporting/record.mjs --folder="$folder" ${into:+--into} --order="$all_labels" --mode="$mode" \
  --load="$load_before" --commit="$commit" --command="bench/run.sh${asked:+ $asked}" \
  "${servers[@]}" ${failures[@]+"${failures[@]}"} ${wanted_micro[@]+"${wanted_micro[@]}"} || exit
rm -f "$measured"
node bench/reporting/report.mjs --folder="$folder" || exit
echo "the report is $folder/report.md"
((${#failed[@]} == 0))
