// The word of a gap, written as text: of its members nothing needs escapes.
#include "gap_word.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace reliable_signaler {

namespace {

/// An id in quotes, and a comma.
constexpr std::size_t member_bytes = public_id::length + 3;
/// What stands around the name and the members of a room, and its `more`.
constexpr std::size_t room_bytes = 64;
/// What stands around the rooms: event, reason, and how many are left out.
constexpr std::size_t frame_bytes = 96;

std::string in_quotes(const std::string& room_id) {
  return nlohmann::json(room_id).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_more(std::string& out, std::size_t number) {
  if (number > 0) out.append(",\"more\":").append(std::to_string(number));
}

void append(std::string& out, const std::string& quoted_id, const roster& who) {
  if (out.back() != '[') out.push_back(',');
  out.append("{\"room\":").append(quoted_id).append(",\"members\":[");
  for (const auto& member : who.named) {
    if (out.back() != '[') out.push_back(',');
    out.append("\"").append(member.view()).append("\"");
  }
  out.append("]");
  append_more(out, who.more);
  out.append("}");
}

} // namespace

std::size_t members_per_room(const std::vector<std::string>& room_ids, std::size_t bytes) {
  auto taken = frame_bytes;
  for (const auto& id : room_ids) taken += room_bytes + in_quotes(id).size();
  if (room_ids.empty() || taken >= bytes) return 0;
  return (bytes - taken) / member_bytes / room_ids.size();
}

arguments make_gap_word(std::string_view reason, const std::vector<gap_room>& rooms,
                        std::size_t bytes) {
  std::string text{R"(["signaler-gap",{"reason":")"};
  text.append(reason).append("\",\"rooms\":[");
  std::size_t left_out = 0;
  auto taken = frame_bytes;
  for (const auto& room : rooms) {
    const auto id = in_quotes(room.id);
    const auto size = room_bytes + id.size() + member_bytes * room.who.named.size();
    if (taken + size > bytes) {
      ++left_out;
      continue;
    }
    taken += size;
    append(text, id, room.who);
  }
  text.append("]");
  append_more(text, left_out);
  return {text.append("}]"), {}};
}

} // namespace reliable_signaler
