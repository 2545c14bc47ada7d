// The simulated world: what happens in it.
#include "world.hpp"

#include <algorithm>
#include <iterator>

#include "actors/dialects/reliable_signaler.hpp"
#include "faults.hpp"
#include "net/packet_encoder.hpp"

namespace reliable_signaler::sim {

namespace {

constexpr int rounds = 2;
constexpr int actions_per_round = 40;
constexpr std::chrono::seconds short_grace{60};
/// Nobody is ever away that long.
constexpr std::chrono::seconds long_grace{200};

limits with_small_logs(limits bounds) {
  bounds.log_bytes = 2'000;
  bounds.log_bytes_in_all = 4'000;
  bounds.log_bytes_per_address = 2'000;
  return bounds;
}

limits with_few(limits bounds) {
  bounds.rooms = 2;
  bounds.seats = 6;
  bounds.seats_per_room = 4;
  bounds.rooms_per_socket = 2;
  bounds.parked_joiners = 3;
  bounds.parked_per_socket = 2;
  bounds.held_sessions = 2;
  bounds.rooms_left_per_client = 1;
  bounds.rooms_left = 2;
  return bounds;
}

} // namespace

world::world(plan what) : simulation(std::move(what)) {
  draw_rules();
  start_server();
}

world::~world() {
  if (server_) kill_server();
}

void world::draw_rules() {
  rules_.restarts = pick(4) == 0;
  rules_.small_log = pick(4) == 0;
  rules_.expires = pick(3) == 0;
  rules_.few = pick(5) == 0;
  rules_.lobby = pick(4) == 0;
  rules_.exclusive = pick(3) == 0;
}

signaler_options world::options() const {
  signaler_options result;
  result.grace = rules_.expires ? short_grace : long_grace;
  result.secret = "the same secret in each life of the server";
  result.lobby = rules_.lobby;
  result.exclusive_rooms = rules_.exclusive;
  auto& bounds = result.limits;
  bounds.lobby_events_per_second = 1'000'000;
  bounds.log_bytes_per_address = bounds.log_bytes_in_all;
  if (rules_.small_log) bounds = with_small_logs(bounds);
  if (rules_.few) bounds = with_few(bounds);
  return result;
}

void world::start_server() {
  namespace_table table;
  install_reliable_signaler(table.of("/"));
  auto chosen = options();
  loosen_bounds(chosen.limits);
  chosen.log = [this](log_level, std::string_view event, std::initializer_list<log_field>) {
    note("  the server logs " + std::string{event});
  };
  server_ = std::make_unique<signaler>(*system_, std::move(chosen), std::move(table),
                                       caf::make_counted<net::packet_encoder>());
}

// All that it knew is gone; what was on its way is lost.
void world::kill_server() {
  for (auto& who : clients_) who->let_go({});
  lines_.clear();
  server_->stop();
  scheduler_->run();
  server_ = nullptr;
}

void world::run() {
  while (clients_.size() < 3) admit(any_manner());
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < actions_per_round; ++i) {
      if (!begin_action()) continue;
      act();
      for (auto steps = pick(16); steps > 0 && take_step(); --steps) {
      }
      sweep_lines();
    }
    bring_all_back();
    check_accounts();
    rest();
    check_counts();
    check_questions();
    check_probes();
    if (!rules_.few) check_while_some_are_away();
  }
  check_all_is_gone();
}

void world::pass(std::chrono::milliseconds how_long) {
  note(numbered("milliseconds pass: ", how_long.count()));
  scheduler_->advance_time(how_long);
  for (auto& x : lines_) x->pass(scheduler_->clock().now());
}

bool world::take_step() {
  const auto jobs = ready_jobs();
  std::vector<line*> movable;
  for (auto& x : lines_)
    if (!x->is_slow() && x->can_move()) movable.push_back(x.get());
  if (jobs == 0 && movable.empty()) return (hurry_slow_room() || hurry_slow_lines()) && take_step();
  count_step();
  ++step_;
  if (movable.empty() || (jobs > 0 && pick(2) == 0))
    run_any_job(jobs);
  else
    movable[pick(movable.size())]->move([this](std::size_t n) { return pick(n); });
  check_each_step();
  return true;
}

bool world::hurry_slow_lines() {
  bool any = false;
  for (auto& x : lines_)
    if (x->is_slow() && x->can_move()) x->is_slow_no_longer(), any = true;
  return any;
}

void world::settle() {
  int moments = 0;
  do {
    while (take_step()) {
    }
    if (!wants_moment()) continue;
    require(++moments < 1'000, "what is due is never done");
    pass(wire_.noop_interval);
  } while (!scheduler_->jobs.empty() || wants_moment()
           || std::any_of(lines_.begin(), lines_.end(), [](auto& x) { return x->can_move(); }));
}

// A poll while an upgrade is under way: answered late, so that nobody polls in a tight loop.
bool world::wants_moment() const {
  const auto soon = scheduler_->clock().now() + wire_.noop_interval;
  return std::any_of(lines_.begin(), lines_.end(), [&](const auto& x) {
    const auto* server = x->server_end();
    return server != nullptr && server->deadline() <= soon;
  });
}

void world::sweep_lines() {
  std::erase_if(lines_, [](const auto& x) { return x->is_over(); });
}

void world::bring_all_back() {
  note("all come back");
  // Who does not know yet that it was cut off finds out, and comes back once more.
  for (int i = 0; i < 3; ++i) {
    for (auto& who : clients_) {
      if (who->on() != nullptr && who->on()->is_cut()) who->on()->notice();
      if (who->on() == nullptr) connect(*who);
    }
    settle();
    for (auto& who : clients_) who->stop_waiting();
    settle();
  }
  for (const auto& who : clients_) require(who->is_ready(), who->name() + " cannot come back");
}

void world::rest() {
  std::vector<line*> before;
  for (const auto& who : clients_) before.push_back(who->on());
  // Each of the three is noticed at the next step only.
  constexpr std::chrono::seconds at_once{15};
  const auto all = wire_.ping_interval + wire_.ping_timeout + options().grace + 3 * at_once;
  for (std::chrono::milliseconds passed{0}; passed <= all; passed += at_once) {
    pass(at_once);
    settle();
  }
  for (std::size_t i = 0; i < clients_.size(); ++i)
    require(clients_[i]->on() == before[i],
            clients_[i]->name() + " was cut off while all was well");
  sweep_lines();
}

} // namespace reliable_signaler::sim
