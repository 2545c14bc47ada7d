// Counting of wrong claims.
#include "claim_guard.hpp"

#include <chrono>

namespace reliable_signaler {

// All addresses start anew together: a table that is emptied needs no timer and cannot leak.
void claim_guard::begin_minute(time_point now) {
  const auto minute =
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
  if (minute == minute_) return;
  minute_ = minute;
  wrong_.clear();
  idle_.store(true);
}

bool claim_guard::allows(const std::string& address, time_point now) {
  if (per_minute_ == 0 || address.empty() || idle_.load()) return true;
  const std::lock_guard guard{mutex_};
  begin_minute(now);
  const auto at = wrong_.find(address);
  return at == wrong_.end() || at->second < per_minute_;
}

bool claim_guard::count(const std::string& address, time_point now) {
  if (per_minute_ == 0 || address.empty()) return false;
  const std::lock_guard guard{mutex_};
  begin_minute(now);
  if (wrong_.size() >= most_addresses_ && !wrong_.contains(address)) return false;
  idle_.store(false);
  return ++wrong_[address] == per_minute_;
}

} // namespace reliable_signaler
