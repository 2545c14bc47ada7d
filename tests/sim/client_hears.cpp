// A simulated client: what it is told.
#include <algorithm>
#include <utility>

#include "client.hpp"
#include "simulation.hpp"

namespace reliable_signaler::sim {

void client::take_connect(const json& answer) {
  const auto sid = answer.at("sid").get<std::string>();
  const auto pid = answer.value("pid", std::string{});
  const bool is_known = !pid_.empty() && pid == pid_;
  const bool could_be_known = !pid_.empty() && !offset_.empty();
  id_ = sid;
  connected_ = true;
  if (!is_known) {
    require(!could_be_known || of_.may_lose_session(), name_ + " has lost its session");
    require(early_.empty(), name_ + " was sent events before it was connected");
    anew_ = true;
    pid_ = pid;
    offset_.clear();
  }
  for (const auto& [text, attachment] : std::exchange(early_, {}))
    take_event(json::parse(text), attachment ? &*attachment : nullptr);
  if (announced_) return; // the greeting follows
  ready_ = true;
  sent_ = said_;
  const bool anew = std::exchange(anew_, false);
  if (anew) of_.knows_gap(*this, "it is somebody else");
  resume(!anew);
}

void client::greeted(const json& hello) {
  require(hello.at("id") == id_, name_ + " is greeted by another id");
  if (!announced_) return;
  require(public_id_.empty() || public_id_ == id_, name_ + " is not who it was");
  public_id_ = id_;
  token_ = hello.at("token");
  if (hello.at("recovered") != true) anew_ = true;
  sent_ = hello.at("taken");
  of_.note(name_ + (anew_ ? " begins anew, taken " : " goes on, taken ") + std::to_string(sent_));
  require(sent_ <= said_, "more was taken than " + name_ + " has said");
  sure_ = std::max(sure_, sent_);
  ready_ = true;
  resume(!std::exchange(anew_, false));
}

void client::resume(bool kept) {
  for (auto& [room, at] : places_) {
    if (!kept && at.was_seated && announced_) owed_gap_ = true;
    if (!kept) at.seated = at.owns = false;
    // By its name an announced one may get a session with a seat of which nothing was heard.
    if (!kept && !announced_) at.in_doubt = false;
    if (!announced_) at.was_seated = at.seated;
    if (at.leaving)
      send_leave(room);
    else if (!kept && at.wanted == wish::nothing)
      not_possible(at);
    const bool has_all = at.seated && (at.owns || at.wanted == wish::to_sit);
    if (at.wanted != wish::nothing && (announced_ || !(has_all || awaits(room, at.wanted))))
      send_wish(room, at);
  }
  send_rest();
}

void client::take_event(const json& args, const std::string* attachment) {
  const auto event = args.at(0).get<std::string>();
  offset_ = args.back().get<std::string>();
  if (event == "signaler-hello") return greeted(args.at(1));
  if (event == "signaler-gap") {
    require(announced_, name_ + " heard of a gap that it cannot understand");
    require(of_.may_lose_session(), name_ + " was told of a gap that there is not");
    owed_gap_ = false;
    still_sits_in(args.at(1).at("rooms"));
    return of_.knows_gap(*this, args.at(1).at("reason").get<std::string>());
  }
  if (event == "signaler-error") {
    const auto& what = args.at(1);
    return refused(what.at("event"), what.value("room", std::string{}), what.at("code"));
  }
  require(event == "message", name_ + " heard something strange: " + args.dump());
  const auto text = args.at(1).get<std::string>();
  require(attachment == nullptr || *attachment == text, "an attachment got to another event");
  of_.heard(*this, text, offset_);
}

// Whose session was kept although it missed too much has its seats, also where the question that it
// asks anew waits for an owner.
void client::still_sits_in(const json& rooms) {
  for (const auto& x : rooms)
    if (auto& at = places_[x.at("room")]; at.possible && !at.seated) at.in_doubt = true;
}

void client::take_answer(std::uint64_t id, const json& args) {
  if (const auto i = requests_.find(id); i != requests_.end()) {
    const auto what = i->second;
    requests_.erase(i);
    require(!what.dead, name_ + " got an answer to what it had cancelled: " + what.room);
    if (what.what == wish::nothing) return given_up(what, id);
    // A leave on its way behind the question takes back what this grants.
    const bool left_since =
        std::any_of(requests_.upper_bound(id), requests_.end(), [&](const auto& x) {
          return x.second.what == wish::nothing && x.second.frees && x.second.room == what.room;
        });
    if (left_since) return;
    const auto answer = args.empty() ? json{} : args.at(0);
    if (!answer.is_object() || answer.at("ok") == true) {
      // A cancel on its way behind it takes the seat back unless it comes too late for that.
      auto& at = places_[what.room];
      const bool cancelled_since =
          std::any_of(requests_.upper_bound(id), requests_.end(), [&](const auto& x) {
            return x.second.what == wish::nothing && x.second.room == what.room;
          });
      if (!cancelled_since || at.wanted == wish::nothing || at.seated)
        return seated(what, id, answer);
      at.in_doubt = true;
      return;
    }
    return refused(what.what == wish::to_own ? "keep-in-server" : "get-session-info", what.room,
                   answer.at("error").at("code"), id);
  }
  require(announced_ && id <= static_cast<std::uint64_t>(sent_),
          name_ + " got a second answer, or one to nothing: " + std::to_string(id));
  sure_ = std::max(sure_, static_cast<int>(id));
}

void client::seated(const request& what, std::uint64_t id, const json& answer) {
  if (announced_) {
    require(answer.at("room") == what.room, name_ + " got a seat in another room");
    require((answer.at("role") == "member") == (what.what == wish::to_sit),
            name_ + " has another role than it asked for");
  } else {
    require(answer.is_null() == (what.what == wish::to_own), name_ + " got a wrong answer");
  }
  auto& at = places_[what.room];
  if (at.wanted == wish::nothing) {
    if (!at.leaving) send_leave(what.room); // it came too late
    return;
  }
  require(what.what == wish::to_own || of_.may_be_open(*this, what.room, what.since),
          name_ + " got a seat in a room that nobody owns: " + what.room);
  at.seated = at.was_seated = true;
  at.in_doubt = false;
  of_.note(name_ + " sits in " + what.room);
  if (what.what == wish::to_own) {
    at.owns = true;
    at.owned_by = std::max(at.owned_by, id);
    at.wanted = wish::to_own; // it may have been displaced meanwhile
    if (announced_) at.token = answer.at("token");
  }
  send_rest();
}

void client::given_up(const request& what, std::uint64_t id) {
  bool asks_again = false;
  bool leaves_again = false;
  for (auto& [number, x] : requests_) {
    if (x.room != what.room) continue;
    if (number < id && x.what != wish::nothing) x.dead = true;
    asks_again = asks_again || (x.what != wish::nothing && !x.dead);
    leaves_again = leaves_again || (x.what == wish::nothing && x.frees);
  }
  auto& at = places_[what.room];
  at.leaving = leaves_again;
  if (at.wanted == wish::nothing && !asks_again && !leaves_again) not_possible(at);
}

void client::refused(const std::string& event, const std::string& room, const std::string& code,
                     std::uint64_t id) {
  of_.note(name_ + "'s " + event + " " + room + " is refused: " + code);
  // It was asked twice, and the room answers what it grants at once: that overtakes the refusal of
  // what came before, which showed no token yet.
  const bool is_late = id != 0 && id < places_[room].owned_by && code == "room-taken";
  require(is_late || of_.may_refuse(*this, code, room), name_ + " was refused: " + code);
  if (event == "message") {
    message_refused_ = true;
    return;
  }
  const auto what = event == "get-session-info" ? wish::to_sit : wish::to_own;
  // What comes before the answer to CONNECT is about a question on a connection before.
  if (!announced_ && code != "displaced" && ready_) {
    const auto i = std::find_if(requests_.begin(), requests_.end(), [&](const auto& x) {
      return x.second.what == what && x.second.room == room && !x.second.dead;
    });
    if (i != requests_.end()) id = i->first, requests_.erase(i);
  }
  auto& at = places_[room];
  if (id != 0 && id < at.owned_by) return;
  if (at.wanted == wish::nothing) return;
  if (code == "displaced") { // another owner has proven that the room is his; the seat stays
    at.owns = at.proven = false;
    at.token.clear();
    if (at.seated && at.wanted == wish::to_own) at.wanted = wish::to_sit;
    return;
  }
  if (at.was_seated && !at.seated) of_.is_unsure(*this);
  at.was_seated = at.seated;
  at.wanted = at.seated ? wish::to_sit : wish::nothing;
  at.may_own_unheard = at.may_own_unheard || at.owns;
  at.owns = false;
  bool asks_still = false;
  for (const auto& [number, x] : requests_) {
    if (x.room != room || x.what == wish::nothing || x.dead) continue;
    at.wanted = x.what;
    asks_still = true;
  }
  if (at.in_doubt && !asks_still)
    send_leave(room);
  else if (!at.seated && !asks_still)
    not_possible(at);
  send_rest();
}

void client::not_possible(place& at) const {
  at.in_doubt = at.proven = false;
  if (!at.possible) return;
  at.possible = false;
  at.possible_until = of_.step();
}

bool client::sits_in(const std::string& room) const {
  const auto i = places_.find(room);
  return i != places_.end() && i->second.seated && !i->second.leaving;
}

bool client::could_sit_in(const std::string& room, int since) const {
  const auto i = places_.find(room);
  return i != places_.end() && (i->second.possible || i->second.possible_until >= since);
}

bool client::has_unanswered() const {
  return std::any_of(requests_.begin(), requests_.end(),
                     [](const auto& x) { return x.second.what != wish::to_sit && !x.second.dead; });
}

bool client::awaits(const std::string& room, wish what) const {
  return std::any_of(requests_.begin(), requests_.end(), [&](const auto& x) {
    return x.second.room == room && x.second.what == what && !x.second.dead;
  });
}

std::set<std::string> client::waits_for() const {
  std::set<std::string> result;
  for (const auto& [id, x] : requests_)
    if (x.what == wish::to_sit && !x.dead) result.insert(x.room);
  return result;
}

} // namespace reliable_signaler::sim
