// One client's wish to be connected to a namespace, as middleware sees it.
#pragma once

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reliable_signaler {

/// What is known of a client before it connects to a namespace: its HTTP handshake request.
struct handshake {
  /// Textual address of the peer, without port.
  std::string remote_address;
  /// By which limits::seats_per_address and the like count: the address, of an IPv6 address the
  /// first 64 bits. Empty: it is not counted.
  std::string network = {};
  /// Request target's query, not decoded, without `?`.
  std::string query;
  /// Header fields in the order received; names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  bool secure = false;

  /// The value of the first header field of that name (in lower case), or "".
  std::string_view header(std::string_view name) const;
  /// The decoded value of the first query parameter of that name, or "".
  std::string query_parameter(std::string_view name) const;
};

using handshake_ptr = std::shared_ptr<const handshake>;

/// A middleware's verdict.
struct connect_verdict_text {
  bool accepted = false;
  std::string message;
  /// JSON text, or empty.
  std::string data;
};

/// Handed to one middleware, which answers it once: at once, or later from any thread. Copies are
/// the same attempt. A middleware that answers never, or not within
/// server_options::middleware_timeout, refuses, as does one that throws. data() may be used until
/// the answer is given, by one thread at a time.
class connect_attempt {
public:
  struct shared {
    std::string nsp;
    /// JSON object text, or empty.
    std::string auth;
    handshake_ptr request;
    std::any data;
  };

  connect_attempt(std::shared_ptr<shared> what, std::function<void(connect_verdict_text)> answer);

  const std::string& nsp() const noexcept;
  /// JSON object text of what the client sent as `auth`, or "".
  const std::string& auth() const noexcept;
  const handshake& request() const noexcept;
  /// Becomes the data of the socket, see socket::data().
  std::any& data() const noexcept;

  /// Lets the client pass, to the next middleware or in.
  void accept() const;
  /// Keeps the client out: it hears `connect_error` with this message and, when `data` is the text
  /// of a JSON value, with this data. Its connection stays.
  void refuse(std::string message, std::string data = {}) const;

  bool answered() const noexcept;

private:
  struct once;

  void answer(connect_verdict_text verdict) const;

  std::shared_ptr<shared> what_;
  std::shared_ptr<once> once_;
};

} // namespace reliable_signaler
