// Character classes and skips shared by the JSON sources of this folder. Internal, not installed.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace reliable_signaler::wire::json_chars {

inline bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

inline bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

inline const char* skip_space(const char* at, const char* end) noexcept {
  while (at != end && is_space(*at)) ++at;
  return at;
}

// The first byte that means something special inside a string (a quote, a backslash, a control
// character, a byte outside ASCII), or the end. Whole words first: the lowest hit in a word is
// exact, borrows of the subtractions can only add false ones above it. Bytes outside ASCII keep
// their top bit in the first or the second term.
inline const char* skip_plain(const char* at, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101u;
  constexpr std::uint64_t tops = 0x8080808080808080u;
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t slash = word ^ (ones * '\\');
    const std::uint64_t hits = ((quote - ones) | (slash - ones) | (word - ones * 0x20u)) & tops;
    if (hits != 0) {
      if constexpr (std::endian::native != std::endian::little) break;
      return at + std::countr_zero(hits) / 8;
    }
    at += 8;
  }
  const auto is_plain = [](char c) {
    return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80;
  };
  while (at != end && is_plain(*at)) ++at;
  return at;
}

// Past the end of the string that starts at `at`, in validated text.
inline const char* skip_string(const char* at, const char* end) noexcept {
  ++at;
  while (at < end) {
    at = skip_plain(at, end);
    if (at == end) break;
    if (*at == '"') return at + 1;
    at += *at == '\\' ? 2 : 1;
  }
  return end;
}

// Four hexadecimal digits, or a negative number.
inline int hex4(const char* at, const char* end) noexcept {
  if (end - at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

inline bool is_high_surrogate(int unit) noexcept {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
inline bool is_low_surrogate(int unit) noexcept {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

} // namespace reliable_signaler::wire::json_chars
