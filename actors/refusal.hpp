// Why a request was refused: the codes that answer requests. A refused connection lives on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/error.hpp>

#include "event.hpp"

namespace reliable_signaler {

/// Each value has a machine-readable code, code_of(), and a sentence, sentence_of().
enum class refusal : std::uint8_t {
  /// Reserved: CAF takes zero for "no error".
  none = 0,
  /// `invalid-room-id`: not a string, empty, or longer than limits::room_id_bytes.
  invalid_room_id,
  /// `room-taken`: the room is exclusive and somebody else owns it.
  room_taken,
  /// `too-many-rooms`: the server holds limits::rooms rooms already.
  too_many_rooms,
  /// `too-many-rooms-of-socket`: this socket sits in limits::rooms_per_socket rooms already.
  too_many_rooms_of_socket,
  /// `displaced`: the room is exclusive, and one has come who has shown that it was his own; so the
  /// seat is a member's now.
  displaced,
  /// `room-full`: the room has limits::seats_per_room seats already.
  room_full,
  /// `too-many-seats`: the server holds limits::seats seats already.
  too_many_seats,
  /// `too-many-seats-of-address`: the clients of this network address hold, or wait for,
  /// limits::seats_per_address seats already.
  too_many_seats_of_address,
  /// `too-many-parked`: limits::parked_joiners questions wait already.
  too_many_parked,
  /// `too-many-parked-of-socket`: limits::parked_per_socket questions of this socket wait already.
  too_many_parked_of_socket,
  /// `lobby-closed`: the socket is in no room and the lobby is switched off or full.
  lobby_closed,
  /// `lobby-rate`: the lobby relays limits::lobby_events_per_second already.
  lobby_rate,
  /// `superseded`: the same socket has asked for the same room again.
  /// Both questions are answered when the room opens; of an actor that asks, only
  /// the later one.
  superseded,
  /// `cancelled`: the asker has cancelled, left, or disconnected.
  cancelled,
  /// `number-out-of-order`: an event's number is not the one after the last.
  number_out_of_order,
  /// `token-refused`: what the client has shown to prove who it was, or what it owned, was not made
  /// by this server, not for this client, or too long ago. It is served as one who has shown
  /// nothing.
  token_refused,
  /// `too-many-wrong-claims`: limits::wrong_claims_per_minute of this network address were wrong,
  /// so none is looked at before the minute is over.
  /// It is served as one who claims nothing.
  too_many_wrong_claims,
  /// `shutting-down`: the server is going away.
  shutting_down,
};

/// The code as clients see it; "" for none.
std::string_view code_of(refusal x) noexcept;

/// One English sentence without a full stop; "" for none.
std::string_view sentence_of(refusal x) noexcept;

/// Whether something that was asked of a room would have been one too many: of rooms, seats or
/// questions, in all or of the socket, the room or the address.
bool is_shortage(refusal x) noexcept;

/// The event by which a client hears of a refusal beside its acknowledgements: `signaler-error
/// {event, room?, code, message}`.
arguments make_error_event(const std::string& event, refusal why,
                           const std::optional<std::string>& room_id);

/// Makes refusals usable as CAF errors, category `refusal`.
caf::error make_error(refusal x);

/// The refusal inside a CAF error; anything that is not one of ours reads as shutting_down, since
/// only a stopped actor answers so.
refusal to_refusal(const caf::error& x) noexcept;

} // namespace reliable_signaler
