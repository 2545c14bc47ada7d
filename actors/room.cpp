// The room actor.
#include "room.hpp"

#include <algorithm>
#include <utility>

#include "supervision.hpp"

namespace reliable_signaler {

namespace {

bool owns(const seat* held, const seat_claim& claim) {
  return held != nullptr && held->box == claim.box && held->role != seat_role::member;
}

} // namespace

room::room(caf::actor_config& config, caf::execution_unit* home, context_ptr context, room_key key,
           room_registry_actor registry)
    : pinned_actor(config, home),
      context_(std::move(context)),
      name_(caf::make_counted<const room_name>(std::move(key))),
      registry_(std::move(registry)) {}

room::~room() = default;

room::behavior_type room::make_behavior() {
  keep_quiet(this, context_, "signaler.room");
  // Never destroyed: a static server still begins actors when the statics of here have ended.
  static const auto& shared = *new behavior_type{
      [](relay& message) { self().pass_on(message); }, // the first is found soonest
      [](open_with_joiners& opening) { return self().open(opening); },
      [](ask_room& question) { return self().ask(question); },
      [](join_room& request) { return self().join(request); },
      [](room_broadcast& message) { self().pass_on(message); },
      [](const seat_away& message) { self().lose(message); },
      [](const re_register& message) { return self().seat_again(message); },
      [](const leave_room& message) { self().leave(message); },
      [](const disown_room& message) { self().disown(message); },
      [](const enter_lobby& message) { self().enter(message); },
  };
  return shared;
}

void room::on_exit() {
  if (is_counted())
    context_->counters.seats.fetch_sub(static_cast<std::int64_t>(seats_.size()),
                                       std::memory_order_relaxed);
  seats_ = {};
  registry_ = nullptr;
}

caf::result<seat_grant> room::open(open_with_joiners& opening) {
  ++handled_;
  openings_ = opening.openings;
  auto& claim = opening.claim;
  const bool exclusive = context_->options.exclusive_rooms;
  if (was_displaced(claim)) return come_back_as_member(opening);
  const auto shortage = shortage_for(claim.who);
  // Who has taken it back would be heard of, and would hear others, until the grant is back too.
  const bool withdrawn = claim.is_withdrawn() && !owns(seats_.find(claim.who), claim);
  // Not by who gets nothing by it: the room would be nobody's.
  const bool displaces = exclusive && !withdrawn && has_precedence(claim);
  if (displaces && shortage == refusal::none) displace_others(claim);
  auto verdict = judge_opening(seats_, claim.who, exclusive);
  if (verdict.why_not == refusal::none || (displaces && shortage != refusal::none))
    verdict.why_not = shortage;
  if (withdrawn) verdict.why_not = refusal::cancelled;
  if (verdict.why_not != refusal::none) {
    // The opening failed, so whoever waited for it goes on waiting, unless the room is open anyway.
    // The registry must know first, or it would send them here again.
    if (seats_.owners() == 0) caf::anon_send(registry_, room_closed{name_->key, openings_});
    for (auto& joiner : opening.joiners) seat_joiner(joiner);
    report_vacancy();
    return make_error(verdict.why_not);
  }
  auto owner = grant(claim, verdict.role);
  // Who has its room back is not displaced in turn by who had to make way.
  if (displaces || claim.proven) seats_.set_proven(claim.who);
  if (seats_.owners() == 0)
    caf::anon_send(registry_, room_closed{name_->key, openings_}); // gone again
  for (auto& joiner : opening.joiners) seat_joiner(joiner);
  auto promise = make_response_promise<seat_grant>();
  // The connection hears of its seat before the client does: so what the client then sends finds
  // it.
  promise.deliver(std::move(owner));
  claim.answer(verdict.role);
  return promise;
}

// A member's seat in the room, and an owner's in the session: only who was displaced has that.
bool room::was_displaced(const seat_claim& claim) const {
  const auto* held = claim.again != 0 ? seats_.find(claim.who) : nullptr;
  return held != nullptr && held->box == claim.box && held->role == seat_role::member;
}

bool room::has_precedence(const seat_claim& claim) const {
  const auto* held = seats_.find(claim.who);
  const bool sits = held != nullptr && held->box == claim.box;
  if (sits && claim.stay <= held->last_lost) return false;
  if (claim.again != 0) return sits;
  return claim.proven && !claim.is_withdrawn();
}

caf::result<seat_grant> room::come_back_as_member(open_with_joiners& opening) {
  const auto& claim = opening.claim;
  const bool held = seats_.set_back(claim.who, claim.again, claim.stay, seat_role::member);
  // Nothing was opened by this.
  if (seats_.owners() == 0) caf::anon_send(registry_, room_closed{name_->key, openings_});
  for (auto& joiner : opening.joiners) seat_joiner(joiner);
  report_vacancy();
  if (!held) return make_error(refusal::cancelled);
  return seat_grant{nullptr, roster_for(claim.roster_most)};
}

void room::displace_others(const seat_claim& claim) {
  const auto displaced = seats_.displace_others(claim.who, claim.again != 0);
  if (displaced.empty()) return;
  const auto word = context_->word_of_displacement(name_->key);
  for (const auto& box : displaced) {
    if (!box->wants_bytes())
      box->displaced();
    else if (word)
      box->insist(*word);
  }
}

// The registry has handed over the question together with the promise to answer it; CAF lets nobody
// but the promise's maker deliver it, so the room makes one of its own for the same request.
void room::seat_joiner(parked_question& joiner) {
  auto& given = joiner.promise;
  caf::response_promise promise{caf::strong_actor_ptr{ctrl()}, given.source(), given.stages(),
                                given.id()};
  auto& claim = joiner.question.claim;
  if (claim.is_withdrawn()) {
    promise.deliver(make_error(refusal::cancelled));
    return;
  }
  disown_former_self(claim);
  if (seats_.owners() == 0) {
    caf::anon_send(registry_, bounced_question{std::move(joiner.question), std::move(given)});
    return;
  }
  if (const auto why_not = shortage_for(claim.who); why_not != refusal::none) {
    promise.deliver(make_error(why_not));
    return;
  }
  promise.deliver(grant(claim, seat_role::member));
  claim.answer(seat_role::member);
}

caf::result<seat_grant> room::join(join_room& request) {
  ++handled_;
  auto& claim = request.claim;
  disown_former_self(claim);
  const auto why_not = claim.is_withdrawn() ? refusal::cancelled : shortage_for(claim.who);
  if (why_not != refusal::none) {
    report_vacancy();
    return make_error(why_not);
  }
  auto promise = make_response_promise<seat_grant>();
  promise.deliver(grant(claim, seat_role::member));
  claim.answer(seat_role::member);
  return promise;
}

caf::result<seat_grant> room::ask(ask_room& question) {
  ++handled_;
  caf::response_promise promise = make_response_promise<seat_grant>();
  parked_question joiner{std::move(question), promise};
  seat_joiner(joiner);
  report_vacancy();
  return caf::delegated<seat_grant>{};
}

void room::pass_on(relay& message) {
  const auto* held = seats_.find(message.id.sender);
  if (held != nullptr && message.sender_incarnation >= held->valid_from) deliver(message);
  if (message.next.empty()) return;
  const auto next = std::move(message.next.back());
  message.next.pop_back();
  message.sender_incarnation = next->held;
  caf::anon_send(next->room, std::move(message));
}

void room::deliver(relay& message) {
  auto& reached = message.reached;
  auto sent = delivery_of(message.packet, message.id);
  for (const auto& receiver : seats_.all()) {
    if (receiver.who == message.id.sender) continue;
    if (std::binary_search(reached.begin(), reached.end(), receiver.who)) continue;
    give(receiver, message.what, sent);
  }
  message.packet = std::move(sent.packet);
  if (message.next.empty()) return;
  mark_reached(reached);
}

void room::pass_on(room_broadcast& message) {
  ++handled_;
  if (message.exempt > 0) {
    --message.exempt;
  } else {
    auto sent = delivery_of(message.packet, message.id);
    const auto reach = [&](const seat& receiver) {
      if (!std::binary_search(message.reached.begin(), message.reached.end(), receiver.who))
        give(receiver, message.what, sent);
    };
    if (is_counted() || message.only.empty()) {
      std::for_each(seats_.all().begin(), seats_.all().end(), reach);
    } else {
      for (const auto& who : message.only)
        if (const auto* receiver = seats_.find(who)) reach(*receiver);
    }
  }
  if (!message.next.empty()) {
    mark_reached(message.reached);
    const auto next = caf::actor_cast<room_actor>(message.next.back());
    message.next.pop_back();
    caf::anon_send(next, std::move(message));
  }
  report_vacancy();
}

delivery room::delivery_of(encoded_ptr packet, const event_id& id) const {
  delivery result{std::move(packet), id, {}, !is_lobby()};
  if (context_->delivery->keeps()) result.at = clock().now();
  return result;
}

void room::give(const seat& receiver, const event_ptr& what, delivery& sent) const {
  if (receiver.left) return;
  if (!receiver.box->wants_bytes()) return receiver.box->take(what, sent.id);
  if (!sent.packet) sent.packet = context_->delivery->encode(name_->key.nsp, what->args, sent.id);
  receiver.box->deliver(sent);
}

void room::mark_reached(std::vector<public_id>& reached) const {
  for (const auto& receiver : seats_.all())
    if (!receiver.left) reached.push_back(receiver.who); // it may sit in a further room
  std::sort(reached.begin(), reached.end());
}

void room::leave(const leave_room& message) {
  const auto owners_before = seats_.owners();
  if (!seats_.release(message.who)) return;
  if (is_lobby()) return;
  if (is_counted()) context_->counters.seats.fetch_sub(1, std::memory_order_relaxed);
  report_closed(owners_before);
  report_vacancy();
}

void room::disown(const disown_room& message) {
  const auto owners_before = seats_.owners();
  seats_.disown(message.who, message.box, message.kept);
  report_closed(owners_before);
}

void room::disown_former_self(const seat_claim& claim) {
  const auto* held = seats_.find(claim.who);
  if (held != nullptr && held->box != claim.box) disown({claim.who, held->box});
}

void room::lose(const seat_away& message) {
  const auto owners_before = seats_.owners();
  seats_.set_away(message.who, message.held, message.stay);
  report_closed(owners_before);
}

caf::result<seat_grant> room::seat_again(const re_register& message) {
  if (!seats_.set_back(message.who, message.held, message.stay, seat_role::member))
    return make_error(refusal::cancelled);
  return seat_grant{nullptr, roster_for(message.roster_most)};
}

void room::report_closed(std::size_t owners_before) {
  if (owners_before > 0 && seats_.owners() == 0)
    caf::anon_send(registry_, room_closed{name_->key, openings_});
}

void room::enter(const enter_lobby& message) {
  if (is_lobby()) seats_.enter(message.who, message.box);
}

refusal room::shortage_for(const public_id& who) const {
  if (!is_counted() || seats_.find(who) != nullptr) return refusal::none;
  const auto& bounds = context_->options.limits;
  if (seats_.size() >= bounds.seats_per_room) return refusal::room_full;
  const auto all = context_->counters.seats.load(std::memory_order_relaxed);
  if (all >= static_cast<std::int64_t>(bounds.seats)) return refusal::too_many_seats;
  return refusal::none;
}

seat_grant room::grant(seat_claim& claim, seat_role role) {
  if (claim.again != 0 && seats_.set_back(claim.who, claim.again, claim.stay, role))
    return {nullptr, roster_for(claim.roster_most)};
  const auto before = seats_.size();
  const auto& taken = seats_.take(claim.who, role, claim.box, claim.stay);
  if (is_counted() && seats_.size() > before)
    context_->counters.seats.fetch_add(1, std::memory_order_relaxed);
  seat_grant result;
  result.seat =
      caf::make_counted<const seat_lease>(caf::actor_cast<room_actor>(this), name_, taken.who,
                                          taken.role, taken.held, std::move(claim.share));
  result.who = roster_for(claim.roster_most);
  return result;
}

roster room::roster_for(std::optional<std::size_t> most) const {
  roster result;
  if (!most) return result;
  const auto& all = seats_.all();
  result.named.reserve(std::min(*most, all.size()));
  for (const auto& sitting : all) {
    if (sitting.left) continue;
    if (result.named.size() < *most)
      result.named.push_back(sitting.who);
    else
      ++result.more;
  }
  return result;
}

void room::report_vacancy() {
  if (seats_.empty() && !is_lobby()) caf::anon_send(registry_, room_vacant{name_->key, handled_});
}

} // namespace reliable_signaler
