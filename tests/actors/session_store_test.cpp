// Tests of sessions that outlive their transport: seats kept, claimed, or given up in time.
#define CAF_SUITE actors_session_store
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

struct store_fixture : signaler_fixture {
  store_fixture() {
    signaler_options options;
    options.grace = 10s;
    options.limits.held_sessions = 3;
    start(options);
  }

  void advance(caf::timespan by) {
    sched.advance_time(by);
    settle();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(store_tests, store_fixture)

CAF_TEST(a_lost_socket_keeps_its_seat_for_the_grace_period_counted_from_the_loss) {
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  advance(7s);
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().held_sessions, 1);
  CAF_CHECK_EQUAL(counts().seats, 1);
  CAF_CHECK_EQUAL(counts().sockets, 0);
  advance(9999ms);
  CAF_CHECK_EQUAL(counts().seats, 1);
  advance(1ms);
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
  CAF_CHECK_EQUAL(counts().seats, 0);
  CAF_CHECK_EQUAL(counts().rooms, 0);
  CAF_CHECK(!sched.has_pending_timeout());
}

CAF_TEST(who_comes_back_with_the_secret_has_its_id_and_its_rooms) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  const auto id = alice.port->id;
  alice.loses_transport();
  settle();
  comes_back("alice");
  CAF_CHECK_EQUAL(alice.port->id, id);
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
  CAF_CHECK_EQUAL(counts().seats, 2);
  alice.hears();
  bob.says("hello again");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["message","hello again"])"});
  alice.says("thanks");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message","thanks"])"});
  CAF_CHECK(!sched.has_pending_timeout() || counts().held_sessions == 0);
}

CAF_TEST(a_member_comes_back_as_a_member) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  bob.loses_transport();
  settle();
  comes_back("bob");
  alice.loses_transport();
  settle();
  auto& carol = connect("carol");
  carol.asks("r1", 1); // bob owns nothing: the room is closed
  settle();
  CAF_CHECK(carol.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
}

CAF_TEST(a_room_is_closed_while_its_owner_is_away_and_open_when_he_is_back) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  alice.loses_transport();
  settle();
  bob.asks("r1", 1);
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  comes_back("alice");
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 1 ["r1"])"});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(a_secret_proves_its_own_session_and_no_other) {
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  const auto pid = alice.port->pid;
  alice.loses_transport();
  settle();
  auto& mallory = connect("mallory");
  const auto own = mallory.port->id;
  mallory.loses_transport();
  // The same id with a wrong secret, cut off, prolonged, and no pid at all.
  for (const auto& wrong : {pid.substr(0, 20) + "AAAAAAAAAAAAAAAAAAAA", pid.substr(0, 39),
                            pid + "A", std::string{"nonsense"}, std::string{}}) {
    mallory.port->pid = wrong;
    mallory.port->offset = alice.port->offset;
    comes_back("mallory");
    CAF_CHECK(mallory.port->id != alice.port->id);
    CAF_CHECK(mallory.port->id != own);
    CAF_CHECK_EQUAL(counts().seats, 1);
    mallory.leaves();
    mallory.loses_transport();
    settle();
  }
  const std::string malformed = "pid_refused";
  CAF_CHECK_EQUAL(logged, (lines{"claim_refused", malformed, malformed, malformed}));
  CAF_CHECK_EQUAL(counts().wrong_claims, 4);
  comes_back("alice");
  CAF_CHECK_EQUAL(alice.port->pid, pid);
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(a_secret_or_an_offset_that_is_no_text_is_ignored) {
  auto& alice = connect("alice");
  const auto id = alice.port->id;
  const auto pid = alice.port->pid;
  alice.loses_transport();
  settle();
  for (const auto& auth :
       {std::string{R"({"pid":{"a":1},"offset":7})"}, R"({"pid":")" + pid + R"(","offset":7})",
        R"({"pid":")" + pid + "\"}", R"({"pid":[")" + pid + R"("],"offset":"x"})"}) {
    auto& again = open_session("alice");
    again.connects("/", auth);
    settle();
    CAF_CHECK_EQUAL(again.hears(), (lines{"connected", "hello"}));
    CAF_CHECK(again.port->id != id);
    again.leaves();
    again.loses_transport();
    settle();
  }
}

CAF_TEST(leaving_frees_the_seat_at_once) {
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.leaves();
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
  CAF_CHECK_EQUAL(counts().seats, 0);
}

CAF_TEST(at_the_limit_the_oldest_held_session_goes) {
  for (const auto* name : {"a", "b", "c", "d"}) {
    connect(name).opens(name);
    settle();
    clients[name].loses_transport();
    settle();
  }
  CAF_CHECK_EQUAL(counts().held_sessions, 3);
  CAF_CHECK_EQUAL(counts().rooms, 3);
  CAF_CHECK_EQUAL(logged, lines{"session_evicted"});
  CAF_CHECK_EQUAL(counts().evicted_sessions, 1);
  const auto id = clients["b"].port->id;
  comes_back("b");
  CAF_CHECK_EQUAL(clients["b"].port->id, id);
}

CAF_TEST(held_sessions_are_given_up_when_the_server_goes) {
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.loses_transport();
  settle();
  server->stop();
  settle();
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
  CAF_CHECK_EQUAL(counts().seats, 0);
  CAF_CHECK_EQUAL(counts().rooms, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
