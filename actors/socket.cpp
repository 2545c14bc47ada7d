// What a socket can do, on behalf of its handlers.
#include "socket.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "connection.hpp"

namespace reliable_signaler {

socket::socket(connection& owner, const namespace_handlers& handlers, socket_session session,
               lobby_gate* gate)
    : owner_(owner), handlers_(handlers), session_(std::move(session)), gate_(gate) {}

socket::~socket() = default;

const handshake& socket::request() const noexcept {
  return *owner_.request_;
}

const struct limits& socket::limits() const noexcept {
  return owner_.context_->options.limits;
}

void socket::emit(const arguments& args) {
  session_.box->deliver(owner_.context_->codec->event(session_.nsp, args, std::nullopt));
}

void socket::request_seat(purpose why, const std::string& room_id, const acknowledgement& ack,
                          arguments granted, refusal_handler refused) {
  if (const auto why_not = shortage_for(room_id); why_not != refusal::none) {
    if (refused) refused(*this, why_not);
    return;
  }
  const auto number = ++last_wait_;
  add_wait({room_id, ack, number, why});
  seat_claim claim{{session_.nsp, room_id}, session_.id, session_.box, ack, std::move(granted)};
  if (why == purpose::open)
    send_request(owner_.registry_, open_room{std::move(claim), owner_.home()}, number,
                 std::move(refused));
  else
    send_request(owner_.registry_, ask_room{std::move(claim)}, number, std::move(refused));
}

template <class Receiver, class Request>
void socket::send_request(const Receiver& receiver, Request request, std::uint64_t number,
                          refusal_handler refused) {
  // The answer may come when this socket is long gone: find it again by its id, never reused.
  owner_.request(receiver, caf::infinite, std::move(request))
      .then(
          [&owner = owner_, id = session_.id, number](seat_grant& answer) {
            if (auto* self = owner.find(id)) self->seated(number, answer);
          },
          [&owner = owner_, id = session_.id, number, refused](const caf::error& why) {
            if (auto* self = owner.find(id)) self->not_seated(number, to_refusal(why), refused);
          });
}

void socket::open(const std::string& room_id, const acknowledgement& ack, arguments granted,
                  refusal_handler refused) {
  request_seat(purpose::open, room_id, ack, std::move(granted), std::move(refused));
}

void socket::ask(const std::string& room_id, const acknowledgement& ack, arguments granted,
                 refusal_handler refused) {
  request_seat(purpose::ask, room_id, ack, std::move(granted), std::move(refused));
}

refusal socket::shortage_for(const std::string& room_id) const {
  const auto& bounds = limits();
  if (room_id.empty() || room_id.size() > bounds.room_id_bytes) return refusal::invalid_room_id;
  // What is still unanswered counts as if it were granted: so the bound holds when all of it is.
  if (session_.seats.size() + waits_.size() >= bounds.rooms_per_socket)
    return refusal::too_many_rooms_of_socket;
  return refusal::none;
}

void socket::seated(std::uint64_t number, seat_grant& answer) {
  // Without a wait it has been cancelled meanwhile: dropping the grant frees the seat.
  if (!take_wait(number)) return;
  change_lane();
  const auto known = session_.find_seat(answer.seat->key.id);
  if (known == session_.seats.end())
    session_.seats.push_back(std::move(answer.seat));
  else if ((*known)->held < answer.seat->held)
    *known = std::move(answer.seat);
  leave_lobby();
  relay_held();
}

void socket::not_seated(std::uint64_t number, refusal why, const refusal_handler& refused) {
  const auto waited = take_wait(number);
  if (!waited) return;
  if (waited->why == purpose::re_register) give_up_seat(waited->room_id);
  if (refused) owner_.guarded(*this, "refusal", [&] { refused(*this, why); });
  relay_held();
}

void socket::add_wait(wait x) {
  if (x.why != purpose::ask) ++openings_pending_;
  waits_.push_back(std::move(x));
}

std::optional<socket::wait> socket::take_wait(std::uint64_t number) {
  const auto i =
      std::find_if(waits_.begin(), waits_.end(), [&](const wait& x) { return x.number == number; });
  if (i == waits_.end()) return std::nullopt;
  auto result = std::move(*i);
  waits_.erase(i);
  if (result.why != purpose::ask) --openings_pending_;
  return result;
}

void socket::give_up_seat(const std::string& room_id) {
  const auto held = session_.find_seat(room_id);
  if (held == session_.seats.end()) return;
  change_lane();
  session_.seats.erase(held);
  enter_lobby_if_homeless();
}

void socket::leave(const std::string& room_id) {
  const auto waited = std::erase_if(waits_, [&](const wait& x) {
    if (x.room_id != room_id) return false;
    x.ack.revoke();
    if (x.why != purpose::ask) --openings_pending_;
    return true;
  });
  if (waited > 0)
    caf::anon_send(owner_.registry_,
                   cancel_questions{session_.id, room_key{session_.nsp, room_id}});
  give_up_seat(room_id);
  relay_held();
}

void socket::relay(const event_ptr& what, const refusal_handler& refused) {
  if (openings_pending_ > 0 || awaited_lane_ != 0)
    held_.push_back({what, refused, owner_.credit_});
  else
    relay_now(what, refused, owner_.credit_);
}

void socket::change_lane() {
  if (!lane_) return;
  awaited_lane_ = last_lane_;
  lane_ = nullptr; // the last holder reports, be it this one
}

void socket::lane_cleared(std::uint64_t number) {
  if (number != awaited_lane_) return;
  awaited_lane_ = 0;
  relay_held();
}

void socket::relay_held() {
  if (openings_pending_ > 0 || awaited_lane_ != 0 || held_.empty()) return;
  auto waiting = std::exchange(held_, {});
  auto i = waiting.begin();
  for (; i != waiting.end() && awaited_lane_ == 0; ++i)
    owner_.guarded(*this, i->what->name,
                   [&] { relay_now(i->what, i->refused, std::move(i->credit)); });
  held_.assign(std::make_move_iterator(i), std::make_move_iterator(waiting.end()));
}

void socket::relay_now(const event_ptr& what, const refusal_handler& refused, in_flight credit) {
  if (!lane_) {
    const auto sender = caf::actor_cast<connection_actor>(&owner_);
    lane_ = caf::make_counted<relay_lane>(sender, session_.id, ++last_lane_);
  }
  const event_id id{owner_.context_->epoch, session_.id, ++session_.last_number};
  reliable_signaler::relay message{what, id, 0, {}, {}, {}, lane_, std::move(credit)};
  const auto& seats = session_.seats;
  if (seats.empty()) return relay_to_lobby(std::move(message), refused);
  if (seats.size() > 1) message.next.assign(seats.rbegin(), seats.rend() - 1);
  message.sender_incarnation = seats.front()->held;
  caf::anon_send(seats.front()->room, std::move(message));
  if (seats.size() > 1) change_lane();
}

void socket::relay_to_lobby(reliable_signaler::relay message, const refusal_handler& refused) {
  const auto* lobby = owner_.lobby_of(session_.nsp);
  if (!in_lobby_ || lobby == nullptr) {
    if (refused) refused(*this, refusal::lobby_closed);
  } else if (!gate_->admit(owner_.clock().now())) {
    if (refused) refused(*this, refusal::lobby_rate);
  } else {
    caf::anon_send(*lobby, std::move(message));
  }
}

std::vector<std::string> socket::rooms() const {
  std::vector<std::string> result;
  result.reserve(session_.seats.size());
  for (const auto& held : session_.seats) result.push_back(held->key.id);
  return result;
}

void socket::disconnect() {
  owner_.port_->namespace_disconnected(session_.nsp);
  session_.box->deliver(owner_.context_->codec->disconnected(session_.nsp));
  owner_.disconnect(session_.nsp, "server namespace disconnect");
}

void socket::enter_lobby_if_homeless() {
  if (gate_ == nullptr || in_lobby_ || !session_.seats.empty() || !gate_->enter()) return;
  in_lobby_ = true;
  owner_.context_->counters.lobby_members.fetch_add(1, std::memory_order_relaxed);
  caf::anon_send(*owner_.lobby_of(session_.nsp), enter_lobby{session_.id, session_.box});
}

void socket::leave_lobby() {
  if (!in_lobby_) return;
  in_lobby_ = false;
  gate_->leave();
  owner_.context_->counters.lobby_members.fetch_sub(1, std::memory_order_relaxed);
  caf::anon_send(*owner_.lobby_of(session_.nsp), leave_room{session_.id, 0});
}

void socket::let_go(std::string_view reason) {
  for (const auto& run : handlers_.disconnect_handlers())
    owner_.guarded(*this, "disconnect", [&] { run(*this, reason); });
  if (!waits_.empty())
    caf::anon_send(owner_.registry_, cancel_questions{session_.id, std::nullopt});
  for (const auto& x : waits_) x.ack.revoke();
  waits_.clear();
  held_.clear();
  openings_pending_ = 0;
  lane_ = nullptr;
  leave_lobby();
  session_.box->bind(nullptr);
}

void socket::end(std::string_view reason) {
  let_go(reason);
  session_.seats.clear();
}

session_ptr socket::detach(std::string_view reason) {
  let_go(reason);
  for (const auto& held : session_.seats)
    caf::anon_send(held->room, seat_away{session_.id, held->held});
  return std::make_shared<socket_session>(std::move(session_));
}

void socket::re_register() {
  const auto seats = session_.seats; // waiting for an answer does not change them, but be safe
  for (const auto& held : seats) {
    const auto number = ++last_wait_;
    add_wait({held->key.id, {}, number, purpose::re_register});
    if (held->role == seat_role::member) {
      send_request(held->room, reliable_signaler::re_register{session_.id, session_.box}, number,
                   {});
    } else {
      seat_claim claim{held->key, session_.id, session_.box, {}, {}};
      send_request(owner_.registry_, open_room{std::move(claim), owner_.home()}, number, {});
    }
  }
}

} // namespace reliable_signaler
