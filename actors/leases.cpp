// Leases and lanes.
#include "leases.hpp"

#include <utility>

#include <caf/send.hpp>

namespace reliable_signaler {

std::uint64_t lane_watch::attach(connection_actor to) {
  const std::lock_guard guard{mutex_};
  to_.swap(to);
  return cleared_;
}

void lane_watch::clear(std::uint64_t number) {
  connection_actor to;
  {
    const std::lock_guard guard{mutex_};
    cleared_ = number;
    to = to_;
  }
  if (to) caf::anon_send(to, lane_clear{who_, number});
}

relay_lane::relay_lane(caf::intrusive_ptr<lane_watch> watch, std::uint64_t number)
    : watch_(std::move(watch)), number_(number) {}

relay_lane::~relay_lane() {
  watch_->clear(number_);
}

seat_lease::seat_lease(room_actor room_, room_name_ptr name_, public_id who_, seat_role role_,
                       incarnation held_, address_counts::share_ptr share_)
    : room(std::move(room_)),
      name(std::move(name_)),
      key(name->key),
      who(who_),
      role(role_),
      held(held_),
      share(std::move(share_)) {}

seat_lease::~seat_lease() {
  caf::anon_send(room, leave_room{who});
}

} // namespace reliable_signaler
