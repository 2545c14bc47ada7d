// Packets on their way out: frames, payloads, and the queue before the socket.
#include "net/outbound_packet.hpp"
#include "net/output_queue.hpp"
#include "net/packet_encoder.hpp"

#include <array>
#include <memory>
#include <string>

#define CAF_SUITE net_outbound
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::net;

namespace {

std::string drain(output_queue& queue, size_t at_a_time) {
  std::string result;
  while (!queue.empty()) {
    std::array<iovec, 4> pieces;
    const auto used = queue.gather(pieces);
    std::string front;
    for (size_t i = 0; i < used; ++i)
      front.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    std::string copied(at_a_time, '\0');
    copied.resize(queue.copy(copied.data(), at_a_time));
    CAF_CHECK_EQUAL(front.substr(0, copied.size()), copied.substr(0, front.size()));
    const auto count = std::min(at_a_time, front.size());
    result += front.substr(0, count);
    queue.consume(count);
  }
  return result;
}

std::string frames_of(const encoded_ptr& packet) {
  output_queue queue;
  static_cast<const outbound_packet&>(*packet).push_frames(queue);
  return drain(queue, 1'000'000);
}

std::string payload_of(const encoded_ptr& packet) {
  std::string result;
  static_cast<const outbound_packet&>(*packet).append_to_payload(result);
  return result;
}

} // namespace

CAF_TEST(a_queue_gives_out_what_went_in_however_it_is_taken) {
  for (const size_t size : {1, 2, 3, 5, 1'000}) {
    output_queue queue;
    std::string expected;
    for (int i = 0; i < 200; ++i) {
      const auto text = std::to_string(i);
      expected += text;
      queue.push(make_chunk(text));
      queue.push(make_chunk(""));
    }
    CAF_CHECK_EQUAL(queue.bytes(), expected.size());
    CAF_CHECK_EQUAL(drain(queue, size), expected);
    CAF_CHECK(queue.empty());
  }
}

CAF_TEST(an_event_is_one_text_frame_and_the_same_text_in_a_payload) {
  const packet_encoder encoder;
  const auto packet = encoder.event("/", {R"(["message",1])", {}}, std::nullopt, {});
  CAF_CHECK_EQUAL(frames_of(packet),
                  "\x81\x0f"
                  R"(42["message",1])");
  CAF_CHECK_EQUAL(payload_of(packet), R"(42["message",1])");
}

CAF_TEST(attachments_follow_as_binary_frames_and_as_base64) {
  const packet_encoder encoder;
  const auto bytes = std::make_shared<const std::string>("\x01\x02\x03");
  const arguments args{R"([{"_placeholder":true,"num":0}])", {bytes}};
  const auto packet = encoder.acknowledgement("/x", 7, args);
  const std::string text = R"(461-/x,7[{"_placeholder":true,"num":0}])";
  CAF_CHECK_EQUAL(frames_of(packet), "\x81" + std::string(1, static_cast<char>(text.size())) + text
                                         + "\x82\x03\x01\x02\x03");
  CAF_CHECK_EQUAL(payload_of(packet), text + "\x1e" "bAQID");
}

CAF_TEST(the_other_packets_of_a_namespace_are_encoded) {
  const packet_encoder encoder;
  CAF_CHECK_EQUAL(payload_of(encoder.connected("/", "S", "")), R"(40{"sid":"S"})");
  CAF_CHECK_EQUAL(payload_of(encoder.refused("/x", "no", "")), R"(44/x,{"message":"no"})");
  CAF_CHECK_EQUAL(payload_of(encoder.disconnected("/x")), "41/x,");
}

CAF_TEST(a_frame_header_has_the_shortest_length_that_fits) {
  const auto header = [](size_t size) {
    std::array<char, max_frame_header> bytes{};
    const auto used = write_frame_header(bytes.data(), frame_kind::binary, size);
    return std::string{bytes.data(), used};
  };
  CAF_CHECK_EQUAL(header(125), "\x82\x7d");
  CAF_CHECK_EQUAL(header(126), std::string("\x82\x7e\x00\x7e", 4));
  CAF_CHECK_EQUAL(header(65'535), "\x82\x7e\xff\xff");
  CAF_CHECK_EQUAL(header(65'536), std::string("\x82\x7f\0\0\0\0\0\x01\0\0", 10));
}
