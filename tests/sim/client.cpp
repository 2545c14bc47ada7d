// A simulated client: what its page wants, and what it does about it.
#include "client.hpp"

#include <algorithm>
#include <utility>

#include "net/wire/socket_io.hpp"
#include "simulation.hpp"

namespace reliable_signaler::sim {

namespace {

/// Acknowledgements below are those of numbered events.
constexpr std::uint64_t first_request = 1'000'000;

} // namespace

client::client(std::string name, manner how, witness& of)
    : name_(std::move(name)),
      announced_(how == manner::announced),
      silent_(how == manner::silent),
      of_(of),
      last_ack_(first_request) {}

client::~client() = default;

// -- what its page does

void client::open(const std::string& room) {
  auto& at = places_[room];
  at.wanted = wish::to_own;
  of_.note(name_ + " opens " + room);
  if (ready_) send_wish(room, at);
}

void client::ask(const std::string& room) {
  auto& at = places_[room];
  if (at.wanted == wish::to_own) return;
  at.wanted = wish::to_sit;
  of_.note(name_ + " asks for " + room);
  if (ready_) send_wish(room, at);
}

void client::cancel(const std::string& room) {
  auto& at = places_[room];
  if (at.wanted != wish::to_sit || at.seated) return;
  at.wanted = wish::nothing;
  at.was_seated = false;
  of_.note(name_ + " cancels its question for " + room);
  of_.is_unsure(*this);
  // It may have been answered on a connection before: then there is a seat to give back.
  if (at.in_doubt || !ready_) at.leaving = at.possible;
  if (!ready_) return;
  if (at.leaving)
    send_leave(room);
  else
    send_request("cancel-wait", room, {wish::nothing, false, room});
  send_rest(); // which may have waited for that seat
}

void client::leave(const std::string& room) {
  auto& at = places_[room];
  if (at.wanted == wish::nothing) return;
  at.wanted = wish::nothing;
  at.seated = at.was_seated = at.owns = false;
  at.token.clear();
  of_.note(name_ + " leaves " + room);
  of_.is_unsure(*this);
  of_.gave_up(*this);
  at.leaving = at.possible;
  if (ready_ && at.leaving) send_leave(room);
  send_rest();
}

void client::say(bool binary) {
  if (!announced_ && !ready_) return;
  ++said_;
  if (binary) binaries_.insert(said_);
  of_.note(name_ + " says " + std::to_string(said_) + (binary ? " with an attachment" : ""));
  send_rest();
}

void client::stop_waiting() {
  bool waited = false;
  for (auto& [room, at] : places_)
    if (ready_ && at.was_seated && !at.seated) waited = true, at.was_seated = false;
  if (!waited) return;
  of_.note(name_ + " waits for its seats no longer");
  of_.is_unsure(*this);
  send_rest();
}

bool client::may_send() const {
  return ready_ && std::none_of(places_.begin(), places_.end(), [](const auto& x) {
           return x.second.was_seated && !x.second.seated;
         });
}

void client::send_rest() {
  if (!announced_) sent_ = std::max(sent_, said_ - 1); // what was said is gone
  while (may_send() && std::max(sent_, announced_ ? sure_ : 0) < said_) {
    const auto before = sent_;
    sent_ = std::max(sent_, announced_ ? sure_ : 0) + 1;
    const auto text = name_ + " " + std::to_string(sent_);
    auto args = json::array({"message", text});
    const bool binary = binaries_.count(sent_) > 0;
    if (binary) args.push_back({{"_placeholder", true}, {"num", 0}});
    std::optional<std::uint64_t> ack;
    if (announced_) {
      json number{{"n", sent_}};
      if (sent_ > before + 1) number["skipped"] = sent_ - before - 1;
      args.push_back(std::move(number));
      ack = static_cast<std::uint64_t>(sent_);
    }
    emit(args, ack, binary ? &text : nullptr);
  }
}

void client::emit(const json& args, std::optional<std::uint64_t> ack,
                  const std::string* attachment) {
  std::string text;
  wire::append_event(text, "/", args.dump(), ack, attachment == nullptr ? 0 : 1);
  line_->send({true, std::move(text)});
  if (attachment != nullptr) line_->send({false, *attachment});
}

void client::send_wish(const std::string& room, place& at) {
  at.possible = true;
  const bool owning = at.wanted == wish::to_own;
  if (owning) at.opened = true;
  if (silent_) return send_wish_silently(room, at);
  send_request(owning ? "keep-in-server" : "get-session-info", room, {at.wanted, false, room});
}

// That it has got what it wants is never said.
void client::send_wish_silently(const std::string& room, place& at) {
  at.in_doubt = true;
  const bool by_its_other_name = said_ % 2 == 0;
  emit(json::array({at.wanted == wish::to_sit ? "get-session-info"
                    : by_its_other_name       ? "keep-session"
                                              : "keep-in-server",
                    room}),
       std::nullopt);
}

void client::send_leave(const std::string& room) {
  places_[room].leaving = has_left_ = true;
  send_request("leave-room", room, {wish::nothing, true, room});
}

void client::send_request(std::string_view event, const std::string& room, request what) {
  auto args = json::array({event, room});
  const auto& token = places_[room].token;
  if (what.what == wish::to_own && !token.empty()) {
    args.push_back({{"token", token}});
    claims(places_[room]);
  }
  what.since = of_.step();
  requests_.emplace(++last_ack_, std::move(what));
  emit(args, last_ack_);
}

// -- its connection

void client::connect(line& on) {
  line_ = &on;
  of_.note(name_ + " connects");
}

void client::on_open() {
  auto left = json::array();
  for (auto& [room, at] : places_) {
    if (at.owns || (at.in_doubt && at.wanted == wish::to_own)) claims(at);
    // It has its seat again first, and leaves it then.
    if (at.leaving && !announced_) at.has_claimed = true;
    if (at.leaving) left.push_back(room);
  }
  if (!left.empty()) has_left_ = true;
  auto auth = json::object();
  if (announced_) {
    auth["signaler"] = {{"v", 1}, {"attempt", ++attempts_}};
    if (!token_.empty()) auth["signaler"]["token"] = token_;
    if (!left.empty()) auth["signaler"]["left"] = std::move(left);
  }
  if (!pid_.empty()) {
    auth["pid"] = pid_;
    auth["offset"] = offset_;
  }
  std::string text{"0"}; // a sum makes GCC 12 warn of an impossible overflow
  line_->send({true, text.append(auth.dump())});
  // Now and then it does not wait for the answer.
  if (++connects_ % 3 != 0) return;
  for (auto& [room, at] : places_)
    if (at.wanted != wish::nothing && !at.leaving) send_wish(room, at);
}

void client::let_go(const breakage& how) {
  if (line_ == nullptr) return;
  line_->cut(how);
  if (how.client_notices) on_lost();
}

void client::on_lost() {
  if (line_ == nullptr) return;
  of_.note(name_ + " has lost its connection");
  line_ = nullptr;
  const bool met_its_session = std::exchange(connected_, false);
  ready_ = false;
  early_.clear();
  binary_.reset();
  for (const auto& [id, x] : requests_) {
    if (x.what == wish::nothing) continue;
    auto& at = places_[x.room];
    if (!at.seated) at.in_doubt = true;
    // It may own the room without knowing it, and comes back as who owns it then.
    if (x.what == wish::to_own) at.has_claimed = true;
    if (!met_its_session) at.may_own_unheard = true;
  }
  requests_.clear();
  for (auto& [room, at] : places_) {
    if (at.wanted == wish::nothing && at.possible) at.leaving = true;
    if (silent_ && !met_its_session && at.opened) at.may_own_unheard = true;
  }
  if (!announced_) of_.is_unsure(*this);
}

void client::say_goodbye() {
  gone_ = true;
  of_.note(name_ + " says goodbye");
  if (line_ != nullptr) line_->say_goodbye(connected_, announced_);
  line_ = nullptr;
  ready_ = false;
}

void client::on_message(const message& what) {
  if (!what.text) {
    require(binary_.has_value(), name_ + " got an attachment to nothing");
    const auto packet = *std::exchange(binary_, std::nullopt);
    if (!connected_)
      early_.emplace_back(packet, what.bytes);
    else
      take_event(json::parse(packet), &what.bytes);
    return;
  }
  require(!binary_, name_ + " got a packet in place of an attachment");
  take_packet(what.bytes);
}

void client::take_packet(const std::string& text) {
  switch (text.front()) {
    case '0':
      return take_connect(json::parse(text.begin() + 1, text.end()));
    case '2':
      if (!connected_) return static_cast<void>(early_.emplace_back(text.substr(1), std::nullopt));
      return take_event(json::parse(text.begin() + 1, text.end()), nullptr);
    case '5':
      binary_ = text.substr(text.find('-') + 1);
      return;
    case '3': {
      const auto bracket = text.find('[');
      return take_answer(
          std::stoull(text.substr(1, bracket - 1)),
          json::parse(text.begin() + static_cast<std::ptrdiff_t>(bracket), text.end()));
    }
    case '1':
      return require(false, name_ + " was told to stay away");
    default:
      require(false, name_ + " heard something strange: " + text);
  }
}

} // namespace reliable_signaler::sim
