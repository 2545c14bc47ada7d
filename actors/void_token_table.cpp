// The table of void tokens.
#include "void_token_table.hpp"

#include <algorithm>

#include "limits.hpp"

namespace reliable_signaler {

void void_token_table::add(const public_id& who, const std::string& room_id,
                           std::uint64_t generation, std::int64_t now) {
  const std::lock_guard guard{mutex_};
  // A few, since others wait meanwhile: the bound below holds anyway.
  for (int n = 0; n < forgotten_per_leave && !oldest_first_.empty(); ++n) {
    if (clients_.at(oldest_first_.front()).last + limits_.token_life.count() > now) break;
    forget_oldest();
  }
  const auto [at, added] = clients_.try_emplace(who);
  auto& known = at->second;
  if (added)
    known.place = oldest_first_.insert(oldest_first_.end(), who);
  else
    oldest_first_.splice(oldest_first_.end(), oldest_first_, known.place);
  rooms_ -= known.rooms.size();
  known.rooms.add(room_id, generation, limits_.rooms_per_client);
  rooms_ += known.rooms.size();
  known.last = now;
  while (rooms_ > limits_.rooms) forget_oldest();
  count_.store(static_cast<std::int64_t>(rooms_), std::memory_order_relaxed);
}

// The floor also where all is out of date by now: clocks are set back.
void void_token_table::forget_oldest() {
  const auto at = clients_.find(oldest_first_.front());
  auto& floor = floors_[floor_of(at->first)];
  floor = std::max(floor, at->second.last);
  rooms_ -= at->second.rooms.size();
  clients_.erase(at);
  oldest_first_.pop_front();
}

bool void_token_table::contains(const token& shown) const {
  const std::lock_guard guard{mutex_};
  if (shown.issued <= floors_[floor_of(shown.who)]) return true;
  const auto at = clients_.find(shown.who);
  return at != clients_.end() && at->second.rooms.voids(shown, epoch_);
}

} // namespace reliable_signaler
