// Emitting to many: rooms by name, everyone, everyone but some.
#pragma once

#include <string>
#include <vector>

#include "messages.hpp"

namespace reliable_signaler {

/// Collects who shall get an event; emit() sends it to each of them once. A value for any thread.
/// Rooms and sockets are looked up when it is sent; one that does not exist reaches nobody. The
/// events that one thread emits to the same receivers arrive in order; those to different rooms may
/// overtake each other, also at a receiver who sits in both. The receivers are not told who has
/// sent it, unless the arguments say so. Never blocks; after the server has stopped it reaches
/// nobody.
class broadcast {
public:
  /// To everyone in `nsp`, until to() narrows it. Made by socket, signaler and server.
  broadcast(room_registry_actor registry, delivery_rules_ptr rules, std::string nsp)
      : registry_(std::move(registry)), rules_(std::move(rules)) {
    request_.nsp = std::move(nsp);
  }

  /// Only to who sits in this room, or in another one named so.
  broadcast& to(std::string room_id);
  /// Only to this socket, or to another one or a room named so. Ids are a type of their own, so a
  /// room that is called like somebody's id hears nothing of it; parse_public_id() reads one that a
  /// client has sent. Finds nobody in a namespace without_everyone().
  broadcast& to(const public_id& who);
  /// Not to who sits in this room.
  broadcast& except(std::string room_id);
  /// Not to this socket.
  broadcast& except(const public_id& who);

  /// `args` begins with the event's name, see make_event(). Clients that are away get it when they
  /// come back, where sessions are kept.
  void emit(const arguments& args) const;

private:
  room_registry_actor registry_;
  delivery_rules_ptr rules_;
  broadcast_request request_;
};

} // namespace reliable_signaler
