// The simulated world: what it is held against.
#include <algorithm>

#include <caf/actor_registry.hpp>

#include "actors/ids.hpp"
#include "redirected.hpp"
#include "world.hpp"

namespace reliable_signaler::sim {

namespace {

void compare(const char* what, std::size_t expected, std::int64_t found, std::size_t doubts = 0) {
  const auto least = static_cast<std::int64_t>(expected);
  require(least <= found && found <= least + static_cast<std::int64_t>(doubts),
          std::string{what} + ": expected " + std::to_string(expected) + ", found "
              + std::to_string(found));
}

/// Where the client sits, or, if `maybe`, where it may sit as far as it knows.
std::set<std::string> seats_of(const client& who, bool maybe) {
  std::set<std::string> result;
  for (const auto& [room, at] : who.places())
    if (at.seated || (maybe && at.in_doubt)) result.insert(room);
  return result;
}

bool have_common(const std::set<std::string>& a, const std::set<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const auto& x) { return b.count(x) > 0; });
}

void require_bound(std::int64_t number, std::size_t most, const char* what) {
  require(number <= static_cast<std::int64_t>(most),
          std::string{"more than may be: "} + what + ", " + std::to_string(number));
}

} // namespace

bool world::may_lose_session() const {
  return rules_.restarts || rules_.expires || rules_.small_log || rules_.few;
}

bool world::any_other(const client& who, const std::string& room, bool client::place::*is) const {
  for (const auto* all : {&clients_, &gone_})
    for (const auto& x : *all) {
      const auto at = x->places().find(room);
      if (x.get() != &who && at != x->places().end() && at->second.*is) return true;
    }
  return false;
}

// By somebody who, too, has proven that the room is his.
bool world::may_be_taken(const client& who, const std::string& room) const {
  return any_other(who, room, &client::place::proven);
}

// The word of it may come late.
bool world::may_be_displaced(const client& who, const std::string& room) const {
  return rules_.exclusive && any_other(who, room, &client::place::has_claimed);
}

bool world::may_refuse(const client& who, const std::string& code, const std::string& room) const {
  if (code == "lobby-closed") return !rules_.lobby || rules_.few;
  if (code == "displaced") return may_be_displaced(who, room);
  if (code == "room-taken") {
    const auto at = who.places().find(room);
    const bool shows = at != who.places().end() && !at->second.token.empty();
    // Of who has left more rooms than are remembered the server takes good tokens for void.
    const bool forgotten = rules_.few && who.has_left();
    return rules_.exclusive && (!shows || forgotten || may_be_taken(who, room));
  }
  static const std::set<std::string> at_limits{"too-many-rooms",  "too-many-rooms-of-socket",
                                               "room-full",       "too-many-seats",
                                               "too-many-parked", "too-many-parked-of-socket"};
  return who.name().size() > 1 && rules_.few && at_limits.count(code) > 0;
}

// Whoever asks is seated only while somebody owns the room.
bool world::may_be_open(const client& asker, const std::string& room, int since) const {
  for (const auto* all : {&clients_, &gone_})
    for (const auto& x : *all) {
      const auto at = x->places().find(room);
      if (at == x->places().end() || !at->second.opened) continue;
      if (at->second.may_own_unheard) return true;
      // Of who opens the room that it waits for its own opening answers the question.
      if (x.get() == &asker ? at->second.wanted == client::wish::to_own
                            : x->could_sit_in(room, since))
        return true;
    }
  return false;
}

// -- what clients hear

void world::knows_gap(client& who, std::string_view reason) {
  note(who.name() + " knows of a gap: " + std::string{reason});
  ledger_.excuse(who);
}

void world::heard(client& who, const std::string& text, const std::string& name) {
  const auto space = text.find(' ');
  const auto number = std::stoi(text.substr(space + 1));
  const client* speaker = nullptr;
  for (const auto* all : {&clients_, &gone_})
    for (const auto& x : *all)
      if (x->name() == text.substr(0, space)) speaker = x.get();
  note(who.name() + " hears " + text);
  require(speaker != nullptr && said_at_.count(text) > 0, who.name() + " heard what nobody said");
  require(speaker != &who, who.name() + " heard himself");

  const auto id = parse_event_id(name);
  require(id.has_value(), "an event without a name: " + text);
  require(texts_.emplace(name, text).first->second == text, "a name of two events: " + text);
  if (speaker->announced())
    require(id->sender.view() == speaker->id() && static_cast<int>(id->number) == number,
            "a name that is not the sender's: " + text);
  auto& last = last_[{&who, std::string{id->sender.view()}}];
  if (number <= last) {
    // A page drops it; only a server that has lost its memory, or a session, may send it again.
    require(rules_.restarts || rules_.expires || rules_.few,
            who.name() + " heard twice, or late: " + text);
    return;
  }
  last = number;

  const auto since = said_at_.at(text);
  const auto& places = who.places();
  const bool may_hear = std::any_of(places.begin(), places.end(), [&](const auto& x) {
    return who.could_sit_in(x.first, since) && speaker->could_sit_in(x.first, since);
  });
  require(may_hear || rules_.lobby, who.name() + " overheard " + text);
  hearers_[text].insert(&who);
  ledger_.heard(who, *speaker, number);
  if (!speaker->announced()) const_cast<client*>(speaker)->is_sure_of(number);
}

