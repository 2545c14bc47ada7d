// Frames against the bytes of RFC 6455, and stamps that survive the way through a frame.
#include "bench/load/packet.hpp"

#include <string>
#include <string_view>

#include "bench/load/client.hpp"
#include "bench/scenarios/message.hpp"

#define CAF_SUITE bench_packet
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::bench;

namespace {

// What a server makes of a frame: RFC 6455, section 5.3.
std::string unmasked(std::string_view frame) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame[i]); };
  const auto size = byte(1) & 0x7f;
  const std::size_t mask = size == 126 ? 4 : size == 127 ? 10 : 2;
  std::string text;
  for (auto i = mask + 4; i < frame.size(); ++i)
    text += static_cast<char>(byte(i) ^ byte(mask + (i - mask - 4) % 4));
  return text;
}

} // namespace

CAF_TEST(lengths_are_written_in_the_shortest_form) {
  CAF_CHECK_EQUAL(encode_frame("").size(), 6u);
  CAF_CHECK_EQUAL(encode_frame(std::string(125, 'x')).size(), 6u + 125);
  CAF_CHECK_EQUAL(encode_frame(std::string(126, 'x')).size(), 8u + 126);
  CAF_CHECK_EQUAL(encode_frame(std::string(65'535, 'x')).size(), 8u + 65'535);
  CAF_CHECK_EQUAL(encode_frame(std::string(65'536, 'x')).size(), 14u + 65'536);
  const auto wide = encode_frame(std::string(0x1234, 'x'));
  CAF_CHECK_EQUAL(wide.substr(0, 4), std::string("\x81\xfe\x12\x34"));
}

CAF_TEST(a_frame_unmasks_to_its_text) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 70'000u}) {
    const std::string text(size, 'y');
    CAF_CHECK_EQUAL(unmasked(encode_frame(text)), text);
  }
}

CAF_TEST(an_event_has_an_id_only_when_it_wants_an_answer) {
  CAF_CHECK_EQUAL(event_text("keep-in-server", "r"), R"(42["keep-in-server","r"])");
  CAF_CHECK_EQUAL(event_text("keep-in-server", "r", 0), R"(420["keep-in-server","r"])");
}

CAF_TEST(a_stamp_is_read_back_from_text_and_frame) {
  stamped_message message{42, 300};
  for (const std::uint64_t value : {0ull, 7ull, 12'345'678'901'234'567ull}) {
    const auto& made = message.stamp(value);
    CAF_CHECK_EQUAL(unmasked(made.frame()), std::string{made.text()});
    const auto stamp = read_stamp(made.text().substr(2));
    CAF_REQUIRE(stamp.has_value());
    CAF_CHECK_EQUAL(stamp->value, value);
    CAF_CHECK_EQUAL(stamp->channel, 42u);
  }
}

CAF_TEST(other_events_have_no_stamp) {
  CAF_CHECK(!read_stamp(R"(["signaler-hello",{"v":1}])").has_value());
  CAF_CHECK(!read_stamp(R"(["message","hello"])").has_value());
}

CAF_TEST(members_of_an_answer_are_found_by_name) {
  const auto* answer = R"({"sid":"abc","pid":"def"})";
  CAF_CHECK_EQUAL(std::string{string_member(answer, "pid")}, "def");
  CAF_CHECK_EQUAL(std::string{string_member(answer, "sid")}, "abc");
  CAF_CHECK(string_member(answer, "offset").empty());
}
