// The one message with a life of its own: the lease that gives a seat up.
#include "messages.hpp"

#include <utility>

#include <caf/send.hpp>

namespace reliable_signaler {

relay_lane::relay_lane(connection_actor sender, public_id who, std::uint64_t number)
    : sender_(std::move(sender)), who_(who), number_(number) {}

relay_lane::~relay_lane() {
  caf::anon_send(sender_, lane_clear{who_, number_});
}

seat_lease::seat_lease(room_actor room_, room_key key_, public_id who_, seat_role role_,
                       incarnation held_)
    : room(std::move(room_)), key(std::move(key_)), who(who_), role(role_), held(held_) {}

seat_lease::~seat_lease() {
  caf::anon_send(room, leave_room{who, held});
}

} // namespace reliable_signaler
