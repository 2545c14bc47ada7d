// One HTTP request's head as values: views into the bytes it was read from. It reads nothing
// itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reliable_signaler::net {

/// One field of the head, as received.
struct http_field {
  std::string_view name;
  std::string_view value;
};

/// The head of a request, valid until its reader goes on (RFC 9112).
struct http_request {
  std::string_view method;
  std::string_view target;
  std::vector<http_field> fields;
  bool http_1_1 = true;
  /// The client expects another answer on this connection.
  bool keep_alive = true;
  /// A body follows, be it an empty chunked one.
  bool has_body = false;
  /// The body was announced to be longer than the limit.
  bool body_too_large = false;
  /// `Upgrade: websocket` together with `Connection: upgrade`.
  bool wants_websocket = false;
  /// `Expect: 100-continue`.
  bool expects_continue = false;

  /// The value of the first field of that name, empty if there is none. Names compare without case.
  std::string_view find(std::string_view name) const noexcept;
  /// Target without query.
  std::string_view path() const noexcept;
  /// What follows the question mark, or nothing.
  std::string_view query() const noexcept;
};

/// Compares ASCII without case.
bool iequals(std::string_view a, std::string_view b) noexcept;

/// Whether the comma-separated list `value` has the element `token`, without case.
bool has_token(std::string_view value, std::string_view token) noexcept;

/// The decoded value of the first parameter `name` of a query, empty if there is none. `%XX` and
/// `+` are decoded; what is malformed stays as it is.
std::string query_parameter(std::string_view query, std::string_view name);

} // namespace reliable_signaler::net
