// Who sits in a room, and who may: plain values and functions, no actors.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ids.hpp"
#include "messages.hpp"
#include "refusal.hpp"

namespace reliable_signaler {

struct seat {
  public_id who;
  seat_role role = seat_role::member;
  /// The latest grant.
  incarnation held = 0;
  /// The earliest grant that still counts: asking again does not fence what the same holder has
  /// sent in the meantime.
  incarnation valid_from = 0;
  /// Of the session that holds it: another outbox means another session.
  outbox_ptr box;
  /// Grants that have not been given up. A later one may be on its way to a connection that is gone
  /// while the session keeps an earlier one, so only the last to go frees the seat.
  std::uint32_t leases = 1;
  /// Whether its holder has a transport.
  bool present = true;
  /// The holder's last connection that is known to be lost.
  std::uint64_t last_lost = 0;
  /// Whether its holder has shown that the room was its own.
  bool proven = false;
  /// Whether its holder has given it up, and only what is still under way holds it: then it hears
  /// nothing more.
  bool left = false;
  /// The grant that made its holder an owner, if it is one.
  incarnation owned_since = 0;
};

/// The seats of one room. Not thread-safe; owned by the room.
class room_seats {
public:
  /// Seats `who`, on its connection number `stay`, or renews the seat it has: then the incarnation
  /// rises, and with the same outbox the role only ever rises, but not for a connection that is
  /// known to be lost. Another outbox fences off whoever held the seat with the former one. Each
  /// call is a lease to be released. Returns the seat, valid until the next change.
  const seat& take(const public_id& who, seat_role role, outbox_ptr box, std::uint64_t stay = 1);

  /// Seats `who` with incarnation 0, as a lobby does. Without effect when it sits there already.
  void enter(const public_id& who, outbox_ptr box);

  /// The holder has lost its transport: it owns nothing until it takes the seat again. Without
  /// effect when the seat is not held in this incarnation.
  void set_away(const public_id& who, incarnation held, std::uint64_t stay);

  /// The holder has another transport, on its connection number `stay`, unless it is known to have
  /// lost that one too: the word of a loss may come before that of the return. `as` is the role it
  /// has heard of: one that was on its way to a lost connection does not count. Returns whether the
  /// seat is held in this incarnation.
  bool set_back(const public_id& who, incarnation held, std::uint64_t stay, seat_role as);

  /// The session with this outbox has given up what it was granted after `kept`: it is a member
  /// unless it was an owner by then, and has left if that is all. Its leases are still to be
  /// released.
  void disown(const public_id& who, const outbox_ptr& box, incarnation kept);

  /// The holder has shown that the room was its own.
  void set_proven(const public_id& who);
  /// Those who own the room without having shown so or, if `proven_too`, all who own it are members
  /// from now on, except `who`. Returns their outboxes.
  std::vector<outbox_ptr> displace_others(const public_id& who, bool proven_too);

  /// One lease of the seat less; the last one frees it. Returns whether that was the last.
  bool release(const public_id& who);

  /// The seat of `who` or null.
  const seat* find(const public_id& who) const;

  bool empty() const noexcept { return seats_.empty(); }
  std::size_t size() const noexcept { return seats_.size(); }
  /// Owners and co-owners who are present; a room with one is open.
  std::size_t owners() const noexcept { return owners_; }
  const std::vector<seat>& all() const noexcept { return seats_; }

private:
  std::optional<std::size_t> position(const public_id& who) const;
  // Whether that seat is one, and held in this incarnation.
  bool is_held(const std::optional<std::size_t>& at, incarnation held) const {
    return at && held >= seats_[*at].valid_from && held <= seats_[*at].held;
  }
  void append(seat s);

  // Nearly every room has two or three seats: those are found by looking at each. The index is
  // only kept for rooms larger than this.
  static constexpr std::size_t linear_search_max = 16;

  std::vector<seat> seats_;
  std::unordered_map<public_id, std::size_t> index_;
  std::size_t owners_ = 0;
  incarnation last_ = 0;
};

/// What `who` would be by opening a room with these seats, or why it may not: room_taken when the
/// room is exclusive and somebody else owns it.
struct opening_verdict {
  refusal why_not = refusal::none;
  seat_role role = seat_role::owner;
};
opening_verdict judge_opening(const room_seats& seats, const public_id& who, bool exclusive);

} // namespace reliable_signaler
