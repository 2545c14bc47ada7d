// The upgrade from polling to WebSocket, and everything that may go wrong on the way.
#include "engine_fixture.hpp"

#define CAF_SUITE wire_upgrade
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;
using namespace std::chrono_literals;

namespace {

struct fixture : engine_fixture {
  void upgrades() {
    probe_opens();
    probe("2probe");
    probe("5");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(upgrade_tests, fixture)

CAF_TEST(a_probe_is_answered_and_releases_the_pending_get) {
  get();
  CAF_CHECK(probe_opens());
  CAF_CHECK_EQUAL(probe("2probe"), "probe:'3probe', get:'6'");
  CAF_CHECK_EQUAL(probe("5"), "switch, ws:queue");
  CAF_CHECK(session.current() == transport::websocket);
  CAF_CHECK_EQUAL(ws("4a"), "text:'a'");
}

CAF_TEST(polling_works_as_ever_until_the_probe_speaks) {
  CAF_CHECK(probe_opens());
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(queued(), "get:queue");
}

CAF_TEST(later_gets_are_answered_at_once_too) {
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(get(), "get:'6'");
  CAF_CHECK_EQUAL(get(), "get:'6'");
}

CAF_TEST(what_is_queued_during_the_upgrade_is_not_kept_from_a_poll) {
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(queued(), "");
  CAF_CHECK_EQUAL(get(true), "get:queue");
}

CAF_TEST(many_gets_during_one_upgrade_are_slowed_down) {
  probe_opens();
  probe("2probe");
  for (int i = 0; i < 4; ++i) CAF_CHECK_EQUAL(get(), "get:'6'");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(wait(), 100);
  CAF_CHECK_EQUAL(after(99ms), "");
  CAF_CHECK_EQUAL(after(1ms), "get:'6'");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(queued(), "get:queue");
  CAF_CHECK_EQUAL(after(100ms), "");
  CAF_CHECK_EQUAL(wait(), 9'800);
}

CAF_TEST(a_second_attempt_is_as_quick_as_the_first) {
  probe_opens();
  probe("2probe");
  for (int i = 0; i < 5; ++i) get();
  session.on_probe_closed();
  CAF_CHECK_EQUAL(queued(), "get:queue");
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(get(), "get:'6'");
}

CAF_TEST(what_was_queued_during_the_upgrade_is_flushed_after_it) {
  probe_opens();
  probe("2probe");
  queued();
  CAF_CHECK_EQUAL(probe("5"), "switch, ws:queue");
  CAF_CHECK_EQUAL(queued(), "ws:queue");
}

CAF_TEST(a_get_that_pends_when_the_upgrade_is_done_is_released) {
  limits.eager_noops = 0;
  probe_opens();
  probe("2probe");
  get();
  CAF_CHECK_EQUAL(probe("5"), "get:'6', switch, ws:queue");
}

CAF_TEST(a_ping_that_fell_due_during_the_upgrade_goes_out_on_the_websocket) {
  after(24'999ms);
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(after(1ms), "");
  CAF_CHECK_EQUAL(probe("5"), "switch, ws:'2', ws:queue");
  CAF_CHECK_EQUAL(ws("3"), "");
  CAF_CHECK_EQUAL(wait(), 25'000);
}

CAF_TEST(a_wrong_probe_closes_only_the_new_socket) {
  for (const std::string_view frame :
       {"2", "2other", "3probe", "4a", "5", "1", "", "x", "2probe "}) {
    opens(transport::polling);
    CAF_CHECK(probe_opens());
    CAF_CHECK_EQUAL(probe(frame), "probe:close");
    CAF_CHECK_EQUAL(probe("2probe"), "");
    CAF_CHECK(session.is_open());
    CAF_CHECK_EQUAL(get(true), "get:queue");
  }
}

CAF_TEST(nonsense_after_the_probe_closes_only_the_new_socket) {
  get();
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(probe("4a"), "probe:close");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(queued(), "get:queue");
}

CAF_TEST(a_binary_frame_on_the_probe_closes_it) {
  probe_opens();
  CAF_CHECK_EQUAL(probe_binary(), "probe:close");
  CAF_CHECK_EQUAL(probe_binary(), "");
}

CAF_TEST(a_half_open_upgrade_is_given_up_in_time) {
  probe_opens();
  after(5s);
  probe("2probe");
  CAF_CHECK_EQUAL(wait(), 5'000);
  CAF_CHECK_EQUAL(after(4'999ms), "");
  CAF_CHECK_EQUAL(after(1ms), "probe:close");
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK(session.is_open());
}

CAF_TEST(a_poll_held_for_a_dead_upgrade_becomes_an_ordinary_one) {
  limits.eager_noops = 0;
  probe_opens();
  probe("2probe");
  get();
  session.on_probe_closed();
  CAF_CHECK_EQUAL(after(100ms), "");
  CAF_CHECK_EQUAL(queued(), "get:queue");
}

CAF_TEST(a_second_probe_is_refused_while_the_first_lives) {
  CAF_CHECK(probe_opens());
  CAF_CHECK(!probe_opens());
  session.on_probe_closed();
  CAF_CHECK(probe_opens());
  CAF_CHECK_EQUAL(probe("2probe"), "probe:'3probe'");
}

CAF_TEST(a_second_websocket_is_refused_once_the_session_is_on_one) {
  upgrades();
  CAF_CHECK(!probe_opens());
  opens(transport::websocket);
  CAF_CHECK(!probe_opens());
}

CAF_TEST(polling_after_the_upgrade_is_refused_and_harms_nothing) {
  upgrades();
  CAF_CHECK_EQUAL(get(true), "reject:3");
  CAF_CHECK_EQUAL(post_begins(), "reject:3");
  CAF_CHECK_EQUAL(post_body("4a"), "");
  CAF_CHECK_EQUAL(ws("4b"), "text:'b'");
}

CAF_TEST(an_upgrade_may_not_overtake_a_post) {
  probe_opens();
  probe("2probe");
  post_begins();
  CAF_CHECK_EQUAL(probe("5"), "probe:close");
  CAF_CHECK_EQUAL(post_body("4a"), "text:'a'");
  CAF_CHECK_EQUAL(post_taken(), "post:ok");
  CAF_CHECK(session.current() == transport::polling);
}

CAF_TEST(the_end_of_a_session_takes_its_probe_along) {
  get();
  probe_opens();
  CAF_CHECK_EQUAL(post("1"), "get:'6', post:ok, probe:close, closed:client_closed");
}

CAF_TEST(a_server_close_during_the_upgrade_is_finished_on_the_websocket) {
  probe_opens();
  probe("2probe");
  CAF_CHECK_EQUAL(server_closes(true), "");
  CAF_CHECK(!session.is_open());
  CAF_CHECK_EQUAL(probe("5"), "switch, ws:queue, ws:close 1000, closed:server_closed");
}

CAF_TEST(a_session_that_is_closing_takes_no_owed_ping_along) {
  after(24'999ms);
  probe_opens();
  probe("2probe");
  after(1ms);
  server_closes(false);
  CAF_CHECK_EQUAL(probe("5"), "switch, ws:queue, ws:close 1000, closed:server_closed");
}

CAF_TEST(a_server_close_during_the_upgrade_is_finished_by_a_poll_if_that_comes_first) {
  probe_opens();
  probe("2probe");
  server_closes(true);
  CAF_CHECK_EQUAL(get(true), "get:queue");
  CAF_CHECK_EQUAL(get(false), "get:'1', probe:close, closed:server_closed");
}

CAF_TEST_FIXTURE_SCOPE_END()
