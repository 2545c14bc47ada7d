// Emitting to many: rooms by name, everyone, everyone but some.
#pragma once

#include <string>
#include <vector>

#include "messages.hpp"

namespace reliable_signaler {

/// Collects who shall get an event; emit() sends it to each of them once. A value for any thread.
/// Rooms are looked up when it is sent; a room that does not exist has nobody in it. The events
/// that one thread emits to the same rooms arrive in order; those to different rooms may overtake
/// each other, also at a receiver who sits in both. Never blocks; after the server has stopped it
/// reaches nobody.
class broadcast {
public:
  /// To everyone in `nsp`, until to() narrows it. Made by socket and signaler.
  broadcast(room_registry_actor registry, delivery_rules_ptr rules, std::string nsp)
      : registry_(std::move(registry)), rules_(std::move(rules)) {
    request_.nsp = std::move(nsp);
  }

  /// Only to who sits in this room, or in another one named so.
  broadcast& to(std::string room_id);
  /// Not to who sits in this room.
  broadcast& except(std::string room_id);
  /// Not to this socket.
  broadcast& except(const public_id& who);

  /// `args` begins with the event's name, see make_event().
  void emit(const arguments& args) const;

private:
  room_registry_actor registry_;
  delivery_rules_ptr rules_;
  broadcast_request request_;
};

} // namespace reliable_signaler
