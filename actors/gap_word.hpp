// What a client that speaks our extension is told when something may be missing. No actors.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "event.hpp"
#include "messages.hpp"

namespace reliable_signaler {

/// One room that the client sits in.
struct gap_room {
  std::string id;
  roster who;
};

/// A gap that a client has not been told of yet.
struct gap_to_tell {
  std::string reason;
  std::vector<gap_room> rooms = {};
};

/// How many members of each room are to be asked for, so that the word of a gap names as many as it
/// can: what is left of its `bytes` beside the names of the rooms, in equal shares.
std::size_t members_per_room(const std::vector<std::string>& room_ids, std::size_t bytes);

/// The word: `["signaler-gap",{"reason","rooms":[{"room","members","more"?}],"more"?}]`, in at most
/// so many bytes where these are 128 or more. Rooms that do not fit are left out; the last "more"
/// says how many.
arguments make_gap_word(std::string_view reason, const std::vector<gap_room>& rooms,
                        std::size_t bytes);

} // namespace reliable_signaler
