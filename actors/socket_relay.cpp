// How a socket sends: to its client, to its rooms, to its lobby.
#include <algorithm>
#include <iterator>
#include <utility>

#include "connection.hpp"
#include "registration.hpp"
#include "socket.hpp"

namespace reliable_signaler {

void socket::emit(const arguments& args) {
  session_.box->emit(args);
}

bool socket::emit_volatile(const arguments& args) {
  return session_.box->emit_if_ready(args);
}

bool socket::emit(const arguments& args, std::chrono::milliseconds timeout,
                  answer_handler answered) {
  require(answered);
  if (!connected_) return false;
  if (!unanswered_) unanswered_ = std::make_unique<std::map<std::uint64_t, question>>();
  const bool asked = unanswered_->size() < limits().unanswered_per_socket;
  const auto id = owner_.context_->questions.fetch_add(1, std::memory_order_relaxed);
  unanswered_->emplace(id, question{std::move(answered), asked});
  if (asked) session_.box->ask(owner_.context_->codec->event(session_.nsp, args, id, {}));
  const answer_overdue failed{session_.id, id};
  if (!asked || timeout.count() <= 0)
    owner_.send(&owner_, failed);
  else if (timeout <= longest_time)
    owner_.delayed_send(&owner_, timeout, failed);
  return true;
}

void socket::answer(std::uint64_t id, const arguments* args) {
  if (!unanswered_) return;
  const auto i = unanswered_->find(id);
  if (i == unanswered_->end() || (args != nullptr && !i->second.asked)) return;
  const auto answered = std::move(i->second.answered);
  unanswered_->erase(i);
  owner_.guarded(*this, "answer", [&] { answered(*this, args); });
}

broadcast socket::to(std::string room_id) const {
  return everyone_else().to(std::move(room_id));
}

broadcast socket::to(const public_id& who) const {
  return everyone_else().to(who);
}

broadcast socket::everyone_else() const {
  broadcast result{owner_.registry_, owner_.context_->delivery, session_.nsp};
  result.except(session_.id);
  return result;
}

void socket::relay(const event_ptr& what, const refusal_handler& refused) {
  auto now = std::exchange(being_taken_, {}); // from here on it is taken when it is sent on
  held_event x{what, refused, owner_.credit_, now.number, std::move(now.ack)};
  if (openings_pending_ > 0 || session_.awaited_lane != 0)
    session_.unsent.push_back(std::move(x));
  else
    relay_now(std::move(x));
}

void socket::change_lane() {
  if (!lane_) return;
  session_.awaited_lane = session_.last_lane;
  lane_ = nullptr; // the last holder reports, be it this one
}

void socket::lane_cleared(std::uint64_t number) {
  if (number != session_.awaited_lane) return;
  session_.awaited_lane = 0;
  relay_held();
}

void socket::relay_held() {
  auto& held = session_.unsent;
  if (!connected_ || openings_pending_ > 0 || session_.awaited_lane != 0 || held.empty()) return;
  auto waiting = std::exchange(held, {});
  auto i = waiting.begin();
  for (; i != waiting.end() && session_.awaited_lane == 0 && connected_; ++i)
    owner_.guarded(*this, i->what->name, [&] { relay_now(std::move(*i)); });
  if (!connected_) return; // a refusal was answered by ending the socket
  held.assign(std::make_move_iterator(i), std::make_move_iterator(waiting.end()));
}

void socket::relay_now(held_event x) {
  if (!lane_) {
    auto& watch = session_.lanes;
    if (!watch) {
      watch = caf::make_counted<lane_watch>(session_.id);
      watch->attach(caf::actor_cast<connection_actor>(&owner_));
    }
    lane_ = caf::make_counted<relay_lane>(watch, ++session_.last_lane);
  }
  if (x.number == 0) ++session_.unnumbered;
  taken({x.number, std::move(x.ack)}, true);
  const bool counted = x.number == 0;
  const event_id id{owner_.context_->epoch, session_.id, counted ? session_.unnumbered : x.number,
                    series_of(session_.series, counted)};
  reliable_signaler::relay message{std::move(x.what),  id, 0, {}, {}, {}, lane_,
                                   std::move(x.credit)};
  const auto& seats = session_.seats;
  if (seats.empty()) return relay_to_lobby(std::move(message), x.refused);
  if (seats.size() > 1) message.next.assign(seats.rbegin(), seats.rend() - 1);
  message.sender_incarnation = seats.front()->held;
  caf::anon_send(seats.front()->room, std::move(message));
  if (seats.size() > 1) change_lane();
}

void socket::relay_to_lobby(reliable_signaler::relay message, const refusal_handler& refused) {
  const auto* lobby = owner_.lobby_of(session_.nsp);
  if (!in_lobby_ || lobby == nullptr) {
    refuse(refusal::lobby_closed, refused);
  } else if (!gate_->admit(owner_.clock().now())) {
    refuse(refusal::lobby_rate, refused);
  } else {
    caf::anon_send(*lobby, std::move(message));
  }
}

void socket::enter_lobby_if_homeless() {
  if (!connected_ || gate_ == nullptr || in_lobby_ || !session_.seats.empty() || !gate_->enter())
    return;
  in_lobby_ = true;
  owner_.context_->counters.lobby_members.fetch_add(1, std::memory_order_relaxed);
  caf::anon_send(*owner_.lobby_of(session_.nsp), enter_lobby{session_.id, session_.box});
}

void socket::leave_lobby() {
  if (!in_lobby_) return;
  in_lobby_ = false;
  gate_->leave();
  owner_.context_->counters.lobby_members.fetch_sub(1, std::memory_order_relaxed);
  caf::anon_send(*owner_.lobby_of(session_.nsp), leave_room{session_.id});
}

} // namespace reliable_signaler
