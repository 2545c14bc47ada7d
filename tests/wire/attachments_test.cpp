// Binary packets: placeholders and attachments must fit, frames follow without interruption.
#include "socket_fixture.hpp"

#define CAF_SUITE wire_attachments
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

struct fixture : socket_fixture {
  fixture() { connects(); }

  // The answer to a binary packet in a session of its own.
  std::string fresh(std::string_view packet) {
    opens();
    connects();
    return text(packet);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(attachments_tests, fixture)

CAF_TEST(an_event_is_whole_when_its_attachments_are_there) {
  CAF_CHECK_EQUAL(text(R"(52-7["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"),
                  "nothing");
  CAF_CHECK_EQUAL(binary("one"), "nothing");
  CAF_CHECK_EQUAL(
      binary(""),
      R"(event / #7 'a' ["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])"
      " +'one' +''");
  CAF_CHECK_EQUAL(text(R"(2["b"])"), R"(event / 'b' ["b"])");
}

CAF_TEST(the_text_of_a_binary_packet_is_kept_while_its_attachments_travel) {
  {
    std::string packet = R"(51-["n\u0061me",{"_placeholder":true,"num":0}])";
    text(packet);
    packet.assign(packet.size(), 'x');
  }
  CAF_CHECK_EQUAL(binary("b"),
                  R"(event / 'name' ["n\u0061me",{"_placeholder":true,"num":0}] +'b')");
}

CAF_TEST(an_ack_may_hold_attachments) {
  connects("/admin");
  CAF_CHECK_EQUAL(text(R"(61-/admin,3[{"_placeholder":true,"num":0}])"), "nothing");
  CAF_CHECK_EQUAL(binary("b"), R"(ack /admin #3 [{"_placeholder":true,"num":0}] +'b')");
}

CAF_TEST(text_instead_of_an_attachment_ends_the_session) {
  text(R"(51-["a",{"_placeholder":true,"num":0}])");
  CAF_CHECK_EQUAL(text(R"(2["b"])"), "attachment_missing");
  CAF_CHECK_EQUAL(binary("late"), "attachment_missing");
}

CAF_TEST(a_client_that_goes_between_a_packet_and_its_attachments_has_gone) {
  text(R"(51-["a",{"_placeholder":true,"num":0}])");
  CAF_CHECK_EQUAL(text("1"), "disconnect /");
  CAF_CHECK_EQUAL(binary("late"), "attachment_surplus");
}

CAF_TEST(a_client_that_leaves_one_namespace_between_a_packet_and_its_attachments_keeps_the_other) {
  connects("/admin");
  text(R"(51-["a",{"_placeholder":true,"num":0}])");
  CAF_CHECK_EQUAL(text("1/admin,"), "disconnect /admin");
  CAF_CHECK_EQUAL(text(R"(2["b"])"), R"(event / 'b' ["b"])");
}

CAF_TEST(a_surplus_attachment_ends_the_session) {
  CAF_CHECK_EQUAL(binary("b"), "attachment_surplus");
  opens();
  connects();
  text(R"(51-["a",{"_placeholder":true,"num":0}])");
  binary("b");
  CAF_CHECK_EQUAL(binary("c"), "attachment_surplus");
}

CAF_TEST(nested_placeholders_are_found) {
  CAF_CHECK_EQUAL(text(R"(52-["a",{"x":[1,{"y":{"_placeholder":true,"num":1}}]},)"
                       R"({"num":0, "_placeholder" : true }])"),
                  "nothing");
}

CAF_TEST(one_attachment_may_be_named_twice) {
  CAF_CHECK_EQUAL(text(R"(51-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])"),
                  "nothing");
}

CAF_TEST(ten_attachments_are_allowed_and_eleven_are_not) {
  std::string arguments = R"(["a")";
  for (int i = 0; i < 10; ++i) {
    arguments += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + "}";
  }
  CAF_CHECK_EQUAL(text("510-" + arguments + "]"), "nothing");
  CAF_CHECK_EQUAL(fresh("511-" + arguments + R"(,{"_placeholder":true,"num":10}])"),
                  "too_many_attachments");
}

CAF_TEST(placeholders_out_of_range_are_refused) {
  for (const std::string num :
       {"1", "10", "-1", "-0", "0.0", "0e0", "\"0\"", "null", "true", "[0]", "4294967295",
        "18446744073709551616", "99999999999999999999999999"}) {
    CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":true,"num":)" + num + "}]"),
                    "bad_placeholder");
  }
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":true}])"), "bad_placeholder");
}

CAF_TEST(attachments_that_nothing_names_are_refused) {
  CAF_CHECK_EQUAL(fresh(R"(51-["a"])"), "bad_placeholder");
  CAF_CHECK_EQUAL(fresh(R"(52-["a",{"_placeholder":true,"num":0}])"), "bad_placeholder");
  CAF_CHECK_EQUAL(fresh(R"(51-["_placeholder","num",true,0])"), "bad_placeholder");
}

CAF_TEST(what_only_looks_like_a_placeholder_is_data) {
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":1,"num":5},{"_placeholder":false,"num":6},)"
                        R"({"num":7},"{\"_placeholder\":true}",{"_placeholder":true,"num":0}])"),
                  "nothing");
}

CAF_TEST(the_last_of_equal_keys_counts) {
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":true,"num":9,"num":0}])"), "nothing");
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":true,"num":0,"num":9}])"), "bad_placeholder");
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"_placeholder":true,"_placeholder":0,"num":0}])"),
                  "bad_placeholder");
}

CAF_TEST(escapes_hide_no_placeholder) {
  CAF_CHECK_EQUAL(fresh(R"(51-["a",{"\u005fplaceholder":true,"n\u0075m":3}])"), "bad_placeholder");
}

CAF_TEST(a_namespace_left_between_header_and_attachment_ignores_the_packet) {
  text(R"(51-["a",{"_placeholder":true,"num":0}])");
  session.disconnected_by_server("/");
  CAF_CHECK_EQUAL(binary("b"), "nothing");
  CAF_CHECK_EQUAL(text("0"), "connect /");
}

CAF_TEST_FIXTURE_SCOPE_END()
