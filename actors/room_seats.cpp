// Seats and the rules of opening.
#include "room_seats.hpp"

#include <utility>

namespace reliable_signaler {

namespace {

bool owns(seat_role role) {
  return role != seat_role::member;
}

bool counts_as_owner(const seat& s) {
  return s.present && owns(s.role);
}

} // namespace

const seat& room_seats::take(const public_id& who, seat_role role, outbox_ptr box,
                             std::uint64_t stay) {
  const auto at = position(who);
  if (!at) {
    ++last_;
    append({who, role, last_, last_, std::move(box)});
    seats_.back().owned_since = last_;
    return seats_.back();
  }
  auto& known = seats_[*at];
  if (counts_as_owner(known)) --owners_;
  ++known.leases;
  known.held = ++last_;
  known.left = false;
  if (known.box != box) {
    known.role = role;
    known.owned_since = last_;
    known.valid_from = last_;
    known.last_lost = 0;
    known.proven = false;
    known.box = std::move(box);
  }
  if (stay > known.last_lost) {
    if (!owns(known.role)) {
      known.role = role;
      known.owned_since = last_;
    }
    known.present = true;
  }
  if (counts_as_owner(known)) ++owners_;
  return known;
}

void room_seats::set_away(const public_id& who, incarnation held, std::uint64_t stay) {
  const auto at = position(who);
  if (!is_held(at, held)) return;
  auto& known = seats_[*at];
  if (counts_as_owner(known)) --owners_;
  known.present = false;
  known.last_lost = stay;
}

bool room_seats::set_back(const public_id& who, incarnation held, std::uint64_t stay,
                          seat_role as) {
  const auto at = position(who);
  if (!is_held(at, held)) return false;
  auto& known = seats_[*at];
  if (stay <= known.last_lost) return true;
  if (counts_as_owner(known)) --owners_;
  if (!owns(as)) known.role = as;
  known.present = true;
  if (counts_as_owner(known)) ++owners_;
  return true;
}

void room_seats::disown(const public_id& who, const outbox_ptr& box, incarnation kept) {
  const auto at = position(who);
  if (!at) return;
  auto& known = seats_[*at];
  if (known.box != box) return;
  if (kept == 0) known.left = true;
  if (!owns(known.role) || known.owned_since <= kept) return;
  if (counts_as_owner(known)) --owners_;
  known.role = seat_role::member;
  known.proven = false;
}

void room_seats::set_proven(const public_id& who) {
  if (const auto at = position(who)) seats_[*at].proven = true;
}

std::vector<outbox_ptr> room_seats::displace_others(const public_id& who, bool proven_too) {
  std::vector<outbox_ptr> result;
  for (auto& x : seats_) {
    if (x.who == who || (x.proven && !proven_too) || !owns(x.role)) continue;
    if (counts_as_owner(x)) --owners_;
    x.role = seat_role::member;
    x.proven = false;
    result.push_back(x.box);
  }
  return result;
}

void room_seats::enter(const public_id& who, outbox_ptr box) {
  if (!position(who)) append({who, seat_role::member, 0, 0, std::move(box)});
}

bool room_seats::release(const public_id& who) {
  const auto at = position(who);
  if (!at || --seats_[*at].leases > 0) return false;
  if (counts_as_owner(seats_[*at])) --owners_;
  if (!index_.empty()) {
    index_.erase(who);
    if (*at + 1 != seats_.size()) index_[seats_.back().who] = *at;
  }
  if (*at + 1 != seats_.size()) seats_[*at] = std::move(seats_.back());
  seats_.pop_back();
  return true;
}

const seat* room_seats::find(const public_id& who) const {
  const auto at = position(who);
  return at ? &seats_[*at] : nullptr;
}

std::optional<std::size_t> room_seats::position(const public_id& who) const {
  if (!index_.empty()) {
    const auto i = index_.find(who);
    if (i == index_.end()) return std::nullopt;
    return i->second;
  }
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (seats_[i].who == who) return i;
  return std::nullopt;
}

void room_seats::append(seat s) {
  if (counts_as_owner(s)) ++owners_;
  seats_.push_back(std::move(s));
  if (!index_.empty()) {
    index_.emplace(seats_.back().who, seats_.size() - 1);
  } else if (seats_.size() > linear_search_max) {
    for (std::size_t i = 0; i < seats_.size(); ++i) index_.emplace(seats_[i].who, i);
  }
}

opening_verdict judge_opening(const room_seats& seats, const public_id& who, bool exclusive) {
  if (const auto* own = seats.find(who); own != nullptr && owns(own->role))
    return {refusal::none, own->role};
  if (seats.owners() == 0) return {refusal::none, seat_role::owner};
  if (exclusive) return {refusal::room_taken, seat_role::member};
  return {refusal::none, seat_role::co_owner};
}

} // namespace reliable_signaler
