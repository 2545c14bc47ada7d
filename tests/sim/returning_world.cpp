// The world of those who come back, and what it is held against.
#include "returning_world.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "dialects/reliable_signaler.hpp"
#include "ids.hpp"

namespace reliable_signaler::sim {

namespace {

using nlohmann::json;

constexpr std::size_t clients = 3;
constexpr int actions_per_run = 60;
constexpr std::chrono::seconds grace{60};
constexpr std::uint64_t opening = 1'000'000; // acknowledgement ids below are message numbers

} // namespace

returning_world::returning_world(plan what) : simulation(std::move(what)) {
  may_restart_ = pick(4) == 0;
  small_log_ = pick(3) == 0;
  // A sender whose session has expired begins its numbers anew, so names occur twice; a log that
  // has let the first of them go may then replay too little.
  may_expire_ = !small_log_ && pick(3) == 0;
  start_server();
}

returning_world::~returning_world() {
  for (auto& who : clients_) lose(*who, true);
  kill_server();
}

void returning_world::start_server() {
  signaler_options options;
  options.grace = grace;
  options.secret = "the same secret in each life of the server";
  if (small_log_) options.limits.log_bytes = 600;
  options.log = [this](log_level, std::string_view event, std::initializer_list<log_field>) {
    note("  the server logs " + std::string{event});
  };
  namespace_table table;
  install_reliable_signaler(table.of("/"));
  server_ = std::make_unique<signaler>(*system_, std::move(options), std::move(table),
                                       caf::make_counted<test::text_encoder>());
}

// All that it knew is gone; what was on the wire is lost.
void returning_world::kill_server() {
  for (auto& x : half_open_) caf::anon_send(x.actor, session_ended{"transport close"});
  half_open_.clear();
  server_->stop();
  scheduler_->run();
  server_ = nullptr;
}

void returning_world::run() {
  for (std::size_t i = 0; i < clients; ++i) {
    clients_.push_back(std::make_unique<client>());
    clients_.back()->name = "c" + std::to_string(i + 1);
  }
  bring_all_back();
  for (int i = 0; i < actions_per_run; ++i) {
    if (!begin_action()) continue;
    act();
    for (auto steps = pick(6); steps > 0; --steps) step();
  }
  bring_all_back();
  check_heard();
  check_parked_while_away();
  for (auto& who : clients_) lose(*who, true);
  for (auto& x : half_open_) caf::anon_send(x.actor, session_ended{"ping timeout"});
  half_open_.clear();
  scheduler_->run();
  scheduler_->advance_time(grace);
  scheduler_->run();
  check_nothing_left();
}

void returning_world::act() {
  auto& who = *clients_[pick(clients_.size())];
  switch (pick(10)) {
    case 0:
      return lose(who, true);
    case 1:
      return lose(who, false);
    case 2:
    case 3:
      if (!who.now.actor) connect(who);
      return;
    case 4:
      if (half_open_.empty()) return;
      note("the server notices a loss");
      caf::anon_send(half_open_.back().actor, session_ended{"ping timeout"});
      half_open_.pop_back();
      return;
    case 5:
      if (!may_restart_ || pick(6) != 0) return;
      note("the server is killed");
      for (auto& x : clients_) lose(*x, true);
      kill_server();
      return start_server();
    case 6:
      if (!may_expire_) return;
      note("time passes");
      scheduler_->advance_time(std::chrono::seconds{pick(50)});
      return;
    default:
      return say(who);
  }
}

void returning_world::connect(client& who) {
  note(who.name + " connects");
  who.now.port = caf::make_counted<wire>();
  who.now.actor = server_->spawn_connection(who.now.port, std::make_shared<handshake>());
  json auth{{"signaler", {{"v", 1}, {"attempt", ++who.attempts}}}};
  if (!who.token.empty()) auth["signaler"]["token"] = who.token;
  if (!who.pid.empty()) {
    auth["pid"] = who.pid;
    auth["offset"] = who.offset;
  }
  caf::anon_send(who.now.actor, namespace_connect{"/", auth.dump()});
}

void returning_world::lose(client& who, bool server_notices) {
  if (!who.now.actor) return;
  note(who.name + (server_notices ? " is cut off" : " is cut off, and the server does not notice"));
  if (server_notices)
    caf::anon_send(who.now.actor, session_ended{"transport close"});
  else
    half_open_.push_back(who.now);
  who.now = {};
  who.is_connected = who.is_seated = false;
  who.buffered.clear();
}

void returning_world::emit(client& who, const std::string& name, const std::string& args,
                           std::uint64_t ack) {
  auto what = caf::make_counted<const event>("/", name, arguments{args, {}});
  caf::anon_send(who.now.actor, socket_event{std::move(what), ack, in_flight{who.now.port}});
}

void returning_world::say(client& who) {
  ++who.said;
  note(who.name + " says " + std::to_string(who.said));
  send_rest(who);
}

void returning_world::send_rest(client& who) {
  while (who.is_seated && std::max(who.sent, who.acknowledged) < who.said) {
    const auto before = who.sent;
    who.sent = std::max(who.sent, who.acknowledged) + 1;
    json number{{"n", who.sent}};
    if (who.sent > before + 1) number["skipped"] = who.sent - before - 1;
    const auto text = who.name + " " + std::to_string(who.sent);
    emit(who, "message", json::array({"message", text, number}).dump(),
         static_cast<std::uint64_t>(who.sent));
  }
}

void returning_world::read_one(client& who) {
  if (!who.now.port || who.now.port->unread.empty()) return;
  const auto what = std::move(who.now.port->unread.front());
  who.now.port->unread.pop_front();
  read(who, what);
}

void returning_world::read(client& who, const packet& what) {
  if (!what.id.empty()) {
    who.id = what.id;
    // Another secret is another session; its greeting may still be lost.
    if (std::exchange(who.pid, what.pid) != what.pid) who.holds_seat = false;
    who.is_connected = true;
  } else if (what.text.starts_with("event ")) {
    take_event(who, what.text.substr(6), what.offset);
  } else if (what.text.starts_with("answer ")) {
    const auto ack = std::stoull(what.text.substr(7));
    if (ack < opening) {
      who.acknowledged = std::max(who.acknowledged, static_cast<int>(ack));
    } else {
      require(what.text.find("\"ok\":true") != std::string::npos, "a seat refused: " + what.text);
      // Only from its first answer on a client knows that it sits there: what it has heard before,
      // of a seat whose grant was lost with a connection, promises nothing.
      if (!std::exchange(who.holds_seat, true)) {
        // It sat there before, and must be told of a gap: before this answer, or soon.
        who.is_owed_gap = std::exchange(who.was_seated, true) && !who.was_told_gap;
        who.was_told_gap = false;
        expect_anew(who);
      }
      who.is_seated = true;
      send_rest(who);
    }
  } else {
    require(what.text != "disconnected", who.name + " was told to stay away");
    require(false, who.name + " heard something strange: " + what.text);
  }
}

void returning_world::take_event(client& who, const std::string& text, const std::string& offset) {
  const auto args = json::parse(text);
  const auto id = parse_event_id(offset);
  require(id.has_value(), "an event without a name: " + text);
  who.offset = offset;
  const auto name = args[0].get<std::string>();
  if (name == "signaler-hello") return greeted(who, args[1].dump());
  if (name == "signaler-gap") {
    note(who.name + " is told of a gap: " + args[1]["reason"].get<std::string>());
    require(small_log_ || may_restart_ || may_expire_,
            who.name + " was told of a gap that there is not");
    who.was_told_gap = true;
    who.is_owed_gap = false;
    return expect_anew(who);
  }
  require(name == "message", who.name + " heard something strange: " + text);
  const auto said = args[1].get<std::string>();
  const auto space = said.find(' ');
  const auto speaker = said.substr(0, space);
  const auto number = std::stoi(said.substr(space + 1));
  require(speaker != who.name, who.name + " heard himself");
  require(static_cast<int>(id->number) == number,
          "a name that is not the sender's number: " + said);
  auto& last = who.heard[speaker];
  if (number <= last) {
    // A page drops it; only a server that has lost its memory, or the session, may send it again.
    require(may_restart_ || may_expire_, who.name + " heard twice: " + said);
    return;
  }
  // The word of a gap brings the roster, so it may come somewhat later.
  note(who.name + " hears " + said);
  if (number != last + 1 && who.excused.count(speaker) == 0) who.has_hole = true;
  who.excused.erase(speaker);
  last = number;
}

void returning_world::expect_anew(client& who) const {
  who.has_hole = false;
  for (const auto& x : clients_) who.excused.insert(x->name);
}

void returning_world::greeted(client& who, const std::string& text) {
  const auto hello = json::parse(text);
  require(hello["id"] == who.id, "another id in the greeting");
  require(who.public_id.empty() || who.public_id == who.id, who.name + " is not who it was");
  who.public_id = who.id;
  note(who.name + " (" + who.id.substr(0, 3) + ") is greeted, taken " + hello["taken"].dump()
       + (hello["recovered"] == true ? ", has its session" : ", has a new session"));
  who.token = hello["token"];
  if (hello["recovered"] != true) who.holds_seat = false;
  who.sent = hello["taken"];
  require(who.sent <= who.said, "more was taken than was said");
  who.acknowledged = std::max(who.acknowledged, who.sent);
  emit(who, "keep-in-server", R"(["keep-in-server","r"])", opening);
}

void returning_world::step() {
  run_any_job();
  if (!clients_.empty()) read_one(*clients_[pick(clients_.size())]);
}

void returning_world::settle() {
  const auto is_quiet = [&] {
    for (const auto& who : clients_)
      if (who->now.port && !who->now.port->unread.empty()) return false;
    return scheduler_->jobs.empty();
  };
  while (!is_quiet()) step();
}

void returning_world::bring_all_back() {
  note("all come back");
  for (auto& who : clients_)
    if (!who->now.actor) connect(*who);
  settle();
  for (auto& who : clients_) {
    require(who->is_seated, who->name + " has no seat");
    require(!who->is_owed_gap, who->name + " had lost its seat and was not told");
    require(who->acknowledged == who->said, who->name + " was not acknowledged");
  }
}

void returning_world::check_heard() {
  for (const auto& who : clients_)
    require(!who->has_hole, who->name + " has missed something and was not told");
  for (const auto& speaker : clients_)
    for (const auto& hearer : clients_) {
      if (hearer == speaker || hearer->excused.count(speaker->name) > 0) continue;
      require(hearer->heard[speaker->name] == speaker->said,
              hearer->name + " has not heard all of " + speaker->name);
    }
  const auto& counts = server_->counters();
  require(counts.sockets == static_cast<std::int64_t>(clients), "sockets are left or missing");
  require(counts.seats == static_cast<std::int64_t>(clients), "seats are left or missing");
  require(counts.rooms == 1, "rooms are left or missing");
  require(counts.held_sessions == 0, "sessions are held that are in use");
}

// While its owners are away a room is closed: who asks waits, and is answered when one is back.
void returning_world::check_parked_while_away() {
  for (auto& who : clients_) lose(*who, true);
  settle();
  test::client asker;
  asker.actor = server_->spawn_connection(asker.port, std::make_shared<handshake>());
  asker.connects();
  asker.asks("r", 1);
  settle();
  const auto is_answered = [&] {
    const auto heard = asker.hears();
    return std::find(heard.begin(), heard.end(), R"(answer 1 ["r"])") != heard.end();
  };
  require(!is_answered(), "a room without an owner was open");
  require(server_->counters().parked == 1, "a question was not parked");
  auto& owner = *clients_[pick(clients_.size())];
  connect(owner);
  settle();
  require(is_answered(), owner.name + " is back, and its room still closed");
  require(server_->counters().parked == 0, "a question is parked that was answered");
  asker.leaves();
  asker.loses_transport();
  settle();
}

} // namespace reliable_signaler::sim
