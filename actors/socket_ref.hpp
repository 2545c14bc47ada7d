// A handle of a socket: a value for any thread, for as long as anybody likes.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "messages.hpp"

namespace reliable_signaler {

/// Refers to one socket, whose life it does not prolong. Calls after the socket has gone do
/// nothing.
class socket_ref {
public:
  socket_ref() = default;
  socket_ref(public_id id, outbox_ptr box, connection_actor connection)
      : id_(id), box_(std::move(box)), connection_(std::move(connection)) {}

  const public_id& id() const noexcept { return id_; }
  const std::string& nsp() const noexcept { return box_->nsp(); }
  /// To monitor it: it ends when the client's transport is lost.
  const connection_actor& connection() const noexcept { return connection_; }

  /// Sends an event to this client; `args` begins with its name, see make_event().
  void emit(const arguments& args) const;

  /// The same, unless the connection cannot take it now, see socket::emit_volatile.
  bool emit_volatile(const arguments& args) const;

  /// Runs `call` inside the socket's connection actor, as a handler runs, if the socket is still
  /// there then.
  void run(std::function<void(socket&)> call) const;

  bool operator==(const socket_ref& other) const { return id_ == other.id_; }

private:
  public_id id_;
  outbox_ptr box_;
  connection_actor connection_;
};

} // namespace reliable_signaler
