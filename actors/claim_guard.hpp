// Who may claim to be somebody, and who has been wrong too often. No clock, no log.
#pragma once

#include <atomic>
#include <caf/actor_clock.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace reliable_signaler {

/// Counts, for each network address, the claims of the present minute that had a forged proof. At
/// the bound no more claims of that address are looked at until the minute is over: neither what is
/// guessed right nor what is guessed wrong shows then. Secrets have 120 random bits and more, so
/// this bounds what guessing costs the server, and its log. Any thread.
class claim_guard {
public:
  using time_point = caf::actor_clock::time_point;

  /// `per_minute` wrong claims; 0: without bound. `most_addresses`: see
  /// limits::addresses_with_wrong_claims.
  claim_guard(std::size_t per_minute, std::size_t most_addresses)
      : per_minute_(per_minute), most_addresses_(most_addresses) {}

  /// Whether a claim of that address is to be looked at. An empty address is nobody's: always.
  bool allows(const std::string& address, time_point now);
  /// A claim was wrong. Whether it was the last one that is looked at.
  bool count(const std::string& address, time_point now);

private:
  void begin_minute(time_point now);

  const std::size_t per_minute_;
  const std::size_t most_addresses_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> wrong_;
  std::int64_t minute_ = 0;
  // Nearly always: then nobody waits for the lock.
  std::atomic<bool> idle_{true};
};

} // namespace reliable_signaler
