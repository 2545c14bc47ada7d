// The message protocol: everything that actors of this project say to each other. Start reading
// here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/response_promise.hpp>
#include <caf/typed_actor.hpp>

#include "address_counts.hpp"
#include "connect_attempt.hpp"
#include "event.hpp"
#include "ids.hpp"
#include "outbox.hpp"
#include "ports.hpp"

namespace reliable_signaler {

// -- the network to a connection: what one client does, in the order in which it does it

/// The client asks to be connected to a namespace.
struct namespace_connect {
  std::string nsp;
  /// JSON object text of the client's auth payload; empty when it sent none.
  std::string auth;
};

/// The client has sent an event to a namespace that it is connected to.
struct socket_event {
  event_ptr what;
  /// Number of the acknowledgement that the client waits for.
  std::optional<std::uint64_t> ack;
  /// Keeps the session from reading on while too many events are unfinished.
  in_flight credit;
};

/// The client answers a question of ours.
struct socket_answer {
  std::string nsp;
  std::uint64_t id = 0;
  arguments args;
};

/// The client leaves a namespace for good.
struct namespace_disconnect {
  std::string nsp;
};

/// The Engine.IO session is over, for `reason` (a word for handlers and logs, such as
/// `transport close` or `ping timeout`, as Socket.IO names them). The last message of the network.
struct session_ended {
  std::string reason;
};

/// No event of the lane `number` of the socket `who` is under way any more, see relay_lane.
struct lane_clear {
  public_id who;
  std::uint64_t number = 0;
};

class socket;
/// Run this inside the connection actor, as a handler of the socket `who`, if it is still there.
struct run_on_socket {
  public_id who;
  std::function<void(socket&)> call;
};

/// A middleware's verdict on the attempt `number` to connect to a namespace, or, from the
/// connection itself, that its time is over.
struct connect_verdict {
  std::uint64_t number = 0;
  /// Which middleware, counted from 0.
  std::size_t stage = 0;
  connect_verdict_text verdict;
};

/// The connection's own timer: the client has not answered the question `id` of ours.
struct answer_overdue {
  public_id who;
  std::uint64_t id = 0;
};

/// The server goes away. Clients that speak our extension are told when to come back: at a random
/// moment `spread` after `after`. No namespace is left: that would tell them to stay away.
struct drain_connection {
  std::chrono::milliseconds after{0};
  std::chrono::milliseconds spread{0};
};

/// The server asks every socket of this connection to go, then the connection itself.
struct end_connection {};

/// The session store's: somebody else has claimed the session of this socket. It is fenced, told to
/// stay away, and its session given out.
struct yield_session {
  std::string nsp;
  public_id who;
};

struct socket_session;
/// One holder at a time: whoever has it holds the socket's seats.
using session_ptr = std::shared_ptr<socket_session>;

/// The answer: null when there is no such session, for whatever reason.
struct claimed_session {
  session_ptr session = nullptr;
  /// The client has claimed it since, on a newer connection.
  bool overtaken = false;
};

/// One client: an Engine.IO session with a socket for each namespace.
using connection_actor = caf::typed_actor<
    // Answered through the session_port: connected or refused.
    caf::reacts_to<namespace_connect>,
    // Runs the handlers registered for the event.
    caf::reacts_to<socket_event>,
    // Runs the handler that waits for it; unknown numbers are ignored.
    caf::reacts_to<socket_answer>,
    // Frees the socket and its seats at once.
    caf::reacts_to<namespace_disconnect>,
    // Frees all sockets and ends the actor.
    caf::reacts_to<session_ended>,
    // Any thread's, see socket_ref.
    caf::reacts_to<run_on_socket>,
    // A late or repeated one is ignored.
    caf::reacts_to<connect_verdict>,
    // From itself.
    caf::reacts_to<answer_overdue>,
    // The rooms': what the socket has held back may go on.
    caf::reacts_to<lane_clear>,
    // Null when the socket is not here (any more).
    caf::replies_to<yield_session>::with<claimed_session>,
    // Says when to come back and closes the session.
    caf::reacts_to<drain_connection>,
    // Disconnects every namespace politely and closes the session.
    caf::reacts_to<end_connection>>;

// -- a connection to a room

enum class seat_role : std::uint8_t { owner, co_owner, member };

/// Who wants a seat, and where answers to it go.
struct seat_claim {
  room_key key;
  public_id who;
  outbox_ptr box;
  /// The client's question. The room answers it itself, so that the answer comes before the room's
  /// first event in the client's one order.
  acknowledgement ack;
  /// What the room answers: the arguments of the acknowledgement; `granted_as`, if there is one,
  /// makes them for the role. It may run on any thread.
  arguments granted;
  /// Of the same question, asked before: they get the same answer.
  std::vector<acknowledgement> earlier_acks;
  /// Which of its session's connections the claimant is on.
  std::uint64_t stay = 1;
  /// The session has found this connection and still holds the seat in this incarnation, so that
  /// nothing is granted. 0: that is not so.
  std::uint64_t again = 0;
  /// The grant is to tell who sits in the room, and to name so many at most.
  std::optional<std::size_t> roster_most = {};
  /// The claimant has shown that the room was its own.
  bool proven = false;
  std::function<arguments(seat_role)> granted_as = {};
  address_counts::share_ptr share = {}; ///< what the claimant's network address is charged, or null
  /// Set when the claimant has taken it back, whatever of it is still under way. Null: it cannot.
  std::shared_ptr<std::atomic<bool>> withdrawn = {};

