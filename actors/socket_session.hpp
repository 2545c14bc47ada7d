// What of a socket can outlive its connection: a value that may be moved from one actor to another.
#pragma once

#include <algorithm>
#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ids.hpp"
#include "messages.hpp"
#include "refusal.hpp"

namespace reliable_signaler {

class socket;

/// Told why a request of a socket was refused.
using refusal_handler = std::function<void(socket& s, refusal why)>;

/// An event that came while an opening was on its way (the client meant it for that room too), or
/// while those before it were on another way.
struct held_event {
  event_ptr what;
  refusal_handler refused;
  in_flight credit;
  /// The client's number, or 0, and who waits to hear that it was taken.
  std::uint64_t number = 0;
  acknowledgement ack = {};
};

/// One client in one namespace, apart from the transport that carries it now. Whoever holds the
/// value holds the socket's seats; dropping it gives them up.
struct socket_session {
  std::string nsp;
  public_id id;
  /// By which a client that has lost its transport claims the session; empty when sessions are not
  /// held. Never logged.
  session_secret secret;
  outbox_ptr box;
  /// Of the client's latest connection, see handshake::network.
  std::string network;
  /// In the order in which they were taken.
  std::vector<seat_ptr> seats;
  /// The seat among all sockets of the namespace; null where nobody emits to everyone.
  seat_ptr everyone;
  /// The embedder's.
  std::any data;
  /// Whether the client speaks our extension: it numbers what it sends.
  bool announced = false;
  /// Whether it may have tokens: it did so on this connection or an earlier one.
  bool knows_tokens = false;
  /// The last number of the client's that has been taken, that is, handled or sent on.
  std::uint64_t taken = 0;
  /// Events sent on that had no number.
  std::uint64_t unnumbered = 0;
  /// Which of the sessions that a token has brought the public id back to, or 0: see event_id.
  std::uint32_t series = 0;
  /// Why the client must still be told of a gap; "" when it need not.
  std::string untold_gap;
  /// What tokens signed now say, see token::generation. Rises with every room left, and is higher
  /// than that of any session of this name before.
  std::uint64_t generation = 0;

  /// Rooms it was about to join, without a client that could ask again, when the connection went.
  std::vector<std::string> joining;

  /// Counts the connections that have carried it.
  std::uint64_t stay = 1;

  /// Taken from the client, and not sent on yet.
  std::vector<held_event> unsent;
  /// Null until an event has been sent on.
  caf::intrusive_ptr<lane_watch> lanes;
  std::uint64_t last_lane = 0;
  /// The lane that must be clear before anything more is sent; 0 when there is none.
  std::uint64_t awaited_lane = 0;

  std::vector<seat_ptr>::iterator find_seat(const std::string& room_id) {
    return std::find_if(seats.begin(), seats.end(),
                        [&](const seat_ptr& x) { return x->key.id == room_id; });
  }
};

} // namespace reliable_signaler
