// Every bound of the domain, named with its unit. The wire's own bounds stand in
// net/wire/limits.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace reliable_signaler {

/// The longest time that is measured, so that no sum of times overflows. What is said beside an
/// option or a call to take longer takes as long as that, or for ever.
inline constexpr std::chrono::seconds longest_time = std::chrono::years{10};

/// Bytes that the log shows of an offset which names nothing. Ours are shorter.
inline constexpr std::size_t logged_offset_bytes = 64;

/// Clients whose void tokens have expired that one leave makes the server forget. Of more the rest
/// stays until the next one, since others wait meanwhile.
inline constexpr int forgotten_per_leave = 64;

/// What happens at a limit stands beside it. The defaults suit one machine with 4 GiB to spare.
struct limits {
  /// Bytes in a room id. Longer ones, and empty ones, are refused (invalid-room-id).
  std::size_t room_id_bytes = 256;
  /// Rooms alive at once, in all namespaces. One more is refused (too-many-rooms).
  std::size_t rooms = 1'000'000;
  /// Rooms one socket may sit in or wait for at once. One more is refused
  /// (too-many-rooms-of-socket).
  std::size_t rooms_per_socket = 128;
  /// Rooms one client has left that are remembered, for as long as tokens are good, so that those
  /// from before no longer prove whose the room is. At one more the oldest is forgotten, and with
  /// it all tokens of this client from before it was left.
  std::size_t rooms_left_per_client = 64;
  /// The same of all clients together, those that are gone included. At one more the client that
  /// has not left a room for longest is forgotten, and with it all tokens from before its last
  /// leave, of it and of one in some ten thousand others.
  std::size_t rooms_left = 100'000;
  /// Bytes of the word of one gap, as JSON. It names its rooms, and of each the first members in an
  /// equal share of what is left; how many more there are is said as a number. Rooms whose names do
  /// not fit are only counted.
  std::size_t gap_bytes = 262'144;
  /// Seats in one room. One more is refused (room-full); a parked question then leaves the park.
  std::size_t seats_per_room = 10'000;
  /// Seats in all rooms. One more is refused (too-many-seats).
  std::size_t seats = 1'000'000;
  /// Acknowledgements that are kept when one socket asks for the same room again and again while it
  /// waits; of more the oldest are never answered.
  std::size_t answers_per_question = 16;
  /// Bytes of the latest events kept for one socket, so that its client gets what it missed: enough
  /// for the offers, answers and candidates of some twenty peers. Of more the oldest go; a client
  /// that needs them is told of the gap, or starts anew.
  std::size_t log_bytes = 131'072;
  /// The same for all sockets together, where bytes that a fan-out shares are charged to each.
  /// While it is exceeded a log that takes more keeps a sixteenth of its own bound.
  std::size_t log_bytes_in_all = 1'073'741'824;
  /// Sessions held for clients that have lost their transport. At one more the oldest is let go.
  std::size_t held_sessions = 100'000;

  // -- for the clients of one network address together, an IPv6 address counting with all that
  // share its first 64 bits. 0: without bound, as it must be where all come through one proxy

  /// Sessions held. At one more the oldest of that address is let go.
  std::size_t held_sessions_per_address = 0;
  /// Seats they hold or wait for, wherever they are now; so no more rooms either. One more is
  /// refused (too-many-seats-of-address).
  std::size_t seats_per_address = 0;
  /// Bytes kept for their sockets, whoever said them, as log_bytes_in_all counts them. While it is
  /// exceeded a log of that address that takes more keeps a sixteenth of its own bound, and no
  /// other log is touched. A session stays charged to the address it began at.
  std::size_t log_bytes_per_address = 0;
  /// Claims in one minute of the clock with a proof that is wrong. Further ones, right or wrong,
  /// are not looked at before the next minute (too-many-wrong-claims).
  std::size_t wrong_claims_per_minute = 0;
  /// Addresses whose wrong claims are counted in one minute, all together. Those of further ones
  /// are not: all that they claim is looked at.
  std::size_t addresses_with_wrong_claims = 65'536;

  /// Questions parked at once. One more is refused (too-many-parked).
  std::size_t parked_joiners = 1'000'000;
  /// Questions one socket may have parked at once. One more is refused (too-many-parked-of-socket).
  std::size_t parked_per_socket = 64;
  /// Questions of the server that one client has not answered yet. One more fails at once.
  std::size_t unanswered_per_socket = 1'000;
  /// Sockets in one namespace's lobby. One more is simply not in the lobby: it hears nothing there,
  /// and what it sends there is refused (lobby-closed).
  std::size_t lobby_members = 1'000;
  /// Events per second which one namespace's lobby relays; a burst of one second's worth is
  /// allowed. What exceeds it is refused (lobby-rate).
  std::uint32_t lobby_events_per_second = 200;
};

} // namespace reliable_signaler