  bool is_withdrawn() const { return withdrawn && withdrawn->load(); }

  void answer(seat_role as) const {
    const auto args = granted_as ? granted_as(as) : granted;
    for (const auto& x : earlier_acks) x.send(args);
    ack.send(args);
  }
};

/// Which grant of a seat a message is about. It rises with every grant of the same seat, and what
/// an earlier session sends is fenced off: it has no effect.
using incarnation = std::uint64_t;

class relay_lane;
class seat_lease;
/// A seat: as long as somebody keeps it, the seat is held; when the last one lets go, the room is
/// told.
using seat_ptr = caf::intrusive_ptr<const seat_lease>;

/// An event for everybody else in the room; the sender must hold a seat in it.
struct relay {
  event_ptr what;
  event_id id;
  incarnation sender_incarnation = 0;
  /// Seats of the sender in further rooms, the next one last: a room hands the event on to the
  /// next. Keeping the seats keeps the rooms until it has passed.
  std::vector<seat_ptr> next;
  /// Who has been reached in earlier rooms, sorted: nobody gets the event twice.
  std::vector<public_id> reached;
  /// Encoded by the first room.
  encoded_ptr packet;
  /// Tells the sender when all that it has sent from the same seats is worked off.
  caf::intrusive_ptr<const relay_lane> lane;
  in_flight credit;
};

/// A grant of the seat is given up; the seat is, with the last one.
struct leave_room {
  public_id who;
};

/// The holder of the seat has lost its transport, on its connection number `stay`: as long as no
/// owner is present, the room is closed.
struct seat_away {
  public_id who;
  incarnation held = 0;
  std::uint64_t stay = 0;
};

/// The holder of a member's seat is back on its connection number `stay`. Owners open anew instead.
struct re_register {
  public_id who;
  incarnation held = 0;
  std::uint64_t stay = 0;
  std::optional<std::size_t> roster_most = {};
};

/// A seat in a lobby, whose gate has admitted the sender: ownerless, unanswered, incarnation 0.
struct enter_lobby {
  public_id who;
  outbox_ptr box;
};

/// The session with this outbox has given up what it was granted after `kept` (0: ever), although
/// leases of it may still be under way: it owns the room only if it did so by then, and without
/// `kept` it does not hear the room any more either.
struct disown_room {
  public_id who;
  outbox_ptr box;
  incarnation kept = 0;
};

/// Who sits in a room: some by their names, the others as a number.
struct roster {
  std::vector<public_id> named;
  std::size_t more = 0;
};

/// The answer to a claim. Null when the claimant has the seat already.
struct seat_grant {
  seat_ptr seat;
  /// If the claim wants to know.
  roster who = {};
};

// -- a connection to the registry

/// Open the room as one of its owners.
struct open_room {
  seat_claim claim;
  /// The thread the opener's connection is bound to, or null: where a new room is placed.
  caf::execution_unit* home = nullptr;
};

/// Take a seat in the room as soon as it is open.
struct ask_room {
  seat_claim claim;
  /// The registry's: the asker's place in the queue; 0 when it has none yet.
  std::uint64_t place = 0;
  /// The registry's: counts all questions, so that of two of the same socket the later one is
  /// known.
  std::uint64_t order = 0;
  /// The registry's: how many openings of the room the registry had passed on before this question.
  std::uint64_t openings = 0;
};

/// Take a seat in the room, whether it is open or not; it comes to life if need be.
struct join_room {
  seat_claim claim;
  caf::execution_unit* home = nullptr;
};

/// Give out the room actor, to be talked to or monitored: it ends when nobody sits in it any more.
struct find_room {
  room_key key;
};

/// An event for some sockets and everybody in some rooms, or for all of a namespace, once.
struct broadcast_request {
  std::string nsp;
  /// None, and no sockets: everyone.
  std::vector<std::string> rooms;
  std::vector<public_id> sockets;
  std::vector<std::string> without_rooms;
  /// Sorted.
  std::vector<public_id> without;
  event_ptr what;
  event_id id;
  encoded_ptr packet;
};

/// Forget the questions of `who`: the one for `key`, or all of them. If for one, its room is told
/// what grants of the session with this outbox count no more: see disown_room.
struct cancel_questions {
  public_id who;
  std::optional<room_key> key;
  outbox_ptr box = nullptr;
  incarnation kept = 0;
};

// -- a connection to the session store

/// The connection `holder` has a new session, or an old one under a new secret.
struct track_session {
  std::string nsp;
  public_id who;
  session_secret secret;
  caf::actor_addr holder;
};

/// The session of `who` is over for good.
struct forget_session {
  public_id who;
  caf::actor_addr holder;
};

/// The transport is lost: keep the session for the grace period, counted from now.
struct hold_session {
  session_ptr session;
};

/// Give out the session that goes by this secret, wherever it is: held, or with a connection that
/// has not noticed yet that its client is gone.
struct claim_session {
  std::string nsp;
  public_id who;
  session_secret secret;
  /// A token has shown that the claimant is `who`; the secret does not matter then. If there is no
  /// such session, the name is the claimant's from now on.
  bool proven = false;
  std::string network = {}; ///< the claimant's, see handshake::network
  /// See introduction. What a slow network delivers after a later one has no effect.
  std::uint64_t attempt = 0;
};

/// The store's own: the connection `holder` has ended, and all that it had sent has arrived.
struct holder_gone {
  public_id who;
  caf::actor_addr holder;
};

/// The store's own timer.
struct expire_sessions {};

// -- the registry and a room to each other

/// A broadcast on its way through rooms, one after the other.
struct room_broadcast {
  event_ptr what;
  event_id id;
  encoded_ptr packet;
  /// The room actors after this one, the next one last.
  std::vector<caf::strong_actor_ptr> next;
  /// How many rooms, this one included, only tell who sits in them and is not to be reached.
  std::size_t exempt = 0;
  /// Who has been reached, or is not to be. Sorted.
  std::vector<public_id> reached;
  /// The only ones to be reached in the room of everyone; none: all.
  std::vector<public_id> only;
};

/// A question that waited, with the promise to answer it. The room makes the promise its own.
struct parked_question {
  ask_room question;
  caf::response_promise promise;
};

/// An opening, with all who have waited for it. The room seats and answers them, then the owner.
struct open_with_joiners {
  seat_claim claim;
  /// Counts the openings that the registry has passed on to this room, this one included.
  std::uint64_t openings = 0;
  std::vector<parked_question> joiners;
};

/// The room could not seat a joiner since no owner is present any more: back to its old place. If
/// that makes too many, the latest of those that wait is refused.
struct bounced_question {
  ask_room question;
  caf::response_promise promise;
};

/// The room's last owner has gone, after `openings` openings: from now on questions are parked.
struct room_closed {
  room_key key;
  std::uint64_t openings = 0;
};

/// Nobody holds a seat in the room, and it has worked off `handled` messages of the registry's.
/// When that is all the registry has sent, the room ends.
struct room_vacant {
  room_key key;
  std::uint64_t handled = 0;
};

/// One room: seats, and events between them.
using room_actor = caf::typed_actor<
    // The registry's: `refusal` errors are room_taken, room_full, too_many_seats.
    caf::replies_to<open_with_joiners>::with<seat_grant>,
    // The registry's: a seat now, a refusal, or back to the registry as a bounced_question.
    caf::replies_to<ask_room>::with<seat_grant>,
    // To everybody else in the room, in order; ignored when the sender holds no seat.
    caf::reacts_to<relay>,
    // The registry's: a seat without a condition.
    caf::replies_to<join_room>::with<seat_grant>,
    // The registry's, or the room's before it.
    caf::reacts_to<room_broadcast>,
    // Ignored when another session holds the seat since.
    caf::reacts_to<seat_away>,
    // `refusal` error: cancelled, when there is no such seat any more.
    caf::replies_to<re_register>::with<seat_grant>,
    // The lease's, or a lobby member's.
    caf::reacts_to<leave_room>,
    // The registry's, behind the openings that are meant; or a socket's of the seat it gives up.
    caf::reacts_to<disown_room>,
    // Lobbies only.
    caf::reacts_to<enter_lobby>>;

/// The answer to find_room: null when there is no such room.
struct found_room {
  room_actor room;
};

/// Finds and spawns rooms and parks those who ask for one that is not open. Control plane only: no
/// relayed event passes here.
using room_registry_actor = caf::typed_actor<
    // `refusal` errors: the room's own, too_many_rooms, shutting_down.
    caf::replies_to<open_room>::with<seat_grant>,
    // Answered when the room is open, be it later. `refusal` errors: too_many_parked(_of_socket),
    // cancelled, and those of open_room.
    caf::replies_to<ask_room>::with<seat_grant>,
    // `refusal` errors: those of open_room.
    caf::replies_to<join_room>::with<seat_grant>,
    // Room actors may end at any time.
    caf::replies_to<find_room>::with<found_room>,
    // Goes to the rooms that there are.
    caf::reacts_to<broadcast_request>,
    // Answered questions are unaffected.
    caf::reacts_to<cancel_questions>,
    // A room's.
    caf::reacts_to<bounced_question>,
    // A room's.
    caf::reacts_to<room_closed>,
    // A room's.
    caf::reacts_to<room_vacant>>;

/// Knows where every session is, and keeps those whose transport is lost.
using session_store_actor = caf::typed_actor<
    // Without effect on a session that is with somebody else.
    caf::reacts_to<track_session>,
    // The same.
    caf::reacts_to<forget_session>,
    // At the limit the oldest one goes, and is logged. A claim that waits gets it at once.
    caf::reacts_to<hold_session>,
    // The claimant is the sender, and holds the session from the answer on. Of several the latest
    // has it in the end: each gets it, and yields it to the next.
    caf::replies_to<claim_session>::with<claimed_session>,
    // From itself.
    caf::reacts_to<holder_gone>,
    // From itself.
    caf::reacts_to<expire_sessions>>;

} // namespace reliable_signaler

#include "leases.hpp"
#include "message_types.hpp"
