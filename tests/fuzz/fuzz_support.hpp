// What all fuzz targets share: the entry point's name, checks that abort, inputs read as programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace reliable_signaler::wire::test {

/// Ends the program, and so tells the fuzzer, when something is not as it must be.
/// (The compilers' own names: clang 14 has no std::source_location.)
inline void check(bool ok, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (ok) return;
  std::fprintf(stderr, "%s:%d: check failed\n", file, line);
  std::abort();
}

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The fuzzer's bytes as a list of decisions. At the end of the bytes every decision is 0.
class program {
public:
  explicit program(std::string_view bytes) : bytes_(bytes) {}

  bool done() const { return bytes_.empty(); }

  /// A number below `end`, which is at most 256.
  unsigned pick(unsigned end) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte % end;
  }

  /// A length byte and as many bytes, or as many as there are.
  std::string_view bytes() {
    const unsigned size = pick(256);
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

private:
  std::string_view bytes_;
};

} // namespace reliable_signaler::wire::test
