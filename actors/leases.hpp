// What tells somebody when its last holder lets go: seats, and the ways that events take. Included
// by messages.hpp, whose messages hold them.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "address_counts.hpp"
#include "messages.hpp"

namespace reliable_signaler {

/// Whom the lanes of one socket report to: the connection that carries the socket now. Any thread.
class lane_watch : public caf::ref_counted {
public:
  explicit lane_watch(public_id who) : who_(who) {}

  /// From now on tells `to`; null: nobody. Returns the number of the last lane that is clear.
  std::uint64_t attach(connection_actor to);
  void clear(std::uint64_t number);

private:
  const public_id who_;
  std::mutex mutex_;
  connection_actor to_;
  std::uint64_t cleared_ = 0;
};

/// Held by all events that a socket sends by one way: while it sits in one room, that is all of
/// them, since a room keeps their order. When the socket's seats change, and after every event that
/// goes through several rooms, the next event takes another way, on which it could overtake:
/// whoever sits in some of the rooms, or is just taking a seat, would hear them out of order. So
/// the socket waits with it until the lane is clear, which the connection hears when the last
/// holder lets go.
class relay_lane : public caf::ref_counted {
public:
  relay_lane(caf::intrusive_ptr<lane_watch> watch, std::uint64_t number);
  ~relay_lane() override;

private:
  const caf::intrusive_ptr<lane_watch> watch_;
  const std::uint64_t number_;
};

/// The key of a room, once for all of its seats.
class room_name : public caf::ref_counted {
public:
  explicit room_name(room_key key_) : key(std::move(key_)) {}
  const room_key key;
};
using room_name_ptr = caf::intrusive_ptr<const room_name>;

/// One grant of a seat, held by members: gives it up when the last copy is gone. Immutable, any
/// thread.
class seat_lease : public caf::ref_counted {
public:
  seat_lease(room_actor room_, room_name_ptr name_, public_id who_, seat_role role_,
             incarnation held_, address_counts::share_ptr share_);
  ~seat_lease() override;

  const room_actor room;
  const room_name_ptr name;
  const room_key& key; ///< in `name`
  const public_id who;
  const seat_role role;
  const incarnation held;
  const address_counts::share_ptr share;
};

} // namespace reliable_signaler
