// What an embedder's program answers itself on the server's port: HTTP requests that are not ours.
// The one public header, beside accepted_stream.hpp, that includes Beast.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace reliable_signaler::net {

using beast_request = boost::beast::http::request<boost::beast::http::string_body>;
using beast_response = boost::beast::http::response<boost::beast::http::string_body>;

/// The way back to one client: one answer at most, from any thread, now or later. Copies are the
/// same reply; it may outlive the connection and the server, then it does nothing. When the last
/// copy goes without an answer the client gets 500.
class http_reply {
public:
  class state; // ours
  explicit http_reply(std::shared_ptr<state> of) : state_(std::move(of)) {}

  /// Sends the answer; only the first one counts, and what comes after the deadline or after the
  /// end of the connection is dropped.
  ///
  /// Status, fields and body are the embedder's. The connection's own fields (Date, Content-Length,
  /// Transfer-Encoding, Connection, Keep-Alive) are made by the server; `Connection: close` is
  /// obeyed. To HEAD only the head is sent; its Content-Length is that of the body that was given,
  /// or without one the Content-Length field that was set. A response that no client could
  /// understand (a status outside of 200 to 999, a field with a line break) becomes 500 and
  /// `http_response_invalid` in the log.
  void send(const beast_response& response) const;

  /// Whether an answer would still be sent. False when the client is gone.
  bool is_open() const;

  /// Textual address of the peer, without port.
  const std::string& remote_address() const noexcept;
  /// Whether the request came over TLS.
  bool secure() const noexcept;

private:
  std::shared_ptr<state> state_;
};

/// Called on the I/O thread of the connection, on several at once: it must not block. An exception
/// becomes 500 and `http_handler_failed` in the log, and harms nobody. What it refers to must live
/// until server::stop has returned.
///
/// The request is complete: its body has been read, and decoded if it was chunked. Pipelined
/// requests of one connection come one after the other: the next when this one has been answered.
using http_handler = std::function<void(beast_request request, http_reply reply)>;

/// For server::set_fallback, which refuses what is out of these bounds.
struct http_fallback {
  http_handler handler;
  /// For the answer, counted from the end of the request, 1 ms to 24 h; then the client gets 503,
  /// and the log `http_handler_late`.
  std::chrono::milliseconds deadline{30'000};
  /// Bytes of a request's body, of which all are kept in memory; longer ones are refused with 413
  /// without asking the handler.
  std::size_t max_body = 1'000'000;
};

} // namespace reliable_signaler::net
