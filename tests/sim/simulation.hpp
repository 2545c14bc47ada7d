// What every simulated world has: the real actors in one deterministic system, run in an order that
// a seed decides, and a trace of what happened.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "stand_ins.hpp"

namespace reliable_signaler::sim {

/// A promise of the server's that it has not kept.
struct broken_promise : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws broken_promise unless it is kept.
void require(bool kept, const std::string& promise);

class simulation {
public:
  /// What the clients did, a line each.
  const std::vector<std::string>& trace() const { return trace_; }

protected:
  explicit simulation(std::uint64_t seed);
  ~simulation() = default;

  /// One of the messages that wait is worked off, whichever; false when none does.
  bool run_any_job();
  /// When all clients have gone.
  void check_nothing_left() const;

  std::size_t pick(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_);
  }
  void note(std::string line) { trace_.push_back(std::move(line)); }

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::unique_ptr<signaler> server_;

private:
  std::mt19937_64 random_;
  std::vector<std::string> trace_;
};

} // namespace reliable_signaler::sim
