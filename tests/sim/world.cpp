// The simulated server, its clients, and the model that they are held against.
#include "world.hpp"

#include <algorithm>
#include <utility>

#include <caf/actor_registry.hpp>

#include "dialects/reliable_signaler.hpp"
#include "socket.hpp"

namespace reliable_signaler::sim {

namespace {

constexpr std::size_t clients_max = 5;
constexpr std::size_t rooms = 3;
constexpr int rounds = 4;
constexpr int actions_per_round = 25;

// `"r" + std::to_string(n)` makes GCC 12 warn of an impossible overflow.
std::string room_name(std::size_t n) {
  return std::string{"r"}.append(std::to_string(n));
}

// A way to give up one room, which the original vocabulary has not.
void handle_go(socket& s, const event_ptr& e, const acknowledgement&) {
  const auto begin = e->args.json.find(",\"") + 2;
  s.leave(e->args.json.substr(begin, e->args.json.size() - begin - 2));
}

} // namespace

world::world(plan what) : simulation(std::move(what)) {
  signaler_options options;
  lobby_ = options.lobby = pick(2) == 0;
  options.limits.lobby_events_per_second = 1'000'000;
  namespace_table table;
  install_reliable_signaler(table.of("/"));
  table.of("/").on("go", handle_go);
  server_ = std::make_unique<signaler>(*system_, std::move(options), std::move(table),
                                       caf::make_counted<test::text_encoder>());
}

world::~world() {
  while (!lives_.empty()) end(0);
  server_->stop();
  scheduler_->run();
}

void world::run() {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < actions_per_round; ++i) {
      if (!begin_action()) continue;
      act();
      // Several actions pile up, or much is worked off between two: both happen.
      for (auto steps = pick(8); steps > 0; --steps) step();
    }
    settle();
    check_at_rest();
    check_probes();
  }
  while (!lives_.empty()) end(0);
  settle();
  check_nothing_left();
  check_no_actor_left();
}

void world::act() {
  if (lives_.empty() || (lives_.size() < clients_max && pick(6) == 0)) {
    auto newcomer = std::make_unique<life>();
    newcomer->name = "c" + std::to_string(++born_);
    newcomer->wire.actor =
        server_->spawn_connection(newcomer->wire.port, std::make_shared<handshake>());
    newcomer->wire.connects();
    note(newcomer->name + " connects");
    lives_.push_back(std::move(newcomer));
    return;
  }
  const auto index = pick(lives_.size());
  auto& who = *lives_[index];
  switch (pick(10)) {
    case 0:
      return end(index);
    case 1:
      return leave_room(who);
    case 2:
    case 3:
    case 4:
      return say(who);
    default:
      return open_or_ask(who);
  }
}

void world::open_or_ask(life& who) {
  const auto room = room_name(pick(rooms));
  const bool opening = pick(2) == 0;
  const auto ack = ++who.last_ack;
  who.questions[ack] = {room, opening, false, false};
  note(who.name + (opening ? " opens " : " asks for ") + room + " #" + std::to_string(ack));
  if (opening)
    who.wire.opens(room, ack);
  else
    who.wire.asks(room, ack);
}

void world::leave_room(life& who) {
  const auto room = room_name(pick(rooms));
  for (auto& [ack, asked] : who.questions)
    if (asked.room == room) asked.cancelled = true;
  note(who.name + " leaves " + room);
  who.wire.emits("go", R"(["go",")" + room + "\"]");
}

void world::say(life& who) {
  const auto text = who.name + " " + std::to_string(++who.said);
  note(text);
  who.wire.says(text);
}

void world::end(std::size_t index) {
  auto& who = *lives_[index];
  // Leaving first, and then losing the transport, must be the same as losing it.
  if (pick(2) == 0) who.wire.leaves();
  who.wire.loses_transport();
  note(who.name + " is gone");
  lives_.erase(lives_.begin() + static_cast<std::ptrdiff_t>(index));
}

// One message of one actor, any of those that could run.
void world::step() {
  if (!run_any_job()) return;
  for (auto& who : lives_) listen(*who);
}

void world::settle() {
  while (!scheduler_->jobs.empty()) step();
}

void world::listen(life& who) {
  for (const auto& line : who.wire.hears()) {
    static const std::string message = R"(event ["message",")";
    if (line.starts_with("answer "))
      take_answer(who, line);
    else if (line.starts_with(message))
      take_message(who, line.substr(message.size(), line.size() - message.size() - 2));
    else if (line.find("lobby-closed") != std::string::npos)
      who.refused = true;
    else
      require(line == "connected", who.name + " heard something strange: " + line);
  }
}

