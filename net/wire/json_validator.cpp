// The JSON validator: one pass, one bit per open bracket, eight bytes at a time inside strings.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "json_chars.hpp"
#include "json_scan.hpp"
#include "limits.hpp"
#include "text.hpp"

namespace reliable_signaler::wire {

namespace {

using namespace json_chars;

// Whether a well-formed number is too large for a double. Only called for suspicious ones.
bool overflows(const char* first, const char* last) noexcept {
  double value = 0;
  if (std::from_chars(first, last, value).ec != std::errc::result_out_of_range) return false;
  // Out of range may also mean too close to zero, which is fine: look where the leading digit is.
  const char* at = *first == '-' ? first + 1 : first;
  std::int64_t exponent = 0;
  bool started = false;
  bool in_fraction = false;
  for (; at != last && *at != 'e' && *at != 'E'; ++at) {
    if (*at == '.') {
      in_fraction = true;
      continue;
    }
    if (started && !in_fraction) ++exponent;
    if (!started && in_fraction) --exponent;
    started = started || *at != '0';
  }
  if (at != last) {
    ++at;
    const bool negative = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    std::int64_t written = 0;
    for (; at != last; ++at) written = std::min<std::int64_t>(written * 10 + (*at - '0'), 1 << 30);
    exponent += negative ? -written : written;
  }
  return exponent > 0;
}

class validator {
public:
  validator(std::string_view text, std::uint32_t max_depth) noexcept
      : at_(text.data()),
        end_(at_ + text.size()),
        max_depth_(std::min(max_depth, json_depth_ceiling)) {}

  wire_error run() noexcept {
    // Every turn of the loop reads one value or one opening bracket and what follows it.
    do {
      if (!value()) return error_;
      while (!expects_value_ && depth_ != 0) {
        if (!separator()) return error_;
      }
    } while (expects_value_);
    at_ = skip_space(at_, end_);
    return at_ == end_ ? wire_error::none : wire_error::malformed_json;
  }

private:
  bool fail(wire_error error) noexcept {
    error_ = error;
    return false;
  }
  bool malformed() noexcept { return fail(wire_error::malformed_json); }

  bool in_object() const noexcept {
    const std::uint32_t top = depth_ - 1;
    return (objects_[top / 64] >> (top % 64) & 1u) != 0;
  }

  bool push(bool object) noexcept {
    if (depth_ == max_depth_) return fail(wire_error::json_too_deep);
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = objects_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
    return true;
  }

  // A scalar, an empty container, or the opening of one up to where its first value is expected.
  bool value() noexcept {
    at_ = skip_space(at_, end_);
    if (at_ == end_) return malformed();
    expects_value_ = false;
    switch (*at_) {
      case '"':
        return string();
      case '[':
      case '{':
        return open(*at_ == '{');
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool open(bool object) noexcept {
    if (!push(object)) return false;
    at_ = skip_space(at_ + 1, end_);
    if (at_ == end_) return malformed();
    if (*at_ == (object ? '}' : ']')) {
      ++at_;
      --depth_;
      return true;
    }
    expects_value_ = true;
    return !object || key();
  }

  bool key() noexcept {
    if (at_ == end_ || *at_ != '"') return malformed();
    if (!string()) return false;
    at_ = skip_space(at_, end_);
    if (at_ == end_ || *at_ != ':') return malformed();
    ++at_;
    return true;
  }

  // What follows a value inside a container: a comma (and the next key), or the end of the
  // container.
  bool separator() noexcept {
    at_ = skip_space(at_, end_);
    if (at_ == end_) return malformed();
    const bool object = in_object();
    const char c = *at_++;
    if (c == ',') {
      expects_value_ = true;
      if (!object) return true;
      at_ = skip_space(at_, end_);
      return key();
    }
    if (c != (object ? '}' : ']')) return malformed();
    --depth_;
    return true;
  }

  bool literal(std::string_view word) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < word.size()
        || std::memcmp(at_, word.data(), word.size()) != 0) {
      return malformed();
    }
    at_ += word.size();
    return true;
  }

  bool string() noexcept {
    ++at_;
    for (;;) {
      at_ = skip_plain(at_, end_);
      if (at_ == end_) return malformed();
      const char c = *at_;
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return malformed();
      } else {
        const std::size_t length = utf8_sequence(at_, end_);
        if (length == 0) return fail(wire_error::invalid_utf8);
        at_ += length;
      }
    }
  }

  bool escape() noexcept {
    ++at_;
    if (at_ == end_) return malformed();
    switch (*at_++) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        return true;
      case 'u':
        break;
      default:
        return malformed();
    }
    // Surrogates need not pair: the grammar allows it, and JSON.stringify writes half an emoji so.
    if (hex4(at_, end_) < 0) return malformed();
    at_ += 4;
    return true;
  }

  bool digits() noexcept {
    const char* const first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
  }

  bool number() noexcept {
    const char* const first = at_;
    if (*at_ == '-') ++at_;
    const char* const integer = at_;
    if (!digits()) return malformed();
    if (*integer == '0' && at_ - integer > 1) return malformed();
    // Fewer than 309 digits and no exponent: always in range.
    bool suspicious = at_ - integer > 308;
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!digits()) return malformed();
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
      if (!digits()) return malformed();
      suspicious = true;
    }
    return suspicious && overflows(first, at_) ? malformed() : true;
  }

  const char* at_;
  const char* end_;
  std::uint32_t max_depth_;
  std::uint32_t depth_ = 0;
  bool expects_value_ = false;
  wire_error error_ = wire_error::none;
  // One bit per open bracket: set for objects. Bits above `depth_` mean nothing, so none are
  // cleared.
  std::array<std::uint64_t, json_depth_ceiling / 64> objects_;
};

} // namespace

wire_error validate_json(std::string_view text, std::uint32_t max_depth) noexcept {
  return validator(text, max_depth).run();
}

} // namespace reliable_signaler::wire
