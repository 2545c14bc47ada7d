#!/usr/bin/env bash
# Builds Debian's libcaf_core with ThreadSanitizer, outside the checkout; prints its folder last.
#
# The atomics of CAF's mailboxes live in the library. Where that is not instrumented, TSan sees no
# order between two actors and reports every message as a race. Version, headers and options are
# those of the installed package, so that the result can replace it by LD_LIBRARY_PATH.
set -euo pipefail

source_version=$(dpkg-query -W -f '${source:Package}=${source:Version}' libcaf-dev)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/reliable-signaler
result=$cache/${source_version/=/-}-tsan-gcc$(g++ -dumpversion)
if [[ -f $result/libcaf_core.so ]]; then
  echo "$result"
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The system's own package sources, asked for source packages, in lists of their own: nothing on the
# system changes, and no root is needed.
mkdir -p parts lists/partial
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  [[ -f $file ]] || continue
  case $file in
    *.sources) sed -E 's/^Types:.*/Types: deb-src/' "$file" >"parts/${file##*/}" ;;
    *.list) sed -nE 's/^deb(-src)? /deb-src /p' "$file" >"parts/${file##*/}" ;;
  esac
done
apt=(apt-get -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/parts"
  -o "Dir::State::lists=$work/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
  -o "APT::Sandbox::User=$(id -un)")
"${apt[@]}" update
"${apt[@]}" source --tar-only "$source_version"
mkdir source
tar -xf ./*.orig.tar.* --strip-components=1 -C source
diff -rq source/libcaf_core/caf /usr/include/caf | grep -v '^Only in /usr' && {
  echo "The package's headers differ from its source: its patches would have to be applied" >&2
  exit 1
}

cmake -S source -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS='-fsanitize=thread -fno-omit-frame-pointer' \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO='-O1 -g1' -DCMAKE_SHARED_LINKER_FLAGS=-fsanitize=thread \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 -DCAF_LOG_LEVEL=QUIET \
  -DCAF_NO_IO=yes -DCAF_NO_TOOLS=yes -DCAF_NO_EXAMPLES=yes -DCAF_NO_UNIT_TESTS=yes \
  -DCAF_NO_OPENSSL=yes -DCAF_NO_OPENCL=yes -DCAF_NO_PYTHON=yes
diff build/libcaf_core/caf/detail/build_config.hpp /usr/include/caf/detail/build_config.hpp
cmake --build build --target libcaf_core_shared

mkdir -p "$cache"
rm -rf "$result.new"
cp -a build/lib "$result.new"
mv "$result.new" "$result"
echo "$result"
