// Pings and pongs in simulated time.
#include "engine_fixture.hpp"

#define CAF_SUITE wire_heartbeat
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;
using namespace std::chrono_literals;

namespace {

struct fixture : engine_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(heartbeat_tests, fixture)

CAF_TEST(the_first_ping_goes_out_one_interval_after_the_opening) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(wait(), 25'000);
  CAF_CHECK_EQUAL(after(24'999ms), "");
  CAF_CHECK_EQUAL(after(1ms), "ws:'2'");
  CAF_CHECK_EQUAL(wait(), 20'000);
}

CAF_TEST(the_pong_restarts_the_interval) {
  opens(transport::websocket);
  after(25s);
  CAF_CHECK_EQUAL(after(7s), "");
  CAF_CHECK_EQUAL(ws("3"), "");
  CAF_CHECK_EQUAL(wait(), 25'000);
  CAF_CHECK_EQUAL(after(25s), "ws:'2'");
}

CAF_TEST(a_missing_pong_ends_the_session) {
  opens(transport::websocket);
  after(25s);
  CAF_CHECK_EQUAL(after(19'999ms), "");
  CAF_CHECK_EQUAL(after(1ms), "ws:close 1000, closed:ping_timeout");
  CAF_CHECK_EQUAL(wait(), -1);
}

CAF_TEST(messages_are_no_substitute_for_a_pong) {
  opens(transport::websocket);
  after(25s);
  ws("4a");
  CAF_CHECK_EQUAL(after(20s), "ws:close 1000, closed:ping_timeout");
}

CAF_TEST(a_pong_that_nobody_asked_for_changes_nothing) {
  opens(transport::websocket);
  after(20s);
  CAF_CHECK_EQUAL(ws("3"), "");
  CAF_CHECK_EQUAL(wait(), 5'000);
}

CAF_TEST(a_late_tick_still_leaves_the_client_its_full_time) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(after(60s), "ws:'2'");
  CAF_CHECK_EQUAL(wait(), 20'000);
}

CAF_TEST(on_polling_the_ping_goes_out_with_the_pending_get) {
  get();
  CAF_CHECK_EQUAL(after(25s), "get:'2'+queue");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(post("3"), "post:ok");
  CAF_CHECK_EQUAL(wait(), 25'000);
}

CAF_TEST(on_polling_a_ping_without_a_pending_get_goes_out_with_the_next) {
  CAF_CHECK_EQUAL(after(25s), "");
  CAF_CHECK_EQUAL(wait(), 20'000);
  now += 3s;
  CAF_CHECK_EQUAL(get(true), "get:'2'+queue");
  CAF_CHECK_EQUAL(get(), "");
}

CAF_TEST(a_pong_ahead_of_its_ping_makes_the_ping_needless) {
  after(25s);
  post("3");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(wait(), 25'000);
}

CAF_TEST(on_polling_a_client_that_stays_away_is_gone_after_interval_and_timeout) {
  after(25s);
  CAF_CHECK_EQUAL(after(20s), "closed:ping_timeout");
}

CAF_TEST(a_missing_pong_answers_the_pending_get_with_a_close) {
  get();
  after(25s);
  get();
  CAF_CHECK_EQUAL(after(20s), "get:'1', closed:ping_timeout");
}

CAF_TEST(a_get_after_the_deadline_finds_no_session_even_if_the_tick_is_late) {
  after(25s);
  now += 20s;
  CAF_CHECK_EQUAL(get(true), "reject:1, closed:ping_timeout");
}

CAF_TEST(a_session_that_is_closing_gets_no_more_pings_but_its_pong_is_still_awaited) {
  server_closes(true);
  CAF_CHECK_EQUAL(after(29s), "");
  CAF_CHECK_EQUAL(wait(), 1'000);
  opens(transport::polling);
  after(25s);
  server_closes(true);
  post("3");
  CAF_CHECK_EQUAL(wait(), 30'000);
  opens(transport::polling);
  after(25s);
  server_closes(true);
  CAF_CHECK_EQUAL(after(20s), "closed:ping_timeout");
}

CAF_TEST_FIXTURE_SCOPE_END()
