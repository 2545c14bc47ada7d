// Packets on their way out: frames, payloads, what a log is charged for them, and the queue before
// the socket.
#include "net/outbound_packet.hpp"
#include "net/output_queue.hpp"
#include "net/packet_encoder.hpp"

#include <array>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/make_counted.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "actors/delivery_log.hpp"

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

CAF_TEST(a_log_is_charged_for_an_event_its_bytes_and_about_a_hundred_more) {
  const caf::detail::test_actor_clock clock;
  const delivery_rules::bounds bounds{1'000'000, 1'000'000, std::chrono::seconds{60}};
  const auto rules = caf::make_counted<const delivery_rules>(caf::make_counted<packet_encoder>(), 1,
                                                             clock, bounds);
  /// Beside its bytes.
  const auto charge_of = [&](const arguments& args, std::size_t bytes_of_attachments = 0) {
    delivery_log log;
    const auto id = rules->next_own();
    const auto packet = rules->encode("/", args, id);
    log.append(*rules, id, packet, rules->now());
    const auto charged = rules->bytes_kept();
    log.clear(*rules);
    const auto text = static_cast<const outbound_packet&>(*packet).text();
    return charged - static_cast<std::int64_t>(text.size() + bytes_of_attachments);
  };
  for (const std::size_t size : {0, 10, 1'000, 100'000}) {
    const auto charge = charge_of({R"(["message",")" + std::string(size, 'x') + "\"]", {}});
    CAF_CHECK(80 <= charge && charge <= 120);
  }
  const auto attachment = std::make_shared<const std::string>(1'000, 'x');
  const auto plain = charge_of({R"(["message",1,2])", {}});
  const auto binary = charge_of({R"(["message",{"_placeholder":true,"num":0},)"
                                 R"({"_placeholder":true,"num":1}])",
                                 {attachment, attachment}},
                                2 * attachment->size());
  CAF_CHECK(50 <= binary - plain && binary - plain <= 70);
  CAF_CHECK_EQUAL(rules->bytes_kept(), 0);
}
