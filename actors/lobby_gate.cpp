// The lobby's bounds.
#include "lobby_gate.hpp"

#include <algorithm>

namespace reliable_signaler {

lobby_gate::lobby_gate(std::size_t members, std::uint32_t events_per_second)
    : max_members_(members), events_per_second_(events_per_second), tokens_(events_per_second) {}

bool lobby_gate::enter() {
  if (members_.fetch_add(1, std::memory_order_relaxed) < max_members_) return true;
  leave();
  return false;
}

void lobby_gate::leave() {
  members_.fetch_sub(1, std::memory_order_relaxed);
}

bool lobby_gate::admit(time_point now) {
  const std::lock_guard guard{mutex_};
  if (refilled_ != time_point{} && now > refilled_) {
    const std::chrono::duration<double> passed = now - refilled_;
    tokens_ = std::min(events_per_second_, tokens_ + passed.count() * events_per_second_);
  }
  refilled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

} // namespace reliable_signaler
