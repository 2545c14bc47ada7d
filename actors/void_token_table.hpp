// The room tokens of all clients that are void before their time, since their bearers have left the
// rooms. No clock.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "ids.hpp"
#include "left_rooms.hpp"
#include "token.hpp"

namespace reliable_signaler {

/// Knows by its name who has left which rooms, whether its session lives or has ended: a name comes
/// back by a token. What it cannot remember any more it takes for void as well, so at worst a good
/// token proves nothing. Of an earlier life of the server it knows nothing. Times are seconds since
/// 1970, as in tokens. Any thread.
class void_token_table {
public:
  struct bounds {
    /// See limits::rooms_left_per_client and limits::rooms_left.
    std::size_t rooms_per_client = 0;
    std::size_t rooms = 0;
    /// After that long a token has expired anyway.
    std::chrono::seconds token_life{0};
  };

  /// `epoch`: of this process. `count` is kept at the number of rooms that are remembered.
  void_token_table(std::uint64_t epoch, bounds limits, std::atomic<std::int64_t>& count)
      : epoch_(epoch), limits_(limits), count_(count) {}

  /// `who` has left the room at `now`, see token::generation: all tokens that it had for it are
  /// void.
  void add(const public_id& who, const std::string& room_id, std::uint64_t generation,
           std::int64_t now);

  bool contains(const token& shown) const;

private:
  /// In the order of their last leaves.
  using queue = std::list<public_id>;

  struct client {
    left_rooms rooms;
    std::int64_t last = 0;
    queue::iterator place;
  };

  /// Whoever floods the table harms by each client that it invents the few that share its floor.
  static constexpr std::size_t floors = 16'384;

  static std::size_t floor_of(const public_id& who) { return std::hash<public_id>{}(who) % floors; }
  void forget_oldest();

  const std::uint64_t epoch_;
  const bounds limits_;
  std::atomic<std::int64_t>& count_;
  mutable std::mutex mutex_;
  std::unordered_map<public_id, client> clients_;
  queue oldest_first_;
  std::size_t rooms_ = 0;
  /// No token of that or an earlier second counts; by hashes of names.
  std::array<std::int64_t, floors> floors_{};
};

} // namespace reliable_signaler
