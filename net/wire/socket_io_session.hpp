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

namespace reliable_signaler::wire {

/// What one message from the client means. One object may serve many sessions in turn: it is filled
/// by `socket_io_session::on_text` and `on_binary`, and its views hold until the next such call on
/// the same session or the end of the input text, whichever is first.
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
};

/// Decides what the packets of one session mean: connect before anything else, one connection per
/// namespace, whole binary packets only. Any `wire_error` it returns ends the session; after one it
/// returns the same error for ever. Not thread-safe. An idle session on `/` only takes no heap.
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
  void accepted(std::string_view nsp);

  /// The server refused a namespace the client had asked for. It may ask again; whatever else comes
  /// for that namespace before is ignored.
  void refused(std::string_view nsp);

  /// The server sent a disconnect for a connected namespace: packets still on their way are ignored
  /// until the client connects to it again.
  void disconnected_by_server(std::string_view nsp);

  /// When `tick` is next wanted; `time_point::max()` when it is not.
  time_point deadline() const noexcept { return connect_deadline_; }

  /// `connect_timeout` if no namespace was connected in time, else `none`.
  wire_error tick(time_point now) noexcept;

  /// Whether the client is in this namespace.
  bool is_connected(std::string_view nsp) const noexcept;

private:
  enum class state : std::uint8_t { absent, connecting, connected, left };
  struct other_namespace;
  struct pending_packet;

  wire_error fail(wire_error error) noexcept;
  state find(std::string_view nsp) const noexcept;
  wire_error connect(std::string_view nsp);
  void set(std::string_view nsp, state value);
  wire_error wait_for_attachments(std::string_view text, incoming& out, std::uint32_t count);

  const wire_limits* limits_;
  time_point connect_deadline_;
  /// Namespaces other than `/`.
  std::vector<other_namespace> others_;
  /// The binary packet under assembly, or the last one handed out.
  std::unique_ptr<pending_packet> pending_;
  state root_ = state::absent;
  wire_error failed_ = wire_error::none;
};

} // namespace reliable_signaler::wire
