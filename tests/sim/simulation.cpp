// The ground that simulated worlds stand on.
#include "simulation.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <caf/atom.hpp>
#include <caf/scheduled_actor.hpp>

#include "redirected.hpp"

namespace reliable_signaler::sim {

void require(bool kept, const std::string& promise) {
  if (!kept) throw broken_promise{promise};
}

namespace {

/// Steps in one run; a run that needs more turns in circles.
constexpr int steps_max = 500'000;

std::mt19937 draws_of(std::uint64_t seed, int action) {
  std::seed_seq all{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
                    static_cast<std::uint32_t>(action)};
  return std::mt19937{all};
}

const caf::scheduled_actor* actor_of(const caf::resumable* job) {
  return dynamic_cast<const caf::scheduled_actor*>(job);
}

} // namespace

simulation::simulation(plan what) : plan_(std::move(what)), random_(draws_of(plan_.seed, 0)) {
  begin_redirected_run(plan_.seed);
  config_.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config_);
  scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

bool simulation::begin_action() {
  random_ = draws_of(plan_.seed, ++actions_);
  return plan_.left_out.count(actions_) == 0;
}

void simulation::slow_a_room() {
  slow_ = caf::invalid_actor_id;
  wants_slow_room_ = true;
}

bool simulation::hurry_slow_room() {
  wants_slow_room_ = false;
  return std::exchange(slow_, caf::invalid_actor_id) != caf::invalid_actor_id
         && !scheduler_->jobs.empty();
}

std::size_t simulation::ready_jobs() {
  auto& jobs = scheduler_->jobs;
  for (auto i = jobs.begin(); wants_slow_room_ && i != jobs.end(); ++i) {
    const auto* who = actor_of(*i);
    if (who == nullptr || who->name() != std::string_view{"signaler.room"}) continue;
    slow_ = who->id();
    wants_slow_room_ = false;
  }
  if (slow_ == caf::invalid_actor_id) return jobs.size();
  const auto slow = std::find_if(jobs.begin(), jobs.end(), [this](const auto* job) {
    const auto* who = actor_of(job);
    return who != nullptr && who->id() == slow_;
  });
  if (slow == jobs.end()) return jobs.size();
  std::swap(*slow, jobs.back());
  return jobs.size() - 1;
}

void simulation::run_any_job(std::size_t ready) {
  auto& jobs = scheduler_->jobs;
  std::swap(jobs.front(), jobs[pick(ready)]);
  scheduler_->run_once();
}

void simulation::note(std::string line) {
  trace_.push_back(std::move(line));
}

void simulation::count_step() {
  require(++steps_ < steps_max, "it does not come to rest");
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
