// The Engine.IO half of one session as a machine: requests, frames, time in; actions out. No I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine_io.hpp"
#include "error.hpp"
#include "limits.hpp"

namespace reliable_signaler::wire {

/// How a session talks to its client.
enum class transport : std::uint8_t { polling, websocket };

/// Why a session ended.
enum class close_reason : std::uint8_t {
  /// The client sent a close packet.
  client_closed,
  /// The WebSocket was closed or lost, or a request was aborted before its answer.
  transport_closed,
  /// No pong within `ping_timeout`.
  ping_timeout,
  /// The client sent something that is not the protocol (any `wire_error`).
  parse_error,
  /// A second GET while one was pending.
  overlapping_poll,
  /// A second POST while one was pending.
  overlapping_post,
  /// A message or POST body over `max_payload_bytes`.
  payload_too_large,
  /// No namespace was connected within `connect_timeout`.
  connect_timeout,
  /// The application closed the session.
  server_closed,
  /// The server is being stopped.
  server_shutdown,
  /// The client did not take what was queued for it.
  slow_consumer,
};

/// The number of values of `close_reason`.
inline constexpr std::size_t close_reason_count =
    static_cast<std::size_t>(close_reason::slow_consumer) + 1;

/// The enumerator's name, for logs and tests.
std::string_view to_string(close_reason reason) noexcept;

/// The status code of the WebSocket close frame that goes with the reason (RFC 6455,
/// section 7.4.1).
std::uint16_t websocket_close_code(close_reason reason) noexcept;

/// One thing to do. Actions are performed in the order in which they stand.
struct engine_action {
  enum class kind : std::uint8_t {
    // The pending GET (there is exactly one when such an action comes). Status 200.
    /// Answer it with the open packet (see `append_open_packet`).
    answer_get_open,
    /// Answer it with `text` and nothing else.
    answer_get_text,
    /// Answer it with `text` (a control packet, may be empty), then everything the application
    /// queued.
    answer_get_queue,

    // The request that was just handed in by `on_get` or `on_post_begin`.
    /// Answer it with the HTTP error `error`; the session has nothing more to do with it.
    reject_request,

    // The pending POST.
    /// Answer it with `ok`.
    answer_post_ok,
    /// Answer it with the HTTP error `error`. Its body may not have been read yet.
    answer_post_error,
    /// Answer it with status 413. Its body may not have been read yet.
    answer_post_too_large,

    // The second POST: the one that came while another was pending.
    /// Answer it with `ok`.
    answer_second_post_ok,
    /// Answer it with the HTTP error `error`. Its body may not have been read yet.
    answer_second_post_error,

    // The session's WebSocket.
    /// Write the open packet.
    write_open,
    /// Write `text` as one text frame.
    write_text,
    /// Write everything the application queued, each packet as a frame of its own.
    flush_websocket,
    /// Write what is still to be written, then a close frame with `websocket_close_code(reason)`.
    close_websocket,

    // The probing WebSocket.
    /// Write `text` on it as one text frame.
    write_probe,
    /// Close it; the session lives on. Its later frames count for nothing.
    close_probe,
    /// It is the session's WebSocket from now on: its frames go to `on_websocket_*`.
    switch_to_websocket,

    // Upwards.
    /// Hand `text` (the Socket.IO packet, without the `4`) to the Socket.IO half.
    deliver_text,
    /// Hand the bytes in `text` to the Socket.IO half.
    deliver_binary,
    /// The session is over because of `reason`. Always the last action of a session, and comes
    /// once.
    session_closed,
  };

  kind what = kind::session_closed;
  engine_error error = engine_error::bad_request;
  close_reason reason = close_reason::client_closed;
  /// Static text, or a view into the input of the call that made the action.
  std::string_view text;

  friend bool operator==(const engine_action&, const engine_action&) = default;
};

/// What calls append their actions to. Owned by the caller, who may use one for all sessions of a
/// thread and clears it between calls: then nothing is allocated once it has grown.
using engine_actions = std::vector<engine_action>;

/// One Engine.IO session: handshake, heartbeat, polling's rules, upgrade, close.
///
/// The packets that the application has queued live outside: the machine is told when there are
/// some and says when they go where. A WebSocket counts as always writable; how much may pile up on
/// it is the caller's business. Rules for the caller:
/// - perform all actions of a call, in order, before the next call;
/// - when the Socket.IO half refuses a delivered message, call `abort(parse_error)` with the same
/// list of actions
///   and skip every `deliver_*` action that still stands in it, then go on with the rest;
/// - after the messages of a POST were taken, call `post_taken`: only then is it answered, so a
/// caller that has too
///   much in flight makes the client wait by calling it later;
/// - call `tick` when `deadline()` has come. Late is fine, early does nothing.
/// After `session_closed` every call answers requests with `session_unknown` and does nothing else.
class engine_session {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `limits` must outlive the session. `now` starts the heartbeat.
  engine_session(transport first, const wire_limits& limits, time_point now) noexcept;

  /// The opening: answers the GET that made the session (which counts as pending until then), or
  /// writes the open packet on the WebSocket. To be called once, first.
  void start(engine_actions& out);

  // Polling.

