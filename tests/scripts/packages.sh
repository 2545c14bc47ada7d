# The Debian packages this project needs, with reasons, and their installation. Sourced, not run.
# shellcheck shell=bash disable=SC2034

# To build and run the server.
packages_build=(
  cmake             # reads CMakePresets.json (3.25)
  ninja-build       # the generator all presets name
  g++               # the compiler of every preset but fuzz
  ccache            # makes the same file in another checkout or preset free
  libcaf-dev        # the actors, and their test framework
  libboost1.81-dev  # Beast and Asio
  nlohmann-json3-dev
  libssl-dev        # TLS, and libcrypto for tokens
  libspdlog-dev     # the log
  libmimalloc-dev   # the memory of the standalone server
)

# To bundle the web client, and to run everything else in JavaScript. Node 18 is the floor; see below.
packages_node=(
  nodejs
  npm
  ca-certificates # npm fetches over HTTPS
)

# To test it, on top of the above.
packages_test=(
  chromium           # runs the demos as their users do
  clang              # the fuzz preset; a second opinion on our warnings
  clang-format
  clang-tidy
  git                # which files changed, for clang-tidy
  libclang-rt-14-dev # libFuzzer and clang's sanitizers
  llvm               # llvm-symbolizer: readable stacks in fuzz reports
  openssl            # makes the certificates of the TLS tests
  pkgconf            # one of the ways to use what is installed
  python3            # the style tests
)

# For bench/run.sh, on top of those to build.
packages_bench=(
  libbenchmark-dev # Google Benchmark, for the micro-benchmarks
  valgrind         # counts their instructions
)

# For `./test.sh --all` only.
packages_all=(
  dpkg-dev # unpacks CAF's source, to build it with ThreadSanitizer
)

# Debian's npm package conflicts with a Node that came from elsewhere, so a good one is left alone.
node_is_there() {
  local major
  command -v npm >/dev/null && major=$(node -p 'parseInt(process.versions.node)' 2>/dev/null) \
    && ((major >= 18))
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "This needs root, and there is no sudo. As root: $*" >&2
    return 1
  fi
}

# missing_packages PACKAGE...: those of them that are not installed. Asks apt nothing.
missing_packages() {
  local package installed
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: these must be there already: $*" >&2
    return 0
  fi
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || true
  for package; do
    grep -qxF "installed $package" <<<"$installed" || echo "$package"
  done
}

install_packages() {
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  as_root "${apt[@]}" update || echo "apt-get update failed; trying with the lists at hand" >&2
  as_root "${apt[@]}" install -y --no-install-recommends "$@"
}

# install_missing PACKAGE...: says what it installs, and is silent when there is nothing to install.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  echo "Installing: ${missing[*]}"
  install_packages "${missing[@]}"
}
