// Socket.IO packets as values: the grammar, its limits, and what servers write.
#include <string>

#include "net/wire/socket_io.hpp"

#define CAF_SUITE wire_packet
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;

namespace {

struct fixture {
  wire_limits limits;

  // `type nsp [#id] [+attachments] [name:'..'] json`, or the error.
  std::string read(std::string_view text) {
    socket_packet packet;
    std::string storage;
    const auto error = decode_socket_packet(text, limits, packet, storage);
    if (error != wire_error::none) return std::string(to_string(error));
    std::string all = std::to_string(static_cast<int>(packet.type)) + " " + std::string(packet.nsp);
    if (packet.id) all += " #" + std::to_string(*packet.id);
    if (packet.attachments != 0) all += " +" + std::to_string(packet.attachments);
    if (!packet.event.empty()) all += " '" + std::string(packet.event) + "'";
    if (!packet.json.empty()) all += " " + std::string(packet.json);
    return all;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(packet_tests, fixture)

CAF_TEST(connect_takes_nothing_or_an_object) {
  CAF_CHECK_EQUAL(read("0"), "0 /");
  CAF_CHECK_EQUAL(read(R"(0{"token":"123"})"), R"(0 / {"token":"123"})");
  CAF_CHECK_EQUAL(read("0/admin,"), "0 /admin");
  CAF_CHECK_EQUAL(read("0/admin"), "0 /admin");
  CAF_CHECK_EQUAL(read("0/,"), "0 /");
  CAF_CHECK_EQUAL(read("0/admin,{}"), "0 /admin {}");
  for (const auto text : {"0[]", "0\"a\"", "0null", "0true", "0/admin,[]"}) {
    CAF_CHECK_EQUAL(read(text), "bad_payload");
  }
  CAF_CHECK_EQUAL(read("0{"), "malformed_json");
  CAF_CHECK_EQUAL(read("0 "), "malformed_json");
}

CAF_TEST(disconnect_takes_nothing) {
  CAF_CHECK_EQUAL(read("1"), "1 /");
  CAF_CHECK_EQUAL(read("1/admin,"), "1 /admin");
  CAF_CHECK_EQUAL(read("1{}"), "bad_payload");
  CAF_CHECK_EQUAL(read("1 "), "bad_payload");
}

CAF_TEST(an_event_is_an_array_with_a_name_in_front) {
  CAF_CHECK_EQUAL(read(R"(2["hello",1])"), R"(2 / 'hello' ["hello",1])");
  CAF_CHECK_EQUAL(read(R"(2/admin,456["hello"])"), R"(2 /admin #456 'hello' ["hello"])");
  CAF_CHECK_EQUAL(read(R"(212[ "hello" ] )"), R"(2 / #12 'hello' [ "hello" ])");
  CAF_CHECK_EQUAL(read("2[7,1]"), "2 / '7' [7,1]");
  CAF_CHECK_EQUAL(read("2[-1.5]"), "2 / '-1.5' [-1.5]");
  CAF_CHECK_EQUAL(read(R"(2["__proto__",{"__proto__":1}])"),
                  R"(2 / '__proto__' ["__proto__",{"__proto__":1}])");
  CAF_CHECK_EQUAL(read(R"(2[""])"), R"(2 / [""])");
}

CAF_TEST(an_event_of_another_shape_is_refused) {
  for (const auto text : {"2", "2/admin,", "2/admin", "2{}", "2\"a\"", "2[]", "2[ ]", "2[null]",
                          "2[[]]", "2[{}]", "2[true,\"a\"]", "25"}) {
    CAF_CHECK_EQUAL(read(text), "bad_payload");
  }
  CAF_CHECK_EQUAL(read("25 6"), "bad_payload");
  CAF_CHECK_EQUAL(read(R"(2["a")"), "malformed_json");
  CAF_CHECK_EQUAL(read(R"(2["a"]x)"), "malformed_json");
  CAF_CHECK_EQUAL(read("2[\"\xFF\"]"), "invalid_utf8");
}

CAF_TEST(an_escaped_name_is_decoded) {
  CAF_CHECK_EQUAL(read(R"(2["\u0061\"b"])"), R"(2 / 'a"b' ["\u0061\"b"])");
}

CAF_TEST(reserved_names_are_refused_however_they_are_written) {
  for (const std::string name : {"connect", "connect_error", "disconnect", "disconnecting",
                                 "newListener", "removeListener"}) {
    CAF_CHECK_EQUAL(read("2[\"" + name + "\"]"), "reserved_event");
    CAF_CHECK_EQUAL(read("51-[\"" + name + R"(",{"_placeholder":true,"num":0}])"),
                    "reserved_event");
    CAF_CHECK_EQUAL(read("2[\"" + name + "2\"]").substr(0, 3), "2 /");
  }
  CAF_CHECK_EQUAL(read(R"(2["dis\u0063onnect"])"), "reserved_event");
}

CAF_TEST(an_ack_has_an_id_and_an_array) {
  CAF_CHECK_EQUAL(read("30[]"), "3 / #0 []");
  CAF_CHECK_EQUAL(read(R"(3/admin,13["ok"])"), R"(3 /admin #13 ["ok"])");
  CAF_CHECK_EQUAL(read("3[]"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("3"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("31"), "bad_payload");
  CAF_CHECK_EQUAL(read("31{}"), "bad_payload");
}

CAF_TEST(ids_are_decimal_digits_below_2_to_the_53) {
  CAF_CHECK_EQUAL(read("39007199254740991[]"), "3 / #9007199254740991 []");
  CAF_CHECK_EQUAL(read("39007199254740992[]"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("318446744073709551616[]"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("3007[]"), "3 / #7 []");
  CAF_CHECK_EQUAL(read("3-1[]"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("3+1[]"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("31.5[]"), "malformed_json");
  CAF_CHECK_EQUAL(read("31e3[]"), "malformed_json");
  CAF_CHECK_EQUAL(read("01{}"), "bad_ack_id");
  CAF_CHECK_EQUAL(read("11"), "bad_ack_id");
}

CAF_TEST(binary_packets_announce_their_attachments) {
  CAF_CHECK_EQUAL(read(R"(51-["a",{"_placeholder":true,"num":0}])"),
                  R"(5 / +1 'a' ["a",{"_placeholder":true,"num":0}])");
  CAF_CHECK_EQUAL(read(R"(51-/admin,7["a",{"num":0,"_placeholder":true}])"),
                  R"(5 /admin #7 +1 'a' ["a",{"num":0,"_placeholder":true}])");
  CAF_CHECK_EQUAL(read(R"(62-3[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])"),
                  R"(6 / #3 +2 [{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])");
}

CAF_TEST(bad_attachment_counts_are_refused) {
  for (const auto text :
       {R"(5["a"])", R"(5-["a"])", R"(5a-["a"])", R"(51["a"])", "5", "51", "51.5-[]",
        R"(5-1-["a"])", R"(5 1-["a"])", R"(50-["a"])", R"(500-["a"])", "6", "6[]"}) {
    CAF_CHECK_EQUAL(read(text), "bad_attachment_count");
  }
  CAF_CHECK_EQUAL(read(R"(511-["a"])"), "too_many_attachments");
  CAF_CHECK_EQUAL(read(R"(599999999999999999999999-["a"])"), "too_many_attachments");
}

CAF_TEST(an_ack_with_attachments_needs_an_id_too) {
  CAF_CHECK_EQUAL(read(R"(61-[{"_placeholder":true,"num":0}])"), "bad_ack_id");
}

CAF_TEST(unknown_types_and_those_of_servers_are_refused) {
  for (const auto text :
       {"", "4", "4{\"message\":\"x\"}", "7", "9[]", "a", "-1", "\xFF", " 2[\"a\"]"}) {
    CAF_CHECK_EQUAL(read(text), "bad_socket_packet_type");
  }
}

CAF_TEST(namespaces_are_limited_and_plain) {
  const std::string longest = "/" + std::string(255, 'n');
  CAF_CHECK_EQUAL(read("0" + longest + ","), "0 " + longest);
  CAF_CHECK_EQUAL(read("0" + longest + "n,"), "bad_namespace");
  CAF_CHECK_EQUAL(read("0/\xE2\x82\xAC,"), "0 /\xE2\x82\xAC");
  CAF_CHECK_EQUAL(read("0/\xE2\x82,"), "invalid_utf8");
  CAF_CHECK_EQUAL(read("0/a\x1e"
                       "b,"),
                  "bad_namespace");
  CAF_CHECK_EQUAL(read(std::string_view("0/\0,", 4)), "bad_namespace");
  CAF_CHECK_EQUAL(read("0/\x7F,"), "bad_namespace");
  CAF_CHECK_EQUAL(read("0/constructor,"), "0 /constructor");
}

CAF_TEST(nesting_is_limited) {
  const auto event = [](std::size_t depth) {
    return R"(2["a",)" + std::string(depth, '[') + std::string(depth, ']') + "]";
  };
  CAF_CHECK_EQUAL(read(event(63)).substr(0, 3), "2 /");
  CAF_CHECK_EQUAL(read(event(64)), "json_too_deep");
  CAF_CHECK_EQUAL(read(event(100'000)), "json_too_deep");
}

CAF_TEST(events_are_written_with_namespace_id_and_attachments) {
  const auto event = [](auto... more) {
    std::string out;
    append_event(out, more...);
    return out;
  };
  CAF_CHECK_EQUAL(event("/", R"(["a",1])"), R"(2["a",1])");
  CAF_CHECK_EQUAL(event("/admin", R"(["a"])", 7), R"(2/admin,7["a"])");
  CAF_CHECK_EQUAL(event("/", R"(["a"])", 0), R"(20["a"])");
  CAF_CHECK_EQUAL(event("/", "[]", std::nullopt, 2u), "52-[]");
  CAF_CHECK_EQUAL(event("/admin", "[]", 3, 1u), "51-/admin,3[]");
}

CAF_TEST(an_argument_can_be_added_to_an_event) {
  std::string out = "4";
  append_event(out, "/", R"(["a"])");
  append_argument(out, "e.s.1");
  CAF_CHECK_EQUAL(out, R"(42["a","e.s.1"])");
}

CAF_TEST(acks_are_written_with_their_id) {
  std::string out = "4";
  append_ack(out, "/", 12, "[1]");
  CAF_CHECK_EQUAL(out, "4312[1]");
  out.clear();
  append_ack(out, "/admin", 9'007'199'254'740'991u, "[]", 1);
  CAF_CHECK_EQUAL(out, "61-/admin,9007199254740991[]");
}

CAF_TEST(connects_refusals_and_disconnects_are_written) {
  std::string out;
  append_connect(out, "/", "abc");
  append_connect(out, "/admin", "abc", "p\"1");
  append_connect_error(out, "/x", "Invalid namespace");
  append_connect_error(out, "/", "no\n", R"({"code":1})");
  append_disconnect(out, "/");
  append_disconnect(out, "/admin");
  CAF_CHECK_EQUAL(out, R"(0{"sid":"abc"})"
                       R"(0/admin,{"sid":"abc","pid":"p\"1"})"
                       R"(4/x,{"message":"Invalid namespace"})"
                       R"(4{"message":"no\n","data":{"code":1}})"
                       "1"
                       "1/admin,");
}

CAF_TEST_FIXTURE_SCOPE_END()
