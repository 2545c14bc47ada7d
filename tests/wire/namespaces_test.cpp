// Who may say what when: connect first, once per namespace, in time.
#include "socket_fixture.hpp"

#define CAF_SUITE wire_namespaces
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;
using namespace std::chrono_literals;

namespace {

struct fixture : socket_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(namespaces_tests, fixture)

CAF_TEST(a_client_connects_and_then_speaks) {
  CAF_CHECK_EQUAL(text(R"(0{"token":1})"), R"(connect / {"token":1})");
  session.accepted("/");
  CAF_CHECK(session.is_connected("/"));
  CAF_CHECK_EQUAL(text(R"(2["a",1])"), R"(event / 'a' ["a",1])");
  CAF_CHECK_EQUAL(text(R"(25["a"])"), R"(event / #5 'a' ["a"])");
  CAF_CHECK_EQUAL(text("37[true]"), "ack / #7 [true]");
  CAF_CHECK_EQUAL(text("1"), "disconnect /");
  CAF_CHECK(!session.is_connected("/"));
}

CAF_TEST(namespaces_are_independent) {
  connects("/");
  CAF_CHECK_EQUAL(text("0/admin,{}"), "connect /admin {}");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), R"(event / 'a' ["a"])");
  session.accepted("/admin");
  CAF_CHECK_EQUAL(text(R"(2/admin,["b"])"), R"(event /admin 'b' ["b"])");
  CAF_CHECK_EQUAL(text("1/"), "disconnect /");
  CAF_CHECK_EQUAL(text(R"(2/admin,["b"])"), R"(event /admin 'b' ["b"])");
}

CAF_TEST(the_root_namespace_is_not_entered_implicitly) {
  connects("/admin");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), "namespace_not_connected");
}

CAF_TEST(anything_before_the_connect_ends_the_session) {
  for (const auto packet :
       {R"(2["a"])", "30[]", "1", R"(51-["a",{"_placeholder":true,"num":0}])"}) {
    opens();
    CAF_CHECK_EQUAL(text(packet), "namespace_not_connected");
  }
  opens();
  CAF_CHECK_EQUAL(binary("x"), "attachment_surplus");
}

CAF_TEST(what_comes_before_the_decision_waits_for_it_with_all_behind_it) {
  connects("/other");
  text("0");
  for (const auto packet : {R"(2["a"])", R"(21["b"])", R"(51-["c",{"_placeholder":true,"num":0}])"})
    CAF_CHECK_EQUAL(text(packet), "nothing");
  CAF_CHECK_EQUAL(binary("x"), "nothing");
  CAF_CHECK_EQUAL(text(R"(2/other,["d"])"), "nothing");
  CAF_CHECK_EQUAL(text("1"), "nothing");
  CAF_CHECK_EQUAL(text("0"), "nothing");
  CAF_CHECK_EQUAL(early(), "");
  session.accepted("/");
  CAF_CHECK_EQUAL(early(), R"(event / 'a' ["a"]; event / #1 'b' ["b"]; nothing; )"
                           R"(event / 'c' ["c",{"_placeholder":true,"num":0}] +'x'; )"
                           R"(event /other 'd' ["d"]; disconnect /; connect /)");
  CAF_CHECK_EQUAL(text(R"(2["e"])"), "nothing"); // the second CONNECT is not decided yet
  session.refused("/");
  CAF_CHECK_EQUAL(early(), "nothing");
  CAF_CHECK_EQUAL(text(R"(2/other,["f"])"), R"(event /other 'f' ["f"])");
}

CAF_TEST(what_waited_for_a_refusal_is_ignored) {
  text("0");
  text(R"(2["a"])");
  session.refused("/");
  CAF_CHECK_EQUAL(early(), "nothing");
  CAF_CHECK_EQUAL(text("0"), "connect /");
}

CAF_TEST(what_waited_and_is_wrong_ends_the_session_when_its_turn_comes) {
  text("0");
  text(R"(2["a"])");
  CAF_CHECK_EQUAL(text("x"), "nothing");
  session.accepted("/");
  CAF_CHECK_EQUAL(early(), R"(event / 'a' ["a"]; bad_socket_packet_type)");
  CAF_CHECK_EQUAL(text("0"), "bad_socket_packet_type");
}

CAF_TEST(what_waits_is_limited) {
  limits.max_early_bytes = 2 * (6 + early_message_bytes);
  text("0");
  for (int i = 0; i < 2; ++i) CAF_CHECK_EQUAL(text(R"(2["a"])"), "nothing");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), "too_much_before_connect");
  session.accepted("/");
  CAF_CHECK_EQUAL(early(), "");
}

CAF_TEST(a_second_connect_ends_the_session) {
  connects();
  CAF_CHECK_EQUAL(text("0"), "namespace_connected_twice");
  opens();
  connects("/admin");
  CAF_CHECK_EQUAL(text("0/admin"), "namespace_connected_twice");
}

CAF_TEST(a_second_connect_ends_the_session_even_if_the_first_is_decided_later) {
  text("0");
  CAF_CHECK_EQUAL(text("0/,{}"), "connect / {}");
  CAF_CHECK(session.accepted("/") == wire_error::namespace_connected_twice);
  CAF_CHECK(!session.is_connected("/"));
  CAF_CHECK_EQUAL(text("0"), "namespace_connected_twice");
}

