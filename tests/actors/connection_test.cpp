// Tests of connections: namespaces, handlers, ends.
#define CAF_SUITE actors_connection
#include <stdexcept>

#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

CAF_TEST_FIXTURE_SCOPE(connection_tests, signaler_fixture)

CAF_TEST(a_known_namespace_is_connected_and_an_unknown_one_refused) {
  auto& alice = open_session("alice");
  alice.connects("/");
  alice.connects("/nowhere");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"connected", "/nowhere refused Invalid namespace"}));
  CAF_CHECK_EQUAL(alice.port->accepted, lines{"/"});
  CAF_CHECK_EQUAL(alice.port->refused, lines{"/nowhere"});
  CAF_CHECK_EQUAL(counts().sockets, 1);
}

CAF_TEST(namespaces_of_one_connection_are_sockets_of_their_own) {
  namespace_table table;
  install_reliable_signaler(table.of("/other"));
  start({}, std::move(table));
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.connects("/other");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/other connected"});
  alice.opens("r1", 1);
  alice.emits("keep-in-server", R"(["keep-in-server","r1"])", 1, "/other");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"answer 1 []", "/other answer 1 []"}));
  CAF_CHECK_EQUAL(counts().rooms, 2);
  bob.asks("r1");
  settle();
  bob.says("hi");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["message","hi"])"});
  alice.leaves("/other");
  settle();
  CAF_CHECK_EQUAL(counts().rooms, 1);
  CAF_CHECK_EQUAL(counts().sockets, 2);
}

CAF_TEST(leaving_a_namespace_keeps_the_connection) {
  auto& alice = connect("alice");
  alice.leaves();
  settle();
  CAF_CHECK_EQUAL(counts().sockets, 0);
  CAF_CHECK_EQUAL(counts().connections, 1);
  CAF_CHECK(!alice.port->closed);
  alice.connects();
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"connected"});
}

CAF_TEST(events_of_a_namespace_that_is_not_connected_are_ignored) {
  auto& alice = open_session("alice");
  alice.opens("r1", 1);
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(counts().rooms, 0);
}

CAF_TEST(events_that_nobody_handles_are_ignored) {
  auto& alice = connect("alice");
  alice.emits("hello", R"(["hello"])", 1);
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(alice.port->unfinished, 0);
}

CAF_TEST(disconnect_handlers_run_once_with_the_reason) {
  lines reasons;
  namespace_table table;
  table.of("/").on_disconnect(
      [&](socket&, std::string_view reason) { reasons.emplace_back(reason); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.leaves();
  alice.loses_transport();
  bob.loses_transport();
  settle();
  CAF_CHECK_EQUAL(reasons, (lines{"client namespace disconnect", "transport close"}));
}

CAF_TEST(a_handler_that_throws_is_logged_and_harms_nobody) {
  namespace_table table;
  table.of("/").on("boom", [](socket&, const event_ptr&, const acknowledgement&) {
    throw std::runtime_error("boom");
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("boom", R"(["boom"])");
  alice.opens("r1", 1);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(logged, lines{"handler_failed"});
}

CAF_TEST(a_socket_may_disconnect_itself_inside_its_handler) {
  namespace_table table;
  table.of("/").on("bye", [](socket& s, const event_ptr&, const acknowledgement& ack) {
    s.disconnect();
    ack.send({"[]", {}});
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.emits("bye", R"(["bye"])", 1);
  alice.emits("bye", R"(["bye"])", 2);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"disconnected"});
  CAF_CHECK_EQUAL(alice.port->dropped, lines{"/"});
  CAF_CHECK_EQUAL(counts().sockets, 0);
  CAF_CHECK_EQUAL(counts().rooms, 0);
  CAF_CHECK_EQUAL(counts().connections, 1);
}

CAF_TEST(a_connection_that_is_ended_says_goodbye_in_every_namespace_and_closes) {
  auto& alice = connect("alice");
  caf::anon_send(alice.actor, end_connection{});
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"disconnected"});
  CAF_CHECK(alice.port->closed);
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().connections, 0);
}

CAF_TEST(a_connection_that_has_ended_and_still_waits_for_a_session_is_not_ended_again) {
  signaler_options options;
  options.grace = std::chrono::minutes{1};
  start(options);
  connect("alice").loses_transport();
  settle();
  auto& alice = open_session("alice");
  const auto actor = alice.actor;
  alice.connects_again();
  alice.loses_transport();
  caf::anon_send(actor, end_connection{});
  settle();
  CAF_CHECK_EQUAL(counts().connections, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
