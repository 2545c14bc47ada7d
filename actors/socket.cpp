// What a socket can do, on behalf of its handlers.
#include "socket.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "connection.hpp"
#include "gap_word.hpp"
#include "own_handlers.hpp"

namespace reliable_signaler {

socket::socket(connection& owner, const namespace_handlers& handlers, socket_session session,
               lobby_gate* gate, bool recovered)
    : owner_(owner),
      handlers_(handlers),
      session_(std::move(session)),
      gate_(gate),
      recovered_(recovered),
      seen_(session_.taken) {
  if (!session_.lanes) return;
  const auto cleared = session_.lanes->attach(caf::actor_cast<connection_actor>(&owner_));
  if (session_.awaited_lane <= cleared) session_.awaited_lane = 0;
}

socket::~socket() = default;

socket_ref socket::ref() const {
  return {session_.id, session_.box, caf::actor_cast<connection_actor>(&owner_)};
}

in_flight socket::credit() const {
  return owner_.credit_;
}

const handshake& socket::request() const noexcept {
  return *owner_.request_;
}

const struct limits& socket::limits() const noexcept {
  return owner_.context_->options.limits;
}

seat_claim socket::claim_for(const std::string& room_id, const acknowledgement& ack,
                             arguments granted) const {
  return {{session_.nsp, room_id}, session_.id, session_.box, ack,
          std::move(granted),      {},          session_.stay};
}

void socket::request_seat(purpose why, seat_claim claim, refusal_handler refused) {
  auto why_not = shortage_for(claim.key.id);
  if (why_not == refusal::none) why_not = charge_address(claim);
  if (why_not != refusal::none) {
    count_refused(why_not, claim.key.id);
    return refuse(why_not, refused);
  }
  const auto number = ++owner_.last_wait_;
  claim.withdrawn = std::make_shared<std::atomic<bool>>(false);
  add_wait({claim.key.id, {claim.ack}, number, why, {}, claim.withdrawn});
  const auto send = [&](auto request) {
    send_request(owner_.registry_, std::move(request), number, std::move(refused));
  };
  if (why == purpose::open)
    send(open_room{std::move(claim), owner_.home()});
  else if (why == purpose::join)
    send(join_room{std::move(claim), owner_.home()});
  else
    send(ask_room{std::move(claim)});
}

void socket::count_refused(refusal why, const std::string& room_id) {
  if (!is_shortage(why)) return;
  auto& context = *owner_.context_;
  context.counters.refused_seats.fetch_add(1, std::memory_order_relaxed);
  if (std::exchange(shortage_logged_, true)) return;
  context.log(log_level::info, "seat_refused",
              {{"socket", session_.id.view()}, {"room", room_id}, {"code", code_of(why)}});
}

void socket::refuse(refusal why, const refusal_handler& refused) {
  if (refused) refused(*this, why);
}

template <class Receiver, class Request>
void socket::send_request(const Receiver& receiver, Request request, std::uint64_t number,
                          refusal_handler refused) {
  // The answer may come when this socket is long gone: find it again by its id, never reused.
  owner_.request(receiver, caf::infinite, std::move(request))
      .then(
          [&owner = owner_, id = session_.id, number](seat_grant& answer) {
            if (auto* self = owner.find(id)) self->seated(number, answer);
            owner.bury();
          },
          [&owner = owner_, id = session_.id, number,
           refused = std::move(refused)](const caf::error& why) {
            if (auto* self = owner.find(id)) self->not_seated(number, to_refusal(why), refused);
            owner.bury();
          });
}

void socket::open(const std::string& room_id, const acknowledgement& ack, arguments granted,
                  refusal_handler refused) {
  request_seat(purpose::open, claim_for(room_id, ack, std::move(granted)), std::move(refused));
}

void socket::open(const std::string& room_id, const acknowledgement& ack,
                  std::function<arguments(seat_role)> granted_as, bool proven,
                  refusal_handler refused) {
  auto claim = claim_for(room_id, ack, {});
  claim.granted_as = std::move(granted_as);
  claim.proven = proven;
  request_seat(purpose::open, std::move(claim), std::move(refused));
}

void socket::ask(const std::string& room_id, const acknowledgement& ack, arguments granted,
                 refusal_handler refused) {
  request_seat(purpose::ask, claim_for(room_id, ack, std::move(granted)), std::move(refused));
}

void socket::join(const std::string& room_id, refusal_handler refused) {
  request_seat(purpose::join, claim_for(room_id, {}, {}), std::move(refused));
}

void socket::join(const std::string& room_id, const acknowledgement& ack, arguments granted,
                  refusal_handler refused) {
  request_seat(purpose::join, claim_for(room_id, ack, std::move(granted)), std::move(refused));
}

void socket::join_everyone() {
  const auto number = ++owner_.last_wait_;
  add_wait({{}, {}, number, purpose::everyone});
  seat_claim claim{{session_.nsp, {}}, session_.id, session_.box, {}, {}, {}};
  send_request(owner_.registry_, join_room{std::move(claim), nullptr}, number, {});
}

std::size_t socket::seats_asked_again() const {
  return static_cast<std::size_t>(std::count_if(
      waits_.begin(), waits_.end(), [](const wait& x) { return x.why == purpose::re_register; }));
}

bool socket::holds(const std::string& room_id) {
  return session_.find_seat(room_id) != session_.seats.end();
}

bool socket::has_or_awaits(const std::string& room_id) {
  return holds(room_id) || std::any_of(waits_.begin(), waits_.end(), [&](const wait& x) {
           return x.room_id == room_id;
         });
}

// Asking again, or for a seat that is held, takes nothing more.
refusal socket::charge_address(seat_claim& claim) {
  const auto most = limits().seats_per_address;
  if (most == 0 || session_.network.empty()) return refusal::none;
  auto& context = *owner_.context_;
  claim.share = context.seats_by_address->take(session_.network);
  if (claim.share->number() <= most || has_or_awaits(claim.key.id)) return refusal::none;
  return refusal::too_many_seats_of_address;
}

refusal socket::shortage_for(const std::string& room_id) {
  const auto& bounds = limits();
  if (room_id.empty() || room_id.size() > bounds.room_id_bytes) return refusal::invalid_room_id;
  // What is still unanswered counts as if it were granted: so the bound holds when all of it is.
  // Asking again, or for a seat that is held, takes nothing more.
  // A client that comes back asks again for all that its session still has.
  const auto taken = session_.seats.size() + waits_.size() - seats_asked_again();
  if (taken >= bounds.rooms_per_socket * (has_or_awaits(room_id) ? 2 : 1))
    return refusal::too_many_rooms_of_socket;
  return refusal::none;
}

// The later question is answered, or refused, for both, so whoever cancels it cancels both.
void socket::superseded(wait earlier, const refusal_handler& refused) {
  const auto later = std::find_if(waits_.begin(), waits_.end(), [&](const wait& x) {
    return x.why == purpose::ask && x.room_id == earlier.room_id;
  });
  if (later == waits_.end()) return;
  auto& acks = later->acks;
  acks.insert(acks.begin(), earlier.acks.begin(), earlier.acks.end());
  if (acks.size() > limits().answers_per_question + 1) acks.erase(acks.begin());
  earlier.refused_before.push_back(refused);
  auto& told = later->refused_before;
  told.insert(told.begin(), earlier.refused_before.begin(), earlier.refused_before.end());
  const auto most = limits().answers_per_question;
  if (told.size() > most) told.erase(told.begin(), told.end() - static_cast<std::ptrdiff_t>(most));
}

void socket::seated(std::uint64_t number, seat_grant& answer) {
  // Without a wait it has been cancelled meanwhile: dropping the grant frees the seat.
  const auto waited = take_wait(number);
  if (!waited) return;
  if (waited->why == purpose::everyone) {
    session_.everyone = std::move(answer.seat);
    return;
  }
  if (gap_ && waited->why == purpose::re_register && holds(waited->room_id))
    gap_->rooms.push_back({waited->room_id, std::move(answer.who)});
  tell_gap_if_known();
  if (!answer.seat) return relay_held(); // it has kept it
  const auto known = session_.find_seat(answer.seat->key.id);
  // Left while its room was asked to give it back, which then gave another: dropping that frees it.
  if (waited->why == purpose::re_register && known == session_.seats.end()) return relay_held();
  change_lane();
  if (known == session_.seats.end())
    session_.seats.push_back(std::move(answer.seat));
  else if ((*known)->held < answer.seat->held)
    *known = std::move(answer.seat);
  leave_lobby();
  relay_held();
}

void socket::not_seated(std::uint64_t number, refusal why, const refusal_handler& refused) {
  auto waited = take_wait(number);
  if (!waited) return;
  if (why == refusal::superseded) return superseded(std::move(*waited), refused);
  count_refused(why, waited->room_id);
  if (waited->why == purpose::re_register) give_up_seat(waited->room_id);
  tell_gap_if_known();
  waited->refused_before.push_back(refused);
  for (const auto& tell : waited->refused_before)
    if (tell) owner_.guarded(*this, "refusal", [&] { tell(*this, why); });
  relay_held();
}

void socket::add_wait(wait x) {
  if (holds_events(x.why)) ++openings_pending_;
  waits_.push_back(std::move(x));
}

std::optional<socket::wait> socket::take_wait(std::uint64_t number) {
  const auto i =
      std::find_if(waits_.begin(), waits_.end(), [&](const wait& x) { return x.number == number; });
  if (i == waits_.end()) return std::nullopt;
  auto result = std::move(*i);
  waits_.erase(i);
  if (waits_.empty()) waits_.shrink_to_fit(); // as it is nearly always
  if (holds_events(result.why)) --openings_pending_;
  return result;
}

// What is said already may hold the seat for a while.
void socket::disown(const seat_lease& held) const {
  caf::anon_send(held.room, disown_room{session_.id, session_.box});
}

void socket::give_up_seat(const std::string& room_id) {
  const auto held = session_.find_seat(room_id);
  if (held == session_.seats.end()) return;
  change_lane();
  disown(**held);
  session_.seats.erase(held);
  enter_lobby_if_homeless();
}

void socket::give_up_seats(const std::vector<std::string>& room_ids) {
  for (const auto& room_id : room_ids) {
    if (!holds(room_id)) continue;
    remember_left(room_id);
    give_up_seat(room_id);
  }
}

// That it had a token of the room need not be known here: tokens may be from before.
void socket::remember_left(const std::string& room_id) {
  if (!session_.knows_tokens || room_id.size() > limits().room_id_bytes) return;
  owner_.context_->void_tokens.add(session_.id, room_id, ++session_.generation, calendar_seconds());
}

void socket::leave(const std::string& room_id) {
  remember_left(room_id);
  cancel(room_id, 0);
  give_up_seat(room_id);
  relay_held();
}

void socket::cancel(const std::string& room_id) {
  cancel(room_id, held_in(room_id));
}

incarnation socket::held_in(const std::string& room_id) {
  const auto held = session_.find_seat(room_id);
  return held == session_.seats.end() ? 0 : (*held)->held;
}

cancel_questions socket::withdrawal(const std::string& room_id, incarnation kept) const {
  return {session_.id, room_key{session_.nsp, room_id}, session_.box, kept};
}

void socket::cancel(const std::string& room_id, incarnation kept) {
  const auto waited = std::erase_if(waits_, [&](const wait& x) {
    if (x.room_id != room_id || x.why == purpose::everyone) return false;
    if (x.why == purpose::re_register) {
      if (kept == 0) x.revoke(); // its seat may be gone before the room hears of it
      return false;
    }
    x.revoke();
    if (holds_events(x.why)) --openings_pending_;
    return true;
  });
  const bool asks_back = kept == 0 && std::any_of(waits_.begin(), waits_.end(), [&](const wait& x) {
                           return x.why == purpose::re_register && x.room_id == room_id;
                         });
  // Behind them, so that it finds in the room what they have become.
  if (waited > 0 || asks_back) caf::anon_send(owner_.registry_, withdrawal(room_id, kept));
  relay_held();
}

std::vector<std::string> socket::rooms() const {
  std::vector<std::string> result;
  result.reserve(session_.seats.size());
  for (const auto& held : session_.seats) result.push_back(held->key.id);
  return result;
}

void socket::disconnect() {
  if (!connected_) return;
  tell_gap_now(); // what was emitted before waits for it
  owner_.port_->namespace_disconnected(session_.nsp);
  session_.box->write(owner_.context_->codec->disconnected(session_.nsp));
  owner_.disconnect(session_.nsp, "server namespace disconnect");
}

void socket::disconnect_client() {
  owner_.end_politely();
}

void socket::let_go(std::string_view reason) {
  connected_ = false;
  const auto run = [&](const disconnect_handler& handler) {
    owner_.guarded(*this, "disconnecting", [&] { handler(*this, reason); });
    return true;
  };
  for (const auto& handler : handlers_.handlers().disconnecting()) run(handler);
  if (own_handlers_) own_handlers_->each_disconnecting(run);
  if (!waits_.empty())
    caf::anon_send(owner_.registry_, cancel_questions{session_.id, std::nullopt});
  for (const auto& x : waits_) {
    x.revoke();
    if (x.why == purpose::open)
      caf::anon_send(owner_.registry_, withdrawal(x.room_id, held_in(x.room_id)));
  }
  // What waited for an opening that now never comes was meant for a room that is not there.
  if (std::any_of(waits_.begin(), waits_.end(), [](const wait& x) {
        return holds_events(x.why) && x.why != purpose::re_register;
      }))
    session_.unsent.clear();
  // A client that numbers its events sends them again.
  if (session_.announced) session_.unsent.clear();
  for (auto& x : session_.unsent) x.credit = {};
  waits_.clear();
  openings_pending_ = 0;
  change_lane();
  if (session_.lanes) session_.lanes->attach({});
  leave_lobby();
  session_.box->bind(nullptr);
  if (unanswered_)
    for (const auto& [id, open] : std::exchange(*unanswered_, {}))
      owner_.guarded(*this, "answer", [&, &of = open] { of.answered(*this, nullptr); });
}

void socket::gone(std::string_view reason) {
  const auto run = [&](const disconnect_handler& handler) {
    owner_.guarded(*this, "disconnect", [&] { handler(*this, reason); });
    return true;
  };
  for (const auto& handler : handlers_.handlers().disconnected()) run(handler);
  if (own_handlers_) own_handlers_->each_disconnected(run);
}

void socket::end(std::string_view reason) {
  if (owner_.context_->options.recovers())
    caf::anon_send(owner_.sessions_, forget_session{session_.id, owner_.address()});
  let_go(reason);
  session_.unsent.clear();
  session_.everyone = nullptr;
  for (const auto& held : session_.seats)
    if (held->get_reference_count() > 1) disown(*held);
  session_.seats.clear();
  gone(reason);
}

session_ptr socket::detach(std::string_view reason) {
  for (const auto& x : waits_)
    if (x.why == purpose::join) session_.joining.push_back(x.room_id);
  let_go(reason);
  gone(reason);
  for (const auto& held : session_.seats)
    caf::anon_send(held->room, seat_away{session_.id, held->held, session_.stay});
  return std::make_shared<socket_session>(std::move(session_));
}

void socket::re_register() {
  for (const auto& room_id : std::exchange(session_.joining, {})) join(room_id);
  const auto seats = session_.seats; // waiting for an answer does not change them, but be safe
  std::optional<std::size_t> roster_most;
  if (gap_) roster_most = members_per_room(rooms(), limits().gap_bytes);
  for (const auto& held : seats) {
    const auto number = ++owner_.last_wait_;
    if (held->role == seat_role::member) {
      add_wait({held->key.id, {}, number, purpose::re_register});
      send_request(
          held->room,
          reliable_signaler::re_register{session_.id, held->held, session_.stay, roster_most},
          number, {});
    } else {
      seat_claim claim{held->key, session_.id, session_.box, {}, {}, {}, session_.stay};
      claim.again = held->held;
      claim.withdrawn = std::make_shared<std::atomic<bool>>(false);
      add_wait({held->key.id, {}, number, purpose::re_register, {}, claim.withdrawn});
      claim.roster_most = roster_most;
      send_request(owner_.registry_, open_room{std::move(claim), owner_.home()}, number, {});
    }
  }
}

} // namespace reliable_signaler
