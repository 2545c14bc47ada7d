// Counters of what is alive, and of what was refused. Relaxed atomics: exact at rest, a snapshot
// under load.
#pragma once

#include <atomic>
#include <cstdint>

namespace reliable_signaler {

struct stats {
  /// Connection actors: Engine.IO sessions that are open.
  std::atomic<std::int64_t> connections{0};
  /// Sessions kept for clients whose transport is lost.
  std::atomic<std::int64_t> held_sessions{0};
  /// Sockets: clients connected to a namespace, one for each namespace.
  std::atomic<std::int64_t> sockets{0};
  std::atomic<std::int64_t> rooms{0};
  /// Seats in rooms, lobbies not included.
  std::atomic<std::int64_t> seats{0};
  std::atomic<std::int64_t> lobby_members{0};
  /// Questions that wait for a room to open.
  std::atomic<std::int64_t> parked{0};
  /// Rooms that clients have left and whose tokens are remembered to be void, for as long as they
  /// would be good: the clients may be gone. What is out of date goes when the next one is left.
  std::atomic<std::int64_t> left_rooms{0};

  // -- since the start

  /// Sessions that were let go before their time, since there were too many.
  std::atomic<std::int64_t> evicted_sessions{0};
  /// Seats refused since there are too many of something, see is_shortage().
  std::atomic<std::int64_t> refused_seats{0};
  /// Claims to a session, a name or a room with a proof that was wrong.
  std::atomic<std::int64_t> wrong_claims{0};
  /// Claims that were not looked at, since there had been too many wrong ones.
  std::atomic<std::int64_t> ignored_claims{0};
};

} // namespace reliable_signaler
