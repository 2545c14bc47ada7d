// The HTTP half of a connection: requests in, answers out, in order. It reads and writes no socket.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http_reader.hpp"
#include "http_response.hpp"
#include "pending_request.hpp"
#include "polling_exchange.hpp"

namespace reliable_signaler::net {

class connection;

/// Persistent connections, pipelined requests, timeouts, and requests that wait for a session.
/// Owned by its connection, from the first byte until the end or until the connection is a
/// WebSocket.
class http_channel {
public:
  explicit http_channel(connection& owner);
  ~http_channel();
  http_channel(const http_channel&) = delete;
  http_channel& operator=(const http_channel&) = delete;

  // -- for the connection ------------------------------------------------------------------------

  void begin();
  std::span<char> prepare() { return reader_.prepare(); }
  void received(std::size_t count);
  void on_deadline();
  /// The client is gone; whoever was to answer it hears of that.
  void on_connection_lost();
  /// Looks at what has been received already.
  void process();
  /// Nothing of a request has come and no answer is due.
  bool is_idle() const noexcept;
  /// The client has to take some answers before `process` goes on.
  bool awaits_output() const noexcept { return awaits_output_; }
  std::string_view unread() const noexcept { return reader_.unread(); }
  std::string_view unread_with_head() const noexcept { return reader_.unread_with_head(); }

  // -- for routing, while it looks at a head
  // -------------------------------------------------------

  connection& owner() noexcept { return connection_; }
  const http_request& request() const noexcept { return reader_.request(); }
  /// Complete lines that go with the answer to this request, whoever gives it.
  void set_fields(std::string fields) { fields_ = std::move(fields); }
  /// Answers the present request; its body, if any, is not waited for.
  void answer(http_answer value, bool of_session = false);
  /// A session is to answer the present request. `step` is what it is told when the request has
  /// been read to its end.
  polling_exchange_ptr exchange_with(const session_id& session, polling_step step);
  /// Somebody outside is to answer the present request, whose body may have `max_body` bytes.
  void wait_for(pending_request_ptr answer, std::size_t max_body);
  /// The present request is not HTTP any more: nothing is read or answered from now on.
  void leave() noexcept { state_ = state::left; }

  /// The answer that was waited for.
  void on_exchange_answered(http_answer value);

private:
  enum class state : std::uint8_t {
    head,    ///< a request, or its head, is awaited
    body,    ///< the head has been routed
    waiting, ///< for an answer of a session, or of somebody outside
    closing, ///< the last answer is on its way
    left,    ///< an upgrade or a hand-over has begun
  };

  void on_head();
  void on_complete();
  void on_failed();
  void expect_next();
  void abort_exchange();
  void read_more();
  void send(const http_answer& value, bool keep_alive);

  connection& connection_;
  http_reader reader_;
  std::string fields_;
  polling_exchange_ptr exchange_;
  pending_request_ptr pending_;
  state state_ = state::head;
  polling_step step_ = polling_step::get; // of the exchange
  bool processing_ = false;
  bool awaits_output_ = false;
  bool answered_ = false; // the request whose body is still being read
  bool is_head_request_ = false;
  bool keep_alive_ = true;
  bool head_timer_runs_ = true; // from the beginning of the connection
};

} // namespace reliable_signaler::net
