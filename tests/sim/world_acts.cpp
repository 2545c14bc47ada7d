// The simulated world: what clients do in it, at random.
#include <algorithm>

#include "world.hpp"

namespace reliable_signaler::sim {

namespace {

constexpr std::size_t clients_max = 5;

} // namespace

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
      if (clients_.size() < clients_max) return admit(any_manner());
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
    case 14:
    case 15:
      return say_and_move(who);
    case 16:
      return change_mind(who);
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

// At once: what is said last may take another way than what was said first, which may be slow.
void world::say_and_move(client& who) {
  if (pick(2) == 0) slow_a_room();
  say(who);
  if (pick(2) == 0)
    leave_a_seat(who);
  else
    act_on_room(who);
  say(who);
}

void world::leave_a_seat(client& who) {
  std::vector<std::string> seats;
  for (const auto& [room, at] : who.places())
    if (at.seated) seats.push_back(room);
  if (seats.empty()) return;
  const auto& room = seats[pick(seats.size())];
  who.leave(room);
  if (pick(3) == 0) who.ask(room); // while what it has said may still be under way there
}

// It takes back what may not have been granted yet, and may want it again.
void world::change_mind(client& who) {
  const auto room = room_named(1 + pick(room_count));
  if (pick(2) == 0) slow_a_room();
  if (pick(2) == 0)
    who.open(room);
  else
    who.ask(room);
  if (pick(2) == 0)
    for (auto steps = pick(8); steps > 0 && take_step(); --steps) {
    }
  if (pick(4) == 0)
    who.cancel(room);
  else
    who.leave(room);
  if (pick(2) == 0) return;
  if (pick(3) == 0)
    who.open(room);
  else
    who.ask(room);
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

client::manner world::any_manner() {
  if (pick(3) != 0) return client::manner::announced;
  return pick(4) == 0 ? client::manner::silent : client::manner::stock;
}

void world::admit(client::manner how) {
  clients_.push_back(std::make_unique<client>(numbered("c", ++born_), how, *this));
  connect(*clients_.back());
}

void world::connect(client& who) {
  // Not drawn, and another one each time, as of a telephone.
  auto address = numbered("address ", step_ % addresses);
  lines_.push_back(std::make_unique<line>(*server_, wire_, who, std::move(address), pick(4) == 0,
                                          scheduler_->clock().now()));
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

} // namespace reliable_signaler::sim