// -- at every step

// Who has taken its opening back, and was told so, is not seated by it any more.
void world::check_openings() const {
  for (const auto& id : seated_by_opening())
    for (const auto& who : clients_) {
      if (who->id() != id.view()) continue;
      const auto& places = who->places();
      require(std::any_of(places.begin(), places.end(),
                          [](const auto& x) { return x.second.possible; }),
              who->name() + " was seated although it wants no room");
    }
}

void world::check_logs() const {
  const auto bounds = options().limits;
  const auto& logs = logged_bytes();
  require_bound(static_cast<std::int64_t>(logs.largest), bounds.log_bytes, "bytes in one log");
  // Beyond the bound each log keeps its share, and the one that went over it what it had.
  const auto logs_max = lines_.size() + clients_.size() + gone_.size();
  const auto all_max =
      bounds.log_bytes_in_all + bounds.log_bytes + logs_max * bounds.log_bytes / 16;
  require_bound(logs.all, all_max, "bytes in all logs");
  for (const auto& log : logs_that_grew()) {
    if (log.bytes <= bounds.log_bytes / 16) continue;
    require_bound(log.all, bounds.log_bytes_in_all,
                  "bytes in all logs, and one has more than its share");
    require_bound(log.of_address, bounds.log_bytes_per_address,
                  "bytes of an address, and a log of it has more than its share");
  }
  std::int64_t of_addresses = 0;
  for (const auto& [address, bytes] : logs.of_address) of_addresses += bytes;
  require(of_addresses == logs.all, "what the addresses have is not what the logs hold");
}

void world::check_each_step() const {
  check_openings();
  const auto bounds = options().limits;
  const auto& counts = server_->counters();
  require_bound(counts.parked, bounds.parked_joiners, "parked questions");
  require_bound(counts.held_sessions, bounds.held_sessions, "held sessions");
  require_bound(counts.seats, bounds.seats, "seats");
  require_bound(counts.rooms, bounds.rooms, "rooms");
  require_bound(counts.left_rooms, bounds.rooms_left, "rooms that were left");
  check_logs();
  for (auto i = lines_.begin(); i != lines_.end(); ++i) {
    const auto* one = (*i)->server_end();
    if (one == nullptr) continue;
    require(!one->ended() || *one->ended() != wire::close_reason::parse_error,
            "a client that keeps to the protocol was refused");
    if (one->living().empty()) continue;
    for (auto j = std::next(i); j != lines_.end(); ++j)
      require((*j)->server_end() == nullptr || (*j)->server_end()->living() != one->living(),
              "two sockets are one client");
  }
}

// -- at rest

void world::check_accounts() const {
  const auto missing = ledger_.missing();
  require(missing.empty(), missing);
  for (const auto& who : clients_) {
    require(!who->is_owed_gap(), who->name() + " had lost its seat and was not told");
    require(who->owes_nothing(), who->name() + " was not acknowledged");
    require(!who->has_unanswered(), who->name() + " was not answered");
  }
}

void world::check_counts() const {
  std::set<std::string> rooms;
  std::set<std::string> rooms_maybe;
  std::size_t seats = 0;
  std::size_t seats_maybe = 0;
  std::size_t parked = 0;
  std::size_t parked_maybe = 0;
  std::size_t homeless = 0;
  for (const auto& who : clients_) {
    const auto mine = seats_of(*who, false);
    const auto mine_maybe = seats_of(*who, true);
    rooms.insert(mine.begin(), mine.end());
    rooms_maybe.insert(mine_maybe.begin(), mine_maybe.end());
    seats += mine.size();
    seats_maybe += mine_maybe.size();
    homeless += mine_maybe.empty() ? 1 : 0;
    parked += who->waits_for().size();
    if (who->is_silent()) parked_maybe += mine_maybe.size();
    require(who->on()->server_end()->in_flight() == 0, "an event is never finished");
  }
  const auto doubts = seats_maybe - seats;
  const auto& counts = server_->counters();
  compare("connections", clients_.size(), counts.connections);
  compare("sockets", clients_.size(), counts.sockets);
  compare("held sessions", 0, counts.held_sessions);
  compare("seats", seats, counts.seats, doubts);
  compare("rooms", rooms.size(), counts.rooms, rooms_maybe.size() - rooms.size());
  compare("parked questions", parked, counts.parked, parked_maybe);
  compare("lobby members", rules_.lobby ? homeless : 0, counts.lobby_members,
          rules_.lobby ? doubts : 0);
}

