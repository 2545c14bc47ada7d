// Looking for placeholders in validated JSON.
#include "placeholders.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include "json_chars.hpp"
#include "json_scan.hpp"

namespace reliable_signaler::wire {

namespace {

using namespace json_chars;

constexpr std::uint32_t no_number = UINT32_MAX;

// One open bracket. The last of several equal keys counts, as in JSON.parse.
struct level {
  bool object = false;
  bool is_placeholder = false;
  std::uint32_t number = no_number;
};

// A number of at most three plain digits; whatever else it may be, it is out of range.
std::uint32_t small_number(std::string_view token) noexcept {
  if (token.empty() || token.size() > 3) return no_number;
  std::uint32_t value = 0;
  for (const char c : token) {
    if (!is_digit(c)) return no_number;
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

class walk {
public:
  walk(std::string_view json, std::uint32_t count) noexcept
      : at_(json.data()), end_(at_ + json.size()), count_(count) {}

  bool run() {
    while (at_ != end_) {
      if (!step()) return false;
    }
    const std::uint64_t all = count_ == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count_) - 1;
    return seen_ == all;
  }

private:
  bool step() {
    switch (*at_) {
      case '{':
      case '[':
        levels_.push_back({*at_ == '{'});
        ++at_;
        return true;
      case '}':
      case ']':
        ++at_;
        return close();
      case '"':
        string();
        return true;
      default:
        ++at_;
        return true;
    }
  }

  bool close() {
    const level top = levels_.back();
    levels_.pop_back();
    if (!top.is_placeholder) return true;
    if (top.number >= count_) return false;
    seen_ |= std::uint64_t{1} << top.number;
    return true;
  }

  // A string is a key if a colon follows; then the value is looked at, but not consumed.
  void string() {
    const char* const first = at_;
    at_ = skip_string(at_, end_);
    const char* const colon = skip_space(at_, end_);
    if (colon == end_ || *colon != ':') return;
    const std::string_view key =
        decode_json_string({first, static_cast<std::size_t>(at_ - first)}, storage_);
    const bool marks = key == "_placeholder";
    if (!marks && key != "num") return;
    const char* const value = skip_space(colon + 1, end_);
    const char* last = value;
    while (last != end_ && *last != ',' && *last != '}' && !is_space(*last)) ++last;
    const std::string_view token(value, static_cast<std::size_t>(last - value));
    if (marks) {
      levels_.back().is_placeholder = token == "true";
    } else {
      levels_.back().number = small_number(token);
    }
  }

  const char* at_;
  const char* end_;
  std::uint32_t count_;
  std::uint64_t seen_ = 0;
  std::vector<level> levels_;
  std::string storage_;
};

} // namespace

wire_error check_placeholders(std::string_view json, std::uint32_t count) {
  return walk(json, count).run() ? wire_error::none : wire_error::bad_placeholder;
}

} // namespace reliable_signaler::wire
