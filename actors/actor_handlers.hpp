// Actors as handlers, and actors as members of rooms: an embedder's own actors beside the sockets.
#pragma once

#include <functional>
#include <string>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "broadcast.hpp"
#include "messages.hpp"
#include "namespaces.hpp"
#include "socket_ref.hpp"

namespace reliable_signaler {

// -- what an actor gets that is registered as a handler; each is a message of one element. Those
// about one client come in the order in which they happened. What an actor has no handler for CAF
// prints and drops, unless set_default_handler() says otherwise. An exception ends the actor, as
// everywhere in CAF; what is sent to an actor that has ended is lost, and nobody answers for it. So
// it must not trust what clients send: `argument(*x.what, 0).get<int>()` throws when that is text.
//
// To be told of ends: `self->monitor(x)` brings a caf::down_msg (for self->set_down_handler) when x
// ends. x may be the client's connection, `message.who.connection()`, see socket_ref; or a room,
// `grant.seat->room` or what the registry answers to find_room. A room ends when nobody holds a
// seat in it any more, be it a client that is away; so it does not while one is held by oneself,
// unless the server stops. The next room of that name is another actor. The reason in the message
// is CAF's word and says little: a room ends with exit_reason::user_shutdown, a connection with
// none.

/// A client has connected to the namespace.
struct socket_connected {
  socket_ref who;
};

/// A client has sent an event.
struct socket_says {
  socket_ref who;
  event_ptr what;
  /// Empty when the client wants no answer; else the actor answers it, or never.
  acknowledgement ack;
  /// Kept until the message is worked off: so a client cannot send faster than the actor works.
  in_flight credit;
};

/// A client has gone. `reason` is Socket.IO's word for it.
struct socket_gone {
  socket_ref who;
  std::string reason;
};

/// Handlers that send these messages to `receiver`. They keep it alive.
event_handler forward_events_to(const caf::actor& receiver);
connect_handler forward_connects_to(const caf::actor& receiver);
disconnect_handler forward_disconnects_to(const caf::actor& receiver);

// These are values that may also be sent to actors as they are: a connect_attempt, so that an actor
// decides who is let in; a socket_ref, an acknowledgement, a broadcast and an event_ptr, to be used
// later.

// -- an actor in a room

/// What an actor hears in a room where it has a seat.
struct room_says {
  room_key room;
  /// Who has said it (event_id::sender: a socket's id, or seat_lease::who of an actor's seat), and
  /// which one of its events this is. What came through a broadcast, also through socket::to, is
  /// said by nobody: its sender is no socket's id, and need not be the same next time. Who is to be
  /// known as its sender stands in the arguments.
  event_id id;
  event_ptr what;
};

/// The actor owned the room, and is a member from now on: rooms are exclusive, and another has
/// shown that it is his, see socket::open(). An actor shows that by `open_room::claim.proven`.
struct room_displaced {
  room_key room;
};

/// A claim with which an actor takes a seat: `self->request(registry, timeout, open_room{claim})`
/// or `ask_room{claim}`, answered with a seat_grant when the room is open. What is said in the room
/// then comes to `receiver` as room_says. The seat is held as long as the grant's lease is kept.
/// `receiver` is kept alive by the room meanwhile. Refused with `invalid_room_id` when the key's id
/// is empty or longer than limits::room_id_bytes. With `claim.roster_most` the grant tells who
/// sits there, and names so many of them at most.
seat_claim claim_for(const caf::actor& receiver, room_key key);

/// The voice of an actor in a room. Not thread-safe; to be used by one actor.
class room_voice {
public:
  room_voice() = default;
  explicit room_voice(seat_ptr seat) : seat_(std::move(seat)) {}

  explicit operator bool() const noexcept { return static_cast<bool>(seat_); }

  /// To everybody else in the room. `args` begins with the event's name, see make_event().
  void say(const arguments& args);

  /// Gives up the seat.
  void leave() { seat_ = nullptr; }

private:
  seat_ptr seat_;
  std::uint64_t number_ = 0;
};

} // namespace reliable_signaler

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::socket_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::socket_says)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::socket_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::room_says)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::room_displaced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::connect_attempt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::socket_ref)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::acknowledgement)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::broadcast)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reliable_signaler::event_ptr)
