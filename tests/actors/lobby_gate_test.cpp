// Tests of the lobby's bounds.
#include "lobby_gate.hpp"

#define CAF_SUITE actors_lobby_gate
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;
using namespace std::chrono_literals;

CAF_TEST(as_many_members_enter_as_are_allowed_and_one_more_when_one_has_left) {
  lobby_gate gate{2, 1};
  CAF_CHECK(gate.enter());
  CAF_CHECK(gate.enter());
  CAF_CHECK(!gate.enter());
  CAF_CHECK_EQUAL(gate.members(), 2u);
  gate.leave();
  CAF_CHECK(gate.enter());
  CAF_CHECK(!gate.enter());
}

CAF_TEST(a_second_of_events_may_come_at_once_and_then_as_many_as_time_has_passed_for) {
  lobby_gate gate{1, 10};
  const lobby_gate::time_point start{1h};
  for (int i = 0; i < 10; ++i) CAF_CHECK(gate.admit(start));
  CAF_CHECK(!gate.admit(start));
  CAF_CHECK(!gate.admit(start + 50ms));
  CAF_CHECK(gate.admit(start + 100ms));
  CAF_CHECK(!gate.admit(start + 100ms));
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += gate.admit(start + 1h) ? 1 : 0;
  CAF_CHECK_EQUAL(admitted, 10);
}
