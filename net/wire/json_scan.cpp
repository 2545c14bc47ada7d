// Cutting validated JSON into pieces, and JSON strings in both directions.
#include "json_scan.hpp"

#include <cstdint>
#include <cstring>

#include "json_chars.hpp"

namespace reliable_signaler::wire {

namespace {

using namespace json_chars;

// What stands for a surrogate without its other half, which UTF-8 cannot express.
constexpr std::uint32_t replacement = 0xFFFD;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&out](std::uint32_t byte) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0u | code >> 6);
    add(0x80u | (code & 0x3Fu));
  } else if (code < 0x10000) {
    add(0xE0u | code >> 12);
    add(0x80u | (code >> 6 & 0x3Fu));
    add(0x80u | (code & 0x3Fu));
  } else {
    add(0xF0u | code >> 18);
    add(0x80u | (code >> 12 & 0x3Fu));
    add(0x80u | (code >> 6 & 0x3Fu));
    add(0x80u | (code & 0x3Fu));
  }
}

// Decodes the escape at `at` (the backslash) and returns what follows it.
const char* decode_escape(const char* at, const char* end, std::string& out) {
  switch (at[1]) {
    case 'b':
      out.push_back('\b');
      return at + 2;
    case 'f':
      out.push_back('\f');
      return at + 2;
    case 'n':
      out.push_back('\n');
      return at + 2;
    case 'r':
      out.push_back('\r');
      return at + 2;
    case 't':
      out.push_back('\t');
      return at + 2;
    case 'u':
      break;
    default:
      out.push_back(at[1]);
      return at + 2;
  }
  const int unit = hex4(at + 2, end);
  at += 6;
  if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
    append_utf8(out, static_cast<std::uint32_t>(unit));
    return at;
  }
  const bool escape_follows = end - at >= 6 && at[0] == '\\' && at[1] == 'u';
  const int low = escape_follows ? hex4(at + 2, end) : -1;
  if (!is_high_surrogate(unit) || !is_low_surrogate(low)) {
    append_utf8(out, replacement);
    return at;
  }
  append_utf8(out, 0x10000u + (static_cast<std::uint32_t>(unit - 0xD800) << 10)
                       + static_cast<std::uint32_t>(low - 0xDC00));
  return at + 6;
}

} // namespace

std::string_view trim_json(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

json_array_reader::json_array_reader(std::string_view array) noexcept {
  const std::string_view trimmed = trim_json(array);
  // Without the brackets; anything that is not an array has no elements.
  const bool is_array = trimmed.size() >= 2 && trimmed.front() == '[';
  at_ = is_array ? trimmed.data() + 1 : trimmed.data();
  end_ = is_array ? trimmed.data() + trimmed.size() - 1 : at_;
}

bool json_array_reader::next(std::string_view& element) noexcept {
  const char* const first = skip_space(at_, end_);
  if (first == end_) return false;
  const char* at = first;
  for (std::uint32_t depth = 0; at != end_;) {
    const char c = *at;
    if (c == ',' && depth == 0) break;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    at = c == '"' ? skip_string(at, end_) : at + 1;
  }
  element = trim_json({first, static_cast<std::size_t>(at - first)});
  at_ = at == end_ ? end_ : at + 1;
  return true;
}

std::string_view decode_json_string(std::string_view token, std::string& storage) {
  const std::string_view inner = token.substr(1, token.size() - 2);
  if (inner.find('\\') == std::string_view::npos) return inner;
  storage.clear();
  const char* at = inner.data();
  const char* const end = at + inner.size();
  while (at != end) {
    const void* const found = std::memchr(at, '\\', static_cast<std::size_t>(end - at));
    const char* const stop = found != nullptr ? static_cast<const char*>(found) : end;
    storage.append(at, stop);
    at = stop == end ? end : decode_escape(stop, end, storage);
  }
  return storage;
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out.push_back(hex[byte >> 4]);
          out.push_back(hex[byte & 0x0Fu]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

} // namespace reliable_signaler::wire
