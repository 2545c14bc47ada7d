// The simulated world: what happens in it.
#include "world.hpp"

#include <algorithm>
#include <iterator>

#include "actors/dialects/reliable_signaler.hpp"
#include "faults.hpp"
#include "net/packet_encoder.hpp"

namespace reliable_signaler::sim {

namespace {

constexpr std::size_t clients_max = 5;
constexpr int rounds = 2;
constexpr int actions_per_round = 40;
constexpr std::chrono::seconds short_grace{60};
/// Nobody is ever away that long.
constexpr std::chrono::seconds long_grace{200};

limits with_small_logs(limits bounds) {
  bounds.log_bytes = 2'000;
  bounds.log_bytes_in_all = 4'000;
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
  while (clients_.size() < 3) admit();
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

void world::act() {
  switch (pick(24)) {
    case 0:
      if (!rules_.restarts || pick(4) != 0) return;
      note("the server is killed");
      kill_server();
      return start_server();
    case 1:
      return pass(std::chrono::seconds{pick(rules_.expires ? 40 : 10)});
    case 2:
    case 3:
      if (clients_.size() < clients_max) return admit();
      return;
    default:
      if (!clients_.empty()) act_on(*clients_[pick(clients_.size())]);
  }
}

void world::act_on(client& who) {
  switch (pick(20)) {
    case 0:
      if (pick(2) == 0) dismiss(who, pick(2) == 0);
      return;
    case 1:
    case 2:
    case 3:
      return break_line(who);
    case 4:
      if (who.on() != nullptr) who.on()->notice();
      return;
    case 5:
    case 6:
    case 7:
      if (who.on() != nullptr) return;
      connect(who);
      if (who.announced() && pick(4) == 0) connect_in_haste(who);
      return;
    case 8:
    case 9:
      if (who.on() == nullptr) return;
      note(who.name() + " tries a WebSocket");
      return who.on()->begin_upgrade();
    case 10:
      if (who.on() != nullptr) who.on()->lose_probe();
      return;
    case 11:
    case 12:
    case 13:
      return act_on_room(who);
    case 14: // at once: what is said last may take another way than what was said first
      say(who);
      if (pick(2) == 0)
        leave_a_seat(who);
      else
        act_on_room(who);
      return say(who);
    default:
      return say(who);
  }
}

void world::act_on_room(client& who) {
  const auto room = room_named(1 + pick(room_count));
  switch (pick(8)) {
    case 0:
      return who.leave(room);
    case 1:
      return who.cancel(room);
    case 2:
    case 3:
    case 4:
      return who.ask(room);
    default:
      return who.open(room);
  }
}

void world::leave_a_seat(client& who) {
  std::vector<std::string> seats;
  for (const auto& [room, at] : who.places())
    if (at.seated) seats.push_back(room);
  if (!seats.empty()) who.leave(seats[pick(seats.size())]);
}

// Its first CONNECT arrives after the second: the server must not take it for the newer one.
void world::connect_in_haste(client& who) {
  const auto* first = who.on();
  while (who.on() == first && !first->is_open() && take_step()) {
  }
  if (who.on() != first || !first->is_open()) return;
  note(who.name() + " is cut off while it connects, by a slow network");
  who.let_go({false, true, true, true});
  connect(who);
}

void world::break_line(client& who) {
  if (who.on() == nullptr) return;
  breakage how;
  switch (pick(4)) {
    case 0:
      note(who.name() + " is cut off without knowing it");
      how.client_notices = false;
      break;
    case 1:
      note(who.name() + " is cut off, and the server does not notice");
      how.server_notices = false;
      // A CONNECT of a stock client that arrives late takes its session away from it.
      how.upstream_arrives = who.announced() && pick(2) == 0;
      break;
    default:
      note(who.name() + " is cut off");
  }
  who.let_go(how);
}

void world::admit() {
  clients_.push_back(std::make_unique<client>(numbered("c", ++born_), pick(3) != 0, *this));
  connect(*clients_.back());
}

void world::connect(client& who) {
  lines_.push_back(
      std::make_unique<line>(*server_, wire_, who, pick(4) == 0, scheduler_->clock().now()));
  who.connect(*lines_.back());
}

void world::dismiss(client& who, bool politely) {
  ledger_.forget(who);
  if (politely) {
    who.say_goodbye();
  } else {
    note(who.name() + " crashes");
    who.let_go({pick(2) == 0, true, pick(2) == 0});
  }
  const auto at = std::find_if(clients_.begin(), clients_.end(),
                               [&](const auto& x) { return x.get() == &who; });
  gone_.push_back(std::move(*at));
  clients_.erase(at);
}

void world::say(client& who, bool may_attach) {
  const auto number = who.said() + 1;
  if (who.announced() || who.is_ready()) {
    said_at_[numbered(who.name() + " ", number)] = step_;
    for (const auto& hearer : clients_) {
      const auto& places = hearer->places();
      const bool shared = std::any_of(places.begin(), places.end(), [&](const auto& x) {
        return hearer->sits_in(x.first) && who.sits_in(x.first);
      });
      if (shared && hearer.get() != &who) ledger_.owe(*hearer, who, number);
    }
  }
  who.say(may_attach && pick(4) == 0);
}

void world::pass(std::chrono::milliseconds how_long) {
  note(numbered("milliseconds pass: ", how_long.count()));
  scheduler_->advance_time(how_long);
  for (auto& x : lines_) x->pass(scheduler_->clock().now());
}

bool world::take_step() {
  const bool has_jobs = !scheduler_->jobs.empty();
  std::vector<line*> movable;
  for (auto& x : lines_)
    if (!x->is_slow() && x->can_move()) movable.push_back(x.get());
  if (!has_jobs && movable.empty()) return hurry_slow_lines() && take_step();
  count_step();
  ++step_;
  if (movable.empty() || (has_jobs && pick(2) == 0))
    run_any_job();
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
