// Tests of the word of a gap: what it says, and in how many bytes.
#include "gap_word.hpp"

#include <nlohmann/json.hpp>

#include "limits.hpp"

#define CAF_SUITE actors_gap_word
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;

namespace {

using names = std::vector<std::string>;

/// As rooms of `seats` each would answer.
std::vector<gap_room> answered(const names& rooms, std::size_t seats, std::size_t bytes) {
  const auto most = members_per_room(rooms, bytes);
  std::vector<gap_room> result;
  for (const auto& id : rooms) {
    const auto named = std::min(most, seats);
    result.push_back({id, {std::vector<public_id>(named, make_public_id()), seats - named}});
  }
  return result;
}

nlohmann::json parsed(const arguments& word) {
  return nlohmann::json::parse(word.json);
}

} // namespace

CAF_TEST(it_names_rooms_and_members) {
  const auto who = make_public_id();
  const auto word = make_gap_word("window", {{"r\"1", {{who}, 0}}, {"r2", {{}, 7}}}, 1'000);
  const nlohmann::json first{{"room", "r\"1"}, {"members", {std::string{who.view()}}}};
  const nlohmann::json second{{"room", "r2"}, {"members", nlohmann::json::array()}, {"more", 7}};
  const nlohmann::json says{{"reason", "window"}, {"rooms", {first, second}}};
  CAF_CHECK(parsed(word) == nlohmann::json({"signaler-gap", says}));
  CAF_CHECK_EQUAL(make_gap_word("restart", {}, 1'000).json,
                  R"(["signaler-gap",{"reason":"restart","rooms":[]}])");
}

CAF_TEST(it_is_within_its_bytes_whatever_the_names_of_its_rooms_are) {
  const limits bounds;
  for (const auto* letter : {"x", "\1", "\"", "\xc3\xa4", "\xff"})
    for (const std::size_t bytes : {std::size_t{400}, std::size_t{5'000}, bounds.gap_bytes}) {
      names rooms;
      while (rooms.size() < bounds.rooms_per_socket) {
        auto& id = rooms.emplace_back(std::to_string(rooms.size()));
        while (id.size() + std::string_view{letter}.size() <= bounds.room_id_bytes) id += letter;
      }
      const auto word = make_gap_word("window", answered(rooms, 1'000, bytes), bytes);
      CAF_CHECK_LESS_OR_EQUAL(word.json.size(), bytes);
      const auto says = parsed(word)[1];
      CAF_CHECK_EQUAL(says["rooms"].size() + says.value("more", 0u), rooms.size());
      if (bytes == bounds.gap_bytes) CAF_CHECK(!says.contains("more")); // all names always fit
    }
}

CAF_TEST(rooms_share_what_there_is_for_members) {
  const limits bounds;
  CAF_CHECK_GREATER(members_per_room({"r1"}, bounds.gap_bytes), 10'000u);
  CAF_CHECK_EQUAL(members_per_room({"r1", "r2"}, bounds.gap_bytes),
                  members_per_room({"r1", "r2", "r3", "r4"}, 2 * bounds.gap_bytes - 96));
  CAF_CHECK_EQUAL(members_per_room({"r1"}, 100), 0u);
  CAF_CHECK_EQUAL(members_per_room({}, bounds.gap_bytes), 0u);
}

CAF_TEST(members_are_copied_and_named_as_far_as_they_fit) {
  constexpr std::size_t seats = 10'000;
  const names rooms{"r1", "r2", "r3"};
  const auto all = answered(rooms, seats, limits{}.gap_bytes);
  std::size_t copied = 0;
  for (const auto& room : all) copied += room.who.named.size() * sizeof(public_id);
  CAF_CHECK_LESS(copied, limits{}.gap_bytes);
  const auto word = parsed(make_gap_word("window", all, limits{}.gap_bytes));
  for (const auto& room : word.at(1).at("rooms"))
    CAF_CHECK_EQUAL(room["members"].size() + room.value("more", std::size_t{0}), seats);
}
