// What every simulated world has: the real actors in one deterministic system, run in an order that
// a seed decides, and a trace of what happened.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/signaler.hpp"

namespace reliable_signaler::sim {

/// A promise of the server's that it has not kept.
struct broken_promise : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws broken_promise unless it is kept.
void require(bool kept, const std::string& promise);

/// What decides a run; nothing else does.
struct plan {
  std::uint64_t seed = 0;
  /// Numbers of actions that are not to happen: the others then do what they did before.
  std::set<int> left_out = {};
};

class simulation {
public:
  /// What the clients did, a line each.
  const std::vector<std::string>& trace() const { return trace_; }
  /// How many actions have begun, or would have.
  int actions() const { return actions_; }

protected:
  explicit simulation(plan what);
  virtual ~simulation() = default;

  /// The next action begins, with draws of its own; false when it is to be left out.
  bool begin_action();
  /// From now on the next room that has something to do comes last, until it is hurried.
  void slow_a_room();
  /// Whether a slow room has something to do.
  bool hurry_slow_room();
  /// How many actors have something to do and are not slow.
  std::size_t ready_jobs();
  /// One of their messages is worked off, whichever; `ready` are those that ready_jobs() has found.
  void run_any_job(std::size_t ready);
  /// Something happens: not too often.
  void count_step();
  /// When all clients have gone.
  void check_nothing_left() const;

  std::size_t pick(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_);
  }
  void note(std::string line);

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::unique_ptr<signaler> server_;

private:
  const plan plan_;
  int actions_ = 0;
  int steps_ = 0;
  bool wants_slow_room_ = false;
  caf::actor_id slow_ = caf::invalid_actor_id;
  std::mt19937 random_;
  std::vector<std::string> trace_;
};

} // namespace reliable_signaler::sim