std::vector<const client*> world::owners_of(const std::string& room, bool maybe) const {
  std::vector<const client*> result;
  for (const auto& who : clients_) {
    const auto i = who->places().find(room);
    if (!who->is_ready() || i == who->places().end()) continue;
    const auto& at = i->second;
    const bool unheard = maybe && who->is_silent() && at.wanted == client::wish::to_own;
    if ((at.seated && at.owns) || unheard) result.push_back(who.get());
  }
  return result;
}

void world::check_questions() const {
  for (std::size_t i = 1; i <= room_count && rules_.exclusive; ++i) {
    const auto room = room_named(i);
    require(owners_of(room, false).size() <= 1, "two own the exclusive room " + room);
  }
  for (const auto& who : clients_)
    for (const auto& room : who->waits_for()) {
      require(owners_of(room, false).empty(),
              who->name() + " waits for " + room + " although it is open");
    }
}

bool world::are_together(const client& a, const client& b, bool maybe) const {
  if (have_common(seats_of(a, maybe), seats_of(b, maybe))) return true;
  // Who doubts that he has a seat is homeless, maybe.
  return rules_.lobby && seats_of(a, !maybe).empty() && seats_of(b, !maybe).empty();
}

// Everybody says one thing when all is quiet: then it is known exactly who must hear it.
void world::check_probes() {
  for (const auto& speaker : clients_) {
    speaker->was_refused();
    say(*speaker);
    settle();
    const auto text = speaker->name() + " " + std::to_string(speaker->said());
    for (const auto& x : clients_) {
      if (x == speaker) continue;
      const bool did = hearers_[text].count(x.get()) > 0;
      require(did || !are_together(*speaker, *x, false), x->name() + " missed " + text);
      require(!did || are_together(*speaker, *x, true), x->name() + " overheard " + text);
    }
    const bool refused = speaker->was_refused();
    require(!refused || (!rules_.lobby && seats_of(*speaker, false).empty()),
            text + " was refused");
    require(refused || rules_.lobby || !seats_of(*speaker, true).empty(),
            text + " was not refused");
  }
  check_accounts();
}

// A room is open as long as one of its owners is there: who asks is answered then, and waits else.
void world::check_while_some_are_away() {
  std::size_t away = 0;
  for (auto& who : clients_)
    if (pick(2) == 0) who->let_go({}), ++away;
  settle();
  pass(wire_.goodbye_timeout); // which those who polled might still have said
  settle();
  compare("held sessions", away, server_->counters().held_sessions);
  admit(pick(3) != 0 ? client::manner::announced : client::manner::stock);
  auto& guest = *clients_.back();
  std::vector<std::string> all;
  for (std::size_t i = 1; i <= room_count; ++i) all.push_back(room_named(i));
  std::vector<std::size_t> owners;
  std::vector<std::size_t> owners_maybe;
  settle();
  for (const auto& room : all) {
    owners.push_back(owners_of(room, false).size());
    owners_maybe.push_back(owners_of(room, true).size());
  }
  for (const auto& room : all) guest.ask(room);
  settle();
  for (std::size_t i = 0; i < all.size(); ++i) {
    require(!guest.sits_in(all[i]) || owners_maybe[i] > 0,
            "a room without an owner was open: " + all[i]);
    require(guest.sits_in(all[i]) || owners[i] == 0, "a room with an owner was closed: " + all[i]);
  }
  dismiss(guest, true);
  bring_all_back();
  check_accounts();
  rest();
  check_counts();
}

void world::check_all_is_gone() {
  std::int64_t crashed = 0;
  while (!clients_.empty()) {
    const bool politely = pick(2) == 0;
    // In the middle of which it goes. A stock client would wait with its goodbye, and a goodbye
    // between an event and its attachment is no packet of the protocol.
    if (politely && clients_.back()->announced()) say(*clients_.back(), false);
    for (auto steps = pick(4); steps > 0 && take_step(); --steps) {
    }
    if (!politely) ++crashed;
    dismiss(*clients_.back(), politely);
  }
  settle();
  const auto& counts = server_->counters();
  require(counts.sockets + counts.held_sessions <= crashed, "who has said goodbye is still there");
  rest();
  lines_.clear();
  check_nothing_left();
  require(logged_bytes().all == 0, "bytes of logs are left");
  // The registry, the session store, and the lobby.
  const std::size_t own = rules_.lobby ? 3 : 2;
  require(system_->registry().running() <= own, "actors are left");
}

} // namespace reliable_signaler::sim
