// UTF-8 and base64: checks and conversions of bytes. No packets, no JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reliable_signaler::wire {

/// The length in bytes (1..4) of the UTF-8 sequence at `at`, or 0 if there is no valid one before
/// `end`. RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. `at` must be before
/// `end`.
inline std::size_t utf8_sequence(const char* at, const char* end) noexcept {
  const auto byte = [at](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const auto is_tail = [&byte](std::size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const auto left = static_cast<std::size_t>(end - at);
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return left >= 2 && is_tail(1) ? 2 : 0;
  if (first < 0xF0) {
    if (left < 3 || !is_tail(1) || !is_tail(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first > 0xF4 || left < 4 || !is_tail(1) || !is_tail(2) || !is_tail(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return 4;
}

/// Whether the whole text is UTF-8 in the sense of `utf8_sequence`.
bool is_valid_utf8(std::string_view text) noexcept;

/// Appends a number in plain decimal digits.
void append_decimal(std::string& out, std::uint64_t value);

/// Appends `bytes` to `out` as base64 with padding (RFC 4648, section 4).
void append_base64(std::string& out, std::string_view bytes);

/// Decodes base64 in place: the result is written to the front of the `size` bytes at `data`.
/// Accepts only what `append_base64` makes (padded, no stray bits). Returns the number of bytes
/// written, or nothing if the text is not such base64 (the bytes are unspecified then).
std::optional<std::size_t> decode_base64_in_place(char* data, std::size_t size) noexcept;

} // namespace reliable_signaler::wire
