// A handle of a socket: a value for any thread, for as long as anybody likes.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "messages.hpp"

namespace reliable_signaler {

/// Refers to one socket, whose life it does not prolong. Calls after the socket has gone do
/// nothing, as do those of an empty handle.
class socket_ref {
public:
  socket_ref() = default;
  socket_ref(public_id id, outbox_ptr box, connection_actor connection)
      : id_(id), box_(std::move(box)), connection_(std::move(connection)) {}

  const public_id& id() const noexcept { return id_; }
  /// "" in an empty handle.
  const std::string& nsp() const noexcept;
  /// The actor of the client's connection, to be monitored: `self->monitor(ref.connection())`
  /// brings a down_msg when the connection has ended, be it that the client left, lost its
  /// transport, or was disconnected with disconnect_client(). One that only leaves this namespace
  /// keeps it; for that there is socket_gone. Null in an empty handle.
  const connection_actor& connection() const noexcept { return connection_; }

  /// Sends an event to this client; `args` begins with its name, see make_event().
  void emit(const arguments& args) const;

  /// The same, unless the connection cannot take it now, see socket::emit_volatile.
  bool emit_volatile(const arguments& args) const;

  /// Runs `call` as a handler, if the socket is still there then: so any thread can ask a question,
  /// or have it join a room, or go. Throws std::invalid_argument when `call` is empty.
  void run(std::function<void(socket&)> call) const;

  bool operator==(const socket_ref& other) const { return id_ == other.id_; }

private:
  public_id id_;
  outbox_ptr box_;
  connection_actor connection_;
};

} // namespace reliable_signaler
