// UTF-8, decimal digits and base64.
#include "text.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace reliable_signaler::wire {

namespace {

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_digit = 0xFF;

constexpr auto base64_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t i = 0; i < base64_digits.size(); ++i) {
    values[static_cast<unsigned char>(base64_digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::uint32_t value_of(char digit) noexcept {
  return base64_values[static_cast<unsigned char>(digit)];
}

char low_byte(std::uint32_t bits) noexcept {
  return static_cast<char>(static_cast<unsigned char>(bits & 0xFFu));
}

// The last, padded group: two or three digits, whose unused bits must be zero.
std::optional<std::size_t> decode_tail(const char* in, char* out) noexcept {
  const std::uint32_t a = value_of(in[0]);
  const std::uint32_t b = value_of(in[1]);
  if (a == no_digit || b == no_digit) return std::nullopt;
  if (in[2] == '=') {
    if ((b & 0x0Fu) != 0) return std::nullopt;
    out[0] = low_byte(a << 2 | b >> 4);
    return 1;
  }
  const std::uint32_t c = value_of(in[2]);
  if (c == no_digit || (c & 0x03u) != 0) return std::nullopt;
  out[0] = low_byte(a << 2 | b >> 4);
  out[1] = low_byte(b << 4 | c >> 2);
  return 2;
}

} // namespace

bool is_valid_utf8(std::string_view text) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    // Most text is ASCII: eight bytes at a time while no top bit is set.
    if (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      if ((word & 0x8080808080808080u) == 0) {
        at += 8;
        continue;
      }
    }
    const std::size_t length = utf8_sequence(at, end);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

void append_decimal(std::string& out, std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&bytes](std::size_t i) -> std::uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data() + start;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t digits = bytes.size() - i >= 3 ? 4 : bytes.size() - i + 1;
    for (std::size_t d = 0; d < digits; ++d) to[d] = base64_digits[bits >> (18 - 6 * d) & 0x3Fu];
    to += 4;
  }
}

std::optional<std::size_t> decode_base64_in_place(char* data, std::size_t size) noexcept {
  if (size % 4 != 0) return std::nullopt;
  if (size == 0) return 0;
  const bool padded = data[size - 1] == '=';
  const char* in = data;
  const char* const end = data + (padded ? size - 4 : size);
  char* out = data;
  for (; in != end; in += 4, out += 3) {
    const std::uint32_t a = value_of(in[0]);
    const std::uint32_t b = value_of(in[1]);
    const std::uint32_t c = value_of(in[2]);
    const std::uint32_t d = value_of(in[3]);
    // No digit's value has a bit above the sixth.
    if (((a | b | c | d) & 0xC0u) != 0) return std::nullopt;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    out[0] = low_byte(bits >> 16);
    out[1] = low_byte(bits >> 8);
    out[2] = low_byte(bits);
  }
  const auto written = static_cast<std::size_t>(out - data);
  if (!padded) return written;
  const auto tail = decode_tail(in, out);
  if (!tail) return std::nullopt;
  return written + *tail;
}

} // namespace reliable_signaler::wire
