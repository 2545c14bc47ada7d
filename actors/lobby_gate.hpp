// Who may be in a lobby, and how much is said there: counts and a token bucket, no actors, no
// clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace reliable_signaler {

/// Bounds one lobby in members and in events per second. Any thread.
class lobby_gate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  lobby_gate(std::size_t members, std::uint32_t events_per_second);

  /// Admits one more member, or not. Whoever is admitted calls leave() once.
  bool enter();
  void leave();
  std::size_t members() const noexcept { return members_.load(std::memory_order_relaxed); }

  /// Whether one more event may be relayed at `now`.
  bool admit(time_point now);

private:
  const std::size_t max_members_;
  const double events_per_second_;
  std::atomic<std::size_t> members_{0};
  std::mutex mutex_;
  double tokens_;
  time_point refilled_{};
};

} // namespace reliable_signaler
