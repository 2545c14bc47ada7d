#!/usr/bin/env bash
# clang-tidy on the C++ sources a change touched, within bounded time: tests/scripts/tidy.sh [all]
#
# Needs the compile commands of the release preset. A file that passed is remembered, by its content
# and that of all headers, and is not looked at again. What is not begun after SIGNALER_TIDY_SECONDS
# [300] is named and left. With `all`: every source, whatever it takes.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
database=build/tidy
cache=${XDG_CACHE_HOME:-$HOME/.cache}/reliable-signaler/tidy
mkdir -p "$cache" "$database"

# GCC's precompiled headers mean nothing to clang; without them each file must include what it uses.
if ! sed -E 's/ -Winvalid-pch| -include [^ ]*cmake_pch[^ ]*//g' build/release/compile_commands.json \
  >"$database/compile_commands.json"; then
  echo "No compile commands: configure the release preset first" >&2
  exit 1
fi

# One source a line: what differs from where this branch left origin/main; on main itself, what the
# last 20 commits touched. A header stands for the first source that includes it.
changed_sources() {
  local base file
  base=$(git merge-base HEAD origin/main 2>/dev/null) || base=
  if [[ -z $base || $base == $(git rev-parse HEAD) ]]; then
    base=$(git rev-parse -q --verify HEAD~20 || git hash-object -t tree /dev/null)
  fi
  { git diff --name-only "$base"; git ls-files -o --exclude-standard; } | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *.hpp)
        if [[ -f ${file%.hpp}.cpp ]]; then
          echo "${file%.hpp}.cpp"
        else
          grep -rl --include='*.cpp' --exclude-dir=node_modules "[\"/]${file##*/}\"" \
            actors net tests bench | head -n 1
        fi
        ;;
    esac
  done
}

all_sources() {
  find actors net tests bench -name node_modules -prune -o -name '*.cpp' -print
}

# Only what the compile commands know; those with Beast, which take long, last.
in_good_order() {
  local file slow=()
  while read -r file; do
    grep -qF "\"$PWD/$file\"" "$database/compile_commands.json" || continue
    [[ -f $file ]] || continue
    if grep -q 'include <boost/' "$file"; then slow+=("$file"); else echo "$file"; fi
  done
  printf '%s\n' "${slow[@]}" | grep . || true
}

check_one() {
  local file=$1 stamp output
  stamp=$cache/$({ echo "$state"; cat "$file"; } | sha256sum | cut -c 1-40)
  [[ ! -f $stamp ]] || return 0
  if (($(date +%s) > deadline)); then
    echo "out of time, not looked at: $file"
    return 0
  fi
  # A configuration it cannot parse only makes it fall back to its defaults.
  if output=$(timeout 600 clang-tidy --quiet -p "$database" "$file" 2>&1) \
    && [[ $output != *"Error parsing"* ]]; then
    echo "clean: $file"
    touch "$stamp"
  else
    echo "not clean: $file"
    grep -vE '^[0-9]+ warnings? (generated|treated)' <<<"$output"
    return 1
  fi
}
export -f check_one
export database cache

limit=${SIGNALER_TIDY_SECONDS:-300}
sources=changed_sources
[[ ${1-} != all ]] || { limit=86400 sources=all_sources; }
git rev-parse HEAD >/dev/null 2>&1 || sources=all_sources
deadline=$(($(date +%s) + limit))
state=$(
  clang-tidy --version
  find actors net tests bench -name node_modules -prune -o -name '*.hpp' -print0 | sort -z \
    | xargs -0r cat .clang-tidy CMakeLists.txt CMakePresets.json
)
state=$(sha256sum <<<"$state")
export deadline state
# shellcheck disable=SC2016
$sources | sort -u | in_good_order | xargs -r -P "$(nproc)" -I {} bash -c 'check_one "$1"' _ {}