void world::take_answer(life& who, const std::string& line) {
  const auto end = line.find(' ', 7);
  const auto ack = std::stoull(line.substr(7, end - 7));
  const auto i = who.questions.find(ack);
  require(i != who.questions.end(), who.name + " got an answer to nothing: " + line);
  auto& asked = i->second;
  require(!asked.answered, who.name + " got a second answer: " + line);
  asked.answered = true;
  std::string expected = "[";
  if (!asked.opening) expected.append("\"").append(asked.room).append("\"");
  expected.append("]");
  require(line.substr(end + 1) == expected, who.name + " got a wrong answer: " + line);
}

void world::take_message(life& who, const std::string& text) {
  if (text.starts_with("probe ")) {
    require(who.heard_probes.insert(text).second, who.name + " heard twice: " + text);
    return;
  }
  const auto space = text.find(' ');
  const auto speaker = text.substr(0, space);
  const auto number = std::stoi(text.substr(space + 1));
  require(speaker != who.name, who.name + " heard himself");
  auto& last = who.heard[speaker];
  require(number > last, who.name + " heard out of order or twice: " + text);
  last = number;
}

std::set<std::string> world::rooms_of(const life& who) const {
  std::set<std::string> result;
  for (const auto& [ack, asked] : who.questions)
    if (asked.answered && !asked.cancelled) result.insert(asked.room);
  return result;
}

bool world::is_open(const std::string& room) const {
  for (const auto& who : lives_)
    for (const auto& [ack, asked] : who->questions)
      if (asked.opening && asked.room == room && !asked.cancelled) return true;
  return false;
}

void world::check_at_rest() {
  std::set<std::string> alive;
  std::int64_t seats = 0;
  std::int64_t parked = 0;
  for (const auto& who : lives_) {
    std::set<std::string> waited_for; // asking again keeps the one place
    for (const auto& [ack, asked] : who->questions) {
      if (asked.answered || asked.cancelled) continue;
      auto which = who->name + "'s question ";
      which.append(std::to_string(ack)).append(" for ").append(asked.room);
      require(!asked.opening, which + " is an opening without an answer");
      require(!is_open(asked.room), which + " waits although the room is open");
      waited_for.insert(asked.room);
    }
    parked += static_cast<std::int64_t>(waited_for.size());
    const auto mine = rooms_of(*who);
    seats += static_cast<std::int64_t>(mine.size());
    alive.insert(mine.begin(), mine.end());
  }
  const auto& counts = server_->counters();
  const auto compare = [](const char* what, std::int64_t expected, std::int64_t found) {
    require(expected == found, std::string{what} + ": expected " + std::to_string(expected)
                                   + ", found " + std::to_string(found));
  };
  compare("parked questions", parked, counts.parked);
  compare("seats", seats, counts.seats);
  compare("rooms", static_cast<std::int64_t>(alive.size()), counts.rooms);
  compare("sockets", static_cast<std::int64_t>(lives_.size()), counts.sockets);
}

std::vector<const world::life*> world::expected_hearers(const life& speaker) const {
  const auto mine = rooms_of(speaker);
  std::vector<const life*> result;
  for (const auto& other : lives_) {
    if (other.get() == &speaker) continue;
    const auto theirs = rooms_of(*other);
    const bool shared = std::any_of(mine.begin(), mine.end(),
                                    [&](const auto& room) { return theirs.count(room) > 0; });
    if (shared || (lobby_ && mine.empty() && theirs.empty())) result.push_back(other.get());
  }
  return result;
}

// Everybody says one thing when all is quiet: then it is known exactly who must hear it.
void world::check_probes() {
  for (const auto& speaker : lives_) {
    const auto text = "probe " + speaker->name;
    for (auto& x : lives_) x->heard_probes.clear();
    speaker->refused = false;
    speaker->wire.says(text);
    settle();
    const auto expected = expected_hearers(*speaker);
    for (const auto& x : lives_) {
      const bool should = std::find(expected.begin(), expected.end(), x.get()) != expected.end();
      const bool did = x->heard_probes.count(text) > 0;
      require(should == did, x->name + (did ? " overheard " : " missed ") + text);
    }
    const bool homeless = rooms_of(*speaker).empty();
    require(speaker->refused == (homeless && !lobby_), text + " was refused or not, wrongly");
  }
}

void world::check_no_actor_left() const {
  // The registry, the session store, and the lobby.
  const std::size_t own = lobby_ ? 3 : 2;
  require(system_->registry().running() <= own, "actors are left");
}

} // namespace reliable_signaler::sim
