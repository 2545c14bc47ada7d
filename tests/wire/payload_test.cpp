// Engine.IO frames and payloads as values.
#include <string>

#include "net/wire/engine_io.hpp"

#define CAF_SUITE wire_payload
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;

namespace {

std::string describe(const engine_packet& packet) {
  const std::string type = packet.binary ? "b" : std::to_string(static_cast<int>(packet.type));
  return type + "'" + std::string(packet.data) + "'";
}

struct fixture {
  wire_limits limits;

  // The packets, then the error if there is one.
  std::string read(std::string body) {
    std::string all;
    payload_reader reader(body, limits);
    for (engine_packet packet; reader.next(packet);) all += describe(packet) + " ";
    if (reader.error() != wire_error::none) all += to_string(reader.error());
    engine_packet none;
    CAF_CHECK(!reader.next(none));
    return all;
  }

  static std::string frame(std::string_view text) {
    engine_packet packet;
    const auto error = decode_engine_frame(text, packet);
    return error == wire_error::none ? describe(packet) : std::string(to_string(error));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(payload_tests, fixture)

CAF_TEST(a_frame_is_a_type_digit_and_data) {
  CAF_CHECK_EQUAL(frame("4hello"), "4'hello'");
  CAF_CHECK_EQUAL(frame("2probe"), "2'probe'");
  CAF_CHECK_EQUAL(frame("0{}"), "0'{}'");
  CAF_CHECK_EQUAL(frame("6"), "6''");
  CAF_CHECK_EQUAL(frame("4\x1e"), "4'\x1e'");
}

CAF_TEST(frames_of_unknown_types_are_refused) {
  CAF_CHECK_EQUAL(frame(""), "empty_packet");
  CAF_CHECK_EQUAL(frame("7"), "unknown_packet_type");
  CAF_CHECK_EQUAL(frame("b"), "unknown_packet_type");
  CAF_CHECK_EQUAL(frame(" 4"), "unknown_packet_type");
  CAF_CHECK_EQUAL(frame("\xFF"), "unknown_packet_type");
}

CAF_TEST(a_payload_is_packets_with_separators_between_them) {
  CAF_CHECK_EQUAL(read("4a"), "4'a' ");
  CAF_CHECK_EQUAL(read("4a\x1e"
                       "3\x1e"
                       "1"),
                  "4'a' 3'' 1'' ");
  CAF_CHECK_EQUAL(read("4hello\x1e"
                       "bAQIDBA==\x1e"
                       "4\xE2\x82\xAC"),
                  "4'hello' b'\x01\x02\x03\x04' 4'\xE2\x82\xAC' ");
  CAF_CHECK_EQUAL(read("b"), "b'' ");
}

CAF_TEST(empty_parts_are_refused) {
  CAF_CHECK_EQUAL(read(""), "empty_packet");
  CAF_CHECK_EQUAL(read("\x1e"
                       "4a"),
                  "empty_packet");
  CAF_CHECK_EQUAL(read("4a\x1e"), "4'a' empty_packet");
  CAF_CHECK_EQUAL(read("4a\x1e\x1e"
                       "4b"),
                  "4'a' empty_packet");
}

CAF_TEST(a_bad_part_ends_the_reading) {
  CAF_CHECK_EQUAL(read("4a\x1e"
                       "x\x1e"
                       "4b"),
                  "4'a' unknown_packet_type");
  CAF_CHECK_EQUAL(read("4a\x1e"
                       "bAQ\x1e"
                       "4b"),
                  "4'a' invalid_base64");
  CAF_CHECK_EQUAL(read("4a\x1e"
                       "b A=="),
                  "4'a' invalid_base64");
}

CAF_TEST(the_whole_payload_must_be_utf8) {
  CAF_CHECK_EQUAL(read("4a\x1e"
                       "4\xFF"),
                  "invalid_utf8");
  CAF_CHECK_EQUAL(read("4\xE2\x82\x1e"
                       "4\xAC"),
                  "invalid_utf8");
  CAF_CHECK_EQUAL(read("4\xED\xA0\x80"), "invalid_utf8");
}

CAF_TEST(size_and_number_of_packets_are_limited) {
  limits.max_payload_bytes = 6;
  limits.max_packets_per_payload = 2;
  CAF_CHECK_EQUAL(read("412345"), "4'12345' ");
  CAF_CHECK_EQUAL(read("4123456"), "payload_too_large");
  CAF_CHECK_EQUAL(read("3\x1e"
                       "3"),
                  "3'' 3'' ");
  CAF_CHECK_EQUAL(read("3\x1e"
                       "3\x1e"
                       "3"),
                  "3'' 3'' too_many_packets");
}

CAF_TEST(what_is_appended_can_be_read_back) {
  std::string payload;
  append_payload_packet(payload, "4a");
  append_payload_binary(payload, std::string_view("\0\xFF", 2));
  append_payload_packet(payload, "2");
  CAF_CHECK_EQUAL(payload,
                  "4a\x1e"
                  "bAP8=\x1e"
                  "2");
  CAF_CHECK_EQUAL(read(payload), "4'a' b'" + std::string("\0\xFF", 2) + "' 2'' ");
}

CAF_TEST(the_size_of_a_binary_packet_is_known_beforehand) {
  for (std::size_t size = 0; size < 10; ++size) {
    std::string payload;
    append_payload_binary(payload, std::string(size, 'x'));
    CAF_CHECK_EQUAL(payload.size(), payload_binary_size(size));
  }
}

CAF_TEST(the_open_packet_has_exactly_its_five_keys_in_order) {
  std::string out;
  append_open_packet(out, "abc-123", true, limits);
  CAF_CHECK_EQUAL(out, R"(0{"sid":"abc-123","upgrades":["websocket"],"pingInterval":25000,)"
                       R"("pingTimeout":20000,"maxPayload":1000000})");
  out.clear();
  limits.ping_interval = std::chrono::milliseconds(300);
  append_open_packet(out, "x", false, limits);
  CAF_CHECK_EQUAL(out, R"(0{"sid":"x","upgrades":[],"pingInterval":300,)"
                       R"("pingTimeout":20000,"maxPayload":1000000})");
}

CAF_TEST_FIXTURE_SCOPE_END()
