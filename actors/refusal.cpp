// Codes and sentences of refusals, in one table.
#include "refusal.hpp"

#include <array>
#include <utility>

#include <caf/atom.hpp>
#include <nlohmann/json.hpp>

namespace reliable_signaler {

namespace {

struct entry {
  refusal value;
  std::string_view code;
  std::string_view sentence;
};

constexpr std::array table{
    entry{refusal::none, "", ""},
    entry{refusal::invalid_room_id, "invalid-room-id",
          "A room id is a string that is neither empty nor too long"},
    entry{refusal::room_taken, "room-taken", "Somebody else has opened this room"},
    entry{refusal::displaced, "displaced",
          "One who has proven to own this room has opened it; you are a member of it now"},
    entry{refusal::too_many_rooms, "too-many-rooms", "The server cannot hold more rooms"},
    entry{refusal::too_many_rooms_of_socket, "too-many-rooms-of-socket",
          "This socket is in as many rooms as it may be"},
    entry{refusal::room_full, "room-full", "The room has no seat left"},
    entry{refusal::too_many_seats, "too-many-seats", "The server has no seat left"},
    entry{refusal::too_many_seats_of_address, "too-many-seats-of-address",
          "Clients of this network address sit in as many rooms as they may"},
    entry{refusal::too_many_parked, "too-many-parked", "Too many clients wait for rooms already"},
    entry{refusal::too_many_parked_of_socket, "too-many-parked-of-socket",
          "This socket waits for as many rooms as it may"},
    entry{refusal::lobby_closed, "lobby-closed", "Open or join a room before sending messages"},
    entry{refusal::lobby_rate, "lobby-rate",
          "Too many messages are sent outside of rooms; open or join a room"},
    entry{refusal::superseded, "superseded", "The same question has been asked again"},
    entry{refusal::cancelled, "cancelled", "The question has been cancelled"},
    entry{refusal::number_out_of_order, "number-out-of-order",
          "The number of this event is not the one after the last"},
    entry{refusal::token_refused, "token-refused",
          "The token proves nothing here, or not any more"},
    entry{refusal::too_many_wrong_claims, "too-many-wrong-claims",
          "Too many claims from this network address were wrong; none is looked at for a minute"},
    entry{refusal::shutting_down, "shutting-down", "The server is going away"},
};

constexpr const entry& row(refusal x) {
  for (const auto& candidate : table)
    if (candidate.value == x) return candidate;
  return table[0];
}

constexpr auto category = caf::atom("refusal");

} // namespace

std::string_view code_of(refusal x) noexcept {
  return row(x).code;
}

std::string_view sentence_of(refusal x) noexcept {
  return row(x).sentence;
}

bool is_shortage(refusal x) noexcept {
  switch (x) {
    case refusal::too_many_rooms:
    case refusal::too_many_rooms_of_socket:
    case refusal::room_full:
    case refusal::too_many_seats:
    case refusal::too_many_seats_of_address:
    case refusal::too_many_parked:
    case refusal::too_many_parked_of_socket:
      return true;
    default:
      return false;
  }
}

arguments make_error_event(const std::string& event, refusal why,
                           const std::optional<std::string>& room_id) {
  nlohmann::json details{{"event", event}, {"code", code_of(why)}, {"message", sentence_of(why)}};
  if (room_id) details["room"] = *room_id;
  return {nlohmann::json::array({"signaler-error", std::move(details)})
              .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          {}};
}

caf::error make_error(refusal x) {
  return {static_cast<std::uint8_t>(x), category};
}

refusal to_refusal(const caf::error& x) noexcept {
  return x.category() == category ? static_cast<refusal>(x.code()) : refusal::shutting_down;
}

} // namespace reliable_signaler