CAF_TEST(every_connect_is_refused_by_itself) {
  connects();
  for (int i = 0; i < 2; ++i) CAF_CHECK_EQUAL(text("0/nowhere"), "connect /nowhere");
  session.refused("/nowhere");
  session.refused("/nowhere");
  CAF_CHECK_EQUAL(text(R"(2/nowhere,["optimist"])"), "nothing");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), R"(event / 'a' ["a"])");
}

CAF_TEST(a_client_refused_once_may_be_accepted_at_its_second_try) {
  text("0");
  text("0");
  session.refused("/");
  CAF_CHECK(session.accepted("/") == wire_error::none);
  CAF_CHECK_EQUAL(text(R"(2["a"])"), R"(event / 'a' ["a"])");
  CAF_CHECK_EQUAL(text("0"), "namespace_connected_twice");
}

CAF_TEST(connects_under_way_are_limited) {
  limits.max_connects_under_way = 3;
  for (int i = 0; i < 3; ++i) CAF_CHECK_EQUAL(text("0"), "connect /");
  CAF_CHECK_EQUAL(text("0"), "namespace_connected_twice");
}

CAF_TEST(an_error_is_final) {
  connects();
  CAF_CHECK_EQUAL(text("x"), "bad_socket_packet_type");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), "bad_socket_packet_type");
  CAF_CHECK_EQUAL(binary("x"), "bad_socket_packet_type");
}

CAF_TEST(a_refused_client_may_ask_again) {
  text("0");
  session.refused("/");
  CAF_CHECK_EQUAL(text(R"(2["optimist"])"), "nothing");
  CAF_CHECK_EQUAL(text("0{}"), "connect / {}");
  session.accepted("/");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), R"(event / 'a' ["a"])");
}

CAF_TEST(late_packets_after_a_disconnect_by_the_server_are_ignored) {
  connects();
  session.disconnected_by_server("/");
  CAF_CHECK(!session.is_connected("/"));
  CAF_CHECK_EQUAL(text(R"(2["late"])"), "nothing");
  CAF_CHECK_EQUAL(text("30[]"), "nothing");
  CAF_CHECK_EQUAL(text(R"(51-["late",{"_placeholder":true,"num":0}])"), "nothing");
  CAF_CHECK_EQUAL(binary("x"), "nothing");
  CAF_CHECK(in.attachments.empty());
  CAF_CHECK_EQUAL(text("1"), "nothing");
  CAF_CHECK_EQUAL(text("0"), "connect /");
}

CAF_TEST(late_packets_that_are_no_packets_still_end_the_session) {
  connects();
  session.disconnected_by_server("/");
  CAF_CHECK_EQUAL(text("2[]"), "bad_payload");
}

CAF_TEST(packets_after_a_disconnect_by_the_client_end_the_session) {
  connects();
  text("1");
  CAF_CHECK_EQUAL(text(R"(2["a"])"), "namespace_not_connected");
}

CAF_TEST(a_client_may_leave_and_come_back) {
  connects("/admin");
  CAF_CHECK_EQUAL(text("1/admin"), "disconnect /admin");
  CAF_CHECK_EQUAL(text("0/admin"), "connect /admin");
  session.accepted("/admin");
  CAF_CHECK_EQUAL(text(R"(2/admin,["a"])"), R"(event /admin 'a' ["a"])");
}

CAF_TEST(answers_to_nobody_change_nothing) {
  session.accepted("/");
  session.refused("/");
  session.disconnected_by_server("/");
  CAF_CHECK(!session.is_connected("/"));
  connects();
  session.refused("/");
  CAF_CHECK(session.is_connected("/"));
}

CAF_TEST(the_number_of_namespaces_is_limited) {
  limits.max_namespaces = 2;
  connects("/");
  connects("/a");
  CAF_CHECK_EQUAL(text("0/b"), "too_many_namespaces");
}

CAF_TEST(namespaces_that_were_left_make_room) {
  limits.max_namespaces = 2;
  connects("/");
  for (const std::string nsp : {"/a", "/b", "/c"}) {
    CAF_CHECK_EQUAL(text("0" + nsp), "connect " + nsp);
    session.refused(nsp);
  }
  connects("/d");
  CAF_CHECK(session.is_connected("/d"));
  CAF_CHECK_EQUAL(text("0/e"), "too_many_namespaces");
}

CAF_TEST(a_left_root_makes_room_too) {
  limits.max_namespaces = 1;
  connects("/");
  session.disconnected_by_server("/");
  CAF_CHECK_EQUAL(text("0/a"), "connect /a");
  CAF_CHECK_EQUAL(text("0"), "too_many_namespaces");
}

CAF_TEST(a_client_that_never_connects_is_given_up) {
  CAF_CHECK(session.deadline() == now + 45s);
  CAF_CHECK(session.tick(now + 44'999ms) == wire_error::none);
  CAF_CHECK(session.tick(now + 45s) == wire_error::connect_timeout);
  CAF_CHECK(session.deadline() == time_point::max());
  CAF_CHECK_EQUAL(text("0"), "connect_timeout");
}

CAF_TEST(only_an_accepted_connect_ends_the_wait) {
  text("0");
  session.refused("/");
  CAF_CHECK(session.tick(now + 45s) == wire_error::connect_timeout);
  opens();
  connects();
  CAF_CHECK(session.deadline() == time_point::max());
  CAF_CHECK(session.tick(now + 100h) == wire_error::none);
}

CAF_TEST(an_idle_session_is_small) {
  CAF_CHECK(sizeof(socket_io_session) <= 64);
}

CAF_TEST_FIXTURE_SCOPE_END()
