// The Socket.IO half of one session as a machine: messages in, events out. No transport, no I/O.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error.hpp"
#include "limits.hpp"
#include "socket_io.hpp"

namespace reliable_signaler::wire {

/// The text of a binary packet, kept until its attachments are there. Internal to the session.
struct held_packet;
/// Messages that wait for the decision on a CONNECT. Internal to the session.
struct early_messages;

/// What one message from the client means. One object may serve many sessions in turn: it is filled
/// anew by each call of `socket_io_session::on_text` and `on_binary`. Its views hold until the next
/// such call with the same object, and those into a text message no longer than that text.
struct incoming {
  enum class kind : std::uint8_t {
    /// Nothing to do: attachments are still to come, or a late packet was ignored.
    nothing,
    /// The client asks for a namespace: `nsp`, `json` (the auth object, or empty).
    /// To be answered by `accepted` or `refused`.
    connect,
    /// `nsp`, `id` if an acknowledgement is wanted, `name`, `json`, `attachments`.
    event,
    /// `nsp`, `id`, `json`, `attachments`. Ids are not checked here: unknown ones are to be
    /// ignored.
    ack,
    /// The client left `nsp`; the session lives on.
    disconnect,
  };

  kind what = kind::nothing;
  std::optional<std::uint64_t> id;
  std::string_view nsp;
  std::string_view name;
  /// Validated JSON text: for events the whole array with the name in front.
  std::string_view json;
  /// The attachments in order; the receiver may move them out.
  std::vector<std::string> attachments;
  /// Where `name` lives when it was written with escapes; reused between calls.
  std::string name_storage;
  /// Where the text of a binary packet lives.
  std::unique_ptr<held_packet> held;

  incoming();
  ~incoming();
  incoming(incoming&&) noexcept;
  incoming& operator=(incoming&&) noexcept;
};

/// Decides what the packets of one session mean: connect before anything else, one connection per
/// namespace, whole binary packets only. A DISCONNECT may come between a packet and its
/// attachments: the packet is then given up, since a page that goes says so on a request of its
/// own. What a client sends to a namespace before the server has decided to let it in waits for
/// that, together with all that comes behind it: whoever does not wait for the answer fares as if
/// it had, however long the server takes. (The reference server closes, unless it has decided by
/// then.) Any `wire_error` it returns ends the session; after one it returns the same error for
/// ever. Not thread-safe. An idle session that is only on
/// `/` holds no heap memory.
class socket_io_session {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `limits` must outlive the session. `now` starts the connect timeout.
  socket_io_session(const wire_limits& limits, time_point now) noexcept;
  ~socket_io_session();
  socket_io_session(socket_io_session&&) noexcept;
  socket_io_session& operator=(socket_io_session&&) noexcept;

  /// A text message (what follows Engine.IO's `4`). Views in `out` point into `text`, except for
  /// binary packets: their text is kept here until the attachments are there.
  wire_error on_text(std::string_view text, incoming& out);

  /// A binary message. It is moved into the packet that waits for it.
  wire_error on_binary(std::string&& bytes, incoming& out);

  /// The server let the client into a namespace it had asked for. Ends the connect timeout.
  /// `namespace_connected_twice` when the client has asked again meanwhile, as if that had come
  /// later: how long the server takes to decide makes no difference. Else `none`.
  wire_error accepted(std::string_view nsp);

  /// The server refused one CONNECT to a namespace. The client may ask again, and may have done so
  /// already; when all are refused, whatever else comes for that namespace is ignored.
  void refused(std::string_view nsp);

  /// The server sent a disconnect for a connected namespace: packets still on their way are ignored
  /// until the client connects to it again.
  void disconnected_by_server(std::string_view nsp);

  /// To be called after `accepted` and `refused` until it returns false: gives the next of the
  /// messages that had to wait, as `on_text` and `on_binary` would have given it, with `error`
  /// instead of their result.
  bool next_early(incoming& out, wire_error& error);

  /// When `tick` is next wanted; `time_point::max()` when it is not.
  time_point deadline() const noexcept { return connect_deadline_; }

  /// `connect_timeout` if no namespace was connected in time, else `none`.
  wire_error tick(time_point now) noexcept;

  /// Whether the client is in this namespace.
  bool is_connected(std::string_view nsp) const noexcept;

private:
  enum class state : std::uint8_t { absent, connecting, connected, left };
  struct place {
    state value = state::absent;
    /// CONNECTs that are not decided yet; some only while `connecting`.
    std::uint8_t asked = 0;
  };
  struct other_namespace;

  wire_error fail(wire_error error) noexcept;
  place find(std::string_view nsp) const noexcept;
  void set(std::string_view nsp, place value);
  wire_error take_text(std::string_view text, incoming& out);
  wire_error take_binary(std::string&& bytes, incoming& out);
  wire_error keep_early(bool text, std::string bytes);
  wire_error hold(std::string_view text, incoming& out);
  wire_error connect(std::string_view nsp);
  bool make_room();
  wire_error dispatch(const socket_packet& packet, incoming& out);

  const wire_limits* limits_;
  time_point connect_deadline_;
  /// Namespaces other than `/`.
  std::vector<other_namespace> others_;
  /// The binary packet that waits for attachments, if any.
  std::unique_ptr<held_packet> pending_;
  /// Null when nothing waits.
  std::unique_ptr<early_messages> early_;
  place root_;
  wire_error failed_ = wire_error::none;
};

} // namespace reliable_signaler::wire
