// The ground that simulated worlds stand on.
#include "simulation.hpp"

#include <caf/atom.hpp>

namespace reliable_signaler::sim {

void require(bool kept, const std::string& promise) {
  if (!kept) throw broken_promise{promise};
}

simulation::simulation(std::uint64_t seed) : random_(seed) {
  config_.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config_);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

bool simulation::run_any_job() {
  auto& jobs = scheduler_->jobs;
  if (jobs.empty()) return false;
  std::swap(jobs.front(), jobs[pick(jobs.size())]);
  scheduler_->run_once();
  return true;
}

void simulation::check_nothing_left() const {
  const auto& counts = server_->counters();
  require(counts.connections == 0, "connections are left");
  require(counts.sockets == 0, "sockets are left");
  require(counts.rooms == 0, "rooms are left");
  require(counts.seats == 0, "seats are left");
  require(counts.held_sessions == 0, "held sessions are left");
  require(counts.parked == 0, "parked questions are left");
  require(counts.lobby_members == 0, "lobby members are left");
  require(!scheduler_->has_pending_timeout(), "timers are left");
}

} // namespace reliable_signaler::sim
