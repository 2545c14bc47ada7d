// Counters of what is alive. Relaxed atomics: exact at rest, a snapshot under load.
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
};

} // namespace reliable_signaler
