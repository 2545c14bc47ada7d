// Origins as RFC 6454 writes them, section 6.2, compared after normalisation.
#include "origin_policy.hpp"

#include <algorithm>

namespace reliable_signaler::net {

namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// `scheme://host[:port]` in lower case without a default port; nothing if it is not of that form.
std::optional<std::string> normalise(std::string_view text) {
  auto separator = text.find("://");
  if (separator == std::string_view::npos || separator == 0) return std::nullopt;
  auto scheme = text.substr(0, separator);
  auto authority = text.substr(separator + 3);
  auto in_scheme = [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
  // Names, IPv4, [IPv6]; anything else, like a path or a user, has no place in an origin.
  auto in_host = [](char c) {
    return is_alphanumeric(c) || std::string_view{"-._:[]"}.find(c) != std::string_view::npos;
  };
  if (authority.empty() || !std::all_of(scheme.begin(), scheme.end(), in_scheme)
      || !std::all_of(authority.begin(), authority.end(), in_host))
    return std::nullopt;
  auto result = lower(text);
  std::string_view default_port = result.starts_with("http://")    ? ":80"
                                  : result.starts_with("https://") ? ":443"
                                                                   : "";
  // "[::1:80]" cannot be meant: the bracket closes before the port.
  if (!default_port.empty() && result.ends_with(default_port))
    result.resize(result.size() - default_port.size());
  return result;
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

} // namespace

std::optional<origin_policy> origin_policy::parse(std::string_view text, std::string& error) {
  origin_policy result;
  if (trim(text) == "*") {
    result.any_ = true;
    return result;
  }
  result.same_ = false;
  for (;;) {
    auto comma = text.find(',');
    auto item = trim(text.substr(0, comma));
    if (item.ends_with('/') && !item.ends_with("://")) item.remove_suffix(1);
    if (item == "same-origin") {
      result.same_ = true;
    } else if (item == "null") {
      result.list_.emplace_back(item);
    } else if (auto origin = normalise(item)) {
      result.list_.push_back(std::move(*origin));
    } else {
      error = item == "*"
                  ? "'*' stands alone, not in a list"
                  : "'" + std::string{item} + "' is not an origin like https://example.com:8443";
      return std::nullopt;
    }
    if (comma == std::string_view::npos) return result;
    text.remove_prefix(comma + 1);
  }
}

origin_decision origin_policy::decide(std::string_view origin, std::string_view host,
                                      bool is_tls) const {
  if (any_) return {true, origin.empty() ? "" : "*", false};
  if (origin.empty()) return {true, "", true};
  auto wanted = origin == "null" ? std::optional<std::string>{origin} : normalise(origin);
  if (!wanted) return {false, "", true};
  auto listed = std::find(list_.begin(), list_.end(), *wanted) != list_.end();
  auto own = std::string{is_tls ? "https://" : "http://"} + std::string{host};
  if (!listed && !(same_ && wanted == normalise(own))) return {false, "", true};
  return {true, std::string{origin}, true};
}

bool refused_origins::first_time(std::string_view origin) {
  std::lock_guard guard{mutex_};
  return seen_.size() < capacity && seen_.emplace(origin.substr(0, max_bytes)).second;
}

} // namespace reliable_signaler::net
