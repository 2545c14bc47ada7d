// Finding the number without reading the rest of the event.
#include "numbered_event.hpp"

#include <nlohmann/json.hpp>

namespace reliable_signaler {

namespace {

/// The longest text such an argument can have, in bytes; numbers have at most 16 digits.
constexpr std::size_t longest = 64;
/// Beyond it JavaScript does not count exactly.
constexpr std::uint64_t last_number = (std::uint64_t{1} << 53) - 1;

bool in_range(const nlohmann::json& x) {
  return x.is_number_unsigned() && x.get<std::uint64_t>() <= last_number;
}

} // namespace

std::optional<event_number> split_number(const std::string& json) {
  // The argument holds neither objects nor texts, so it begins at the last brace.
  const auto begin = json.rfind('{');
  if (begin == std::string::npos || begin == 0 || json.size() - begin > longest
      || json[begin - 1] != ',' || json.size() < begin + 3 || json[json.size() - 2] != '}')
    return std::nullopt;
  const auto last = json.begin() + static_cast<std::ptrdiff_t>(json.size() - 1);
  const auto object = nlohmann::json::parse(json.begin() + static_cast<std::ptrdiff_t>(begin), last,
                                            nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto n = object.find("n");
  if (n == object.end() || !in_range(*n)) return std::nullopt;
  event_number result;
  result.n = n->get<std::uint64_t>();
  if (result.n == 0) return std::nullopt;
  if (const auto skipped = object.find("skipped"); skipped != object.end()) {
    if (!in_range(*skipped) || *skipped >= result.n) return std::nullopt;
    result.skipped = skipped->get<std::uint64_t>();
  }
  result.rest = json.substr(0, begin - 1) + "]";
  return result;
}

} // namespace reliable_signaler