  /// A GET for this session; `queued`: whether the application has queued anything that is not sent
  /// yet.
  void on_get(bool queued, time_point now, engine_actions& out);
  /// The client went away before the pending GET was answered. It may still say goodbye in a POST,
  /// until `goodbye_timeout` after the first abort, maybe after other POSTs that it had under way;
  /// then the session ends, and at once when the client does anything else.
  void on_get_aborted(time_point now) noexcept;
  /// A POST for this session, before its body. Refused if the actions say `reject_request`. While
  /// another is pending it is the second POST: maybe the goodbye of a page that goes, which has
  /// overtaken the end of what the page had under way.
  void on_post_begin(engine_actions& out);
  /// The whole body of the pending POST. `body` is decoded in place and viewed by the actions.
  void on_post_body(std::string& body, time_point now, engine_actions& out);
  /// The messages of the pending POST were taken. Does nothing when no answer is due (any more).
  void post_taken(engine_actions& out);
  /// The body of the pending POST is, or was announced to be, over `max_payload_bytes`.
  void on_post_too_large(engine_actions& out);
  /// The client went away before the pending POST was answered. A page that goes loses that beside
  /// its GET, in any order: so this is the same.
  void on_post_aborted(time_point now) noexcept;
  /// The whole body of the second POST: a goodbye, or what ends the session by `overlapping_post`.
  void on_second_post_body(std::string& body, time_point now, engine_actions& out);
  /// That body is, or was announced to be, over `max_payload_bytes`.
  void on_second_post_too_large(engine_actions& out);
  /// The client went away before the second POST was answered.
  void on_second_post_aborted(engine_actions& out);

  // The upgrade.

  /// A WebSocket wants to be this session's. To be asked before the handshake is accepted: false
  /// means it is to be refused with `bad_request` (the session is on WebSocket, ends, or has a
  /// probe already); true means that it is the probe now, and `on_probe_closed` must be called
  /// should its handshake fail.
  bool open_probe(time_point now) noexcept;
  void on_probe_text(std::string_view frame, engine_actions& out);
  void on_probe_binary(engine_actions& out);
  /// The probe was closed by the client or lost; not to be called after `close_probe`.
  void on_probe_closed() noexcept;

  // The session's WebSocket.

  void on_websocket_text(std::string_view frame, time_point now, engine_actions& out);
  void on_websocket_binary(std::string_view bytes, engine_actions& out);
  /// A message over `max_payload_bytes` (whoever noticed it has or has not closed the socket
  /// already).
  void on_websocket_too_large(engine_actions& out);
  /// The WebSocket was closed by the client or lost.
  void on_websocket_closed(engine_actions& out);

  // The application.

  /// There is something in the queue. May be called once for many packets.
  void on_queued(engine_actions& out);
  /// Ends the session after what is queued now has been sent; nothing may be queued afterwards and
  /// what the client still sends is not delivered. On polling this may need more GETs (see
  /// `close_timeout`): what is queued goes in one and the close packet in the next, since stock
  /// clients look at a close packet before they look at the messages in front of it.
  void close(close_reason reason, bool queued, time_point now, engine_actions& out);
  /// Ends the session at once.
  void abort(close_reason reason, engine_actions& out);

  // Time.

  /// When `tick` is next wanted; `time_point::max()` when it is not.
  time_point deadline() const noexcept;
  /// Sends pings and notices what took too long.
  void tick(time_point now, engine_actions& out);

  /// The transport in use.
  transport current() const noexcept { return transport_; }
  /// False once the session is closed or the server has begun to close it.
  bool is_open() const noexcept { return state_ == state::open; }
  /// True after `session_closed`.
  bool is_closed() const noexcept { return state_ == state::closed; }

private:
  enum class state : std::uint8_t { open, closing, closed };
  enum class probe_state : std::uint8_t { none, opened, probed };

  void on_packet(const engine_packet& packet, time_point now, engine_actions& out);
  bool on_packets(std::string& body, time_point now, engine_actions& out);
  void answer_get(engine_action::kind what, std::string_view text, engine_actions& out);
  void reject(engine_error error, engine_actions& out);
  void switch_transport(engine_actions& out);
  void drop_probe(engine_actions& out);
  void forget_probe() noexcept;
  void await_goodbye(time_point now) noexcept;
  bool awaits_goodbye() const noexcept;
  void finish_closing(bool queued, engine_actions& out);
  void end(close_reason reason, engine_actions& out);

  const wire_limits* limits_;
  /// The next ping when `waits_for_pong_` is false, else the end of the wait for the pong.
  time_point heartbeat_;
  time_point probe_deadline_ = time_point::max();
  time_point noop_deadline_ = time_point::max();
  /// While the session is open: until when it awaits a goodbye. Never put off, or a client that
  /// begins and aborts POSTs would have a session without polling.
  time_point close_deadline_ = time_point::max();
  transport transport_;
  state state_ = state::open;
  probe_state probe_ = probe_state::none;
  close_reason close_reason_ = close_reason::server_closed;
  bool websocket_is_gone_ = false;
  bool waits_for_pong_ = false;
  bool owes_ping_ = false;
  bool has_get_ = false;
  bool has_post_ = false;
  bool post_is_read_ = false;
  bool has_second_post_ = false;
  std::uint8_t noops_sent_ = 0;
};

} // namespace reliable_signaler::wire
