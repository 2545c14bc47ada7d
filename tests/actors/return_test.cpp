// Tests of coming back to seats, and of what the client does before its rooms have answered.
#define CAF_SUITE actors_return
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

struct return_fixture : signaler_fixture {
  return_fixture() {
    signaler_options options;
    options.grace = 10s;
    start(options);
  }

  /// Connects again; its rooms have been asked for its seats, and have not answered.
  client& begins_to_come_back(const std::string& name) {
    auto& c = open_session(name);
    c.connects_again();
    while (c.port->received.empty()) sched.run_once();
    return c;
  }

  /// Owns r1, has lost its connection and begins to come back.
  client& returning_owner() {
    auto& alice = connect("alice");
    alice.opens("r1");
    settle();
    alice.loses_transport();
    settle();
    begins_to_come_back("alice");
    return alice;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(return_tests, return_fixture)

CAF_TEST(a_room_left_before_it_gave_the_seat_back_stays_left) {
  auto& alice = returning_owner();
  alice.emits("leave-room", R"(["leave-room","r1"])", 1);
  sched.prioritize(alice.actor);
  sched.run_once(); // the leaving, before the registry has passed the question on
  settle();
  CAF_CHECK_EQUAL(counts().seats.load(), 0);
  CAF_CHECK_EQUAL(counts().rooms.load(), 0);
}

CAF_TEST(who_leaves_a_room_before_it_gave_the_seat_back_and_asks_waits_for_another_owner) {
  auto& alice = returning_owner();
  alice.hears();
  alice.emits("leave-room", R"(["leave-room","r1"])", 1);
  alice.asks("r1", 2);
  for (int i = 0; i < 2; ++i) {
    sched.prioritize(alice.actor);
    sched.run_once();
  }
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(answer 1 [{"ok":true}])"});
  CAF_CHECK_EQUAL(counts().parked.load(), 1);
  CAF_CHECK_EQUAL(counts().seats.load(), 0);
}

CAF_TEST(a_room_left_before_it_gave_the_seat_back_opens_for_nobody_who_waits) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  alice.loses_transport();
  settle();
  bob.asks("r1", 1);
  settle();
  begins_to_come_back("alice");
  alice.emits("leave-room", R"(["leave-room","r1"])", 1);
  sched.prioritize(alice.actor);
  sched.run_once(); // the seat is gone before the room hears who has come back
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked.load(), 1);
  CAF_CHECK_EQUAL(counts().seats.load(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
