// How sessions end: by the client, by the server after draining, at once, or by loss.
#include "engine_fixture.hpp"

#define CAF_SUITE wire_close
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;
using namespace std::chrono_literals;

namespace {

struct fixture : engine_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(close_tests, fixture)

CAF_TEST(a_client_close_on_polling_releases_the_pending_get_with_a_noop) {
  get();
  CAF_CHECK_EQUAL(post("1"), "get:'6', post:ok, closed:client_closed");
}

CAF_TEST(messages_in_front_of_a_client_close_are_delivered_and_those_behind_are_not) {
  CAF_CHECK_EQUAL(post("4a\x1e"
                       "1\x1e"
                       "4b"),
                  "text:'a', post:ok, closed:client_closed");
}

CAF_TEST(a_client_close_on_websocket_is_answered_with_a_close_frame) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(ws("1"), "ws:close 1000, closed:client_closed");
  CAF_CHECK_EQUAL(ws("4a"), "");
  CAF_CHECK_EQUAL(ws_closes(), "");
}

CAF_TEST(a_lost_websocket_ends_the_session) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(ws_closes(), "closed:transport_closed");
  CAF_CHECK_EQUAL(ws_closes(), "");
}

CAF_TEST(a_frame_that_is_no_packet_ends_a_websocket_session) {
  for (const std::string_view frame : {"", "7", "a", "b", "bAQID", "2", "2probe"}) {
    opens(transport::websocket);
    CAF_CHECK_EQUAL(ws(frame), "ws:close 1002, closed:parse_error");
  }
}

CAF_TEST(a_frame_over_the_limit_ends_a_websocket_session) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(ws_too_large(), "ws:close 1009, closed:payload_too_large");
}

CAF_TEST(a_server_close_on_websocket_drains_first) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(server_closes(true), "ws:queue, ws:close 1000, closed:server_closed");
}

CAF_TEST(a_server_close_on_websocket_without_anything_queued_just_closes) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(server_closes(false), "ws:close 1000, closed:server_closed");
}

CAF_TEST(a_server_close_on_polling_uses_the_pending_get) {
  get();
  CAF_CHECK_EQUAL(server_closes(false), "get:'1', closed:server_closed");
  opens(transport::polling);
  get();
  CAF_CHECK_EQUAL(server_closes(true), "get:queue");
  CAF_CHECK_EQUAL(get(false), "get:'1', closed:server_closed");
}

CAF_TEST(a_server_close_on_polling_waits_for_the_next_get) {
  CAF_CHECK_EQUAL(server_closes(true), "");
  CAF_CHECK_EQUAL(post("4late"), "post:ok");
  CAF_CHECK_EQUAL(get(true), "get:queue");
  CAF_CHECK_EQUAL(get(false), "get:'1', closed:server_closed");
}

CAF_TEST(a_server_close_on_polling_does_not_wait_for_ever) {
  server_closes(true);
  CAF_CHECK_EQUAL(wait(), 30'000);
  CAF_CHECK_EQUAL(after(30s), "closed:server_closed");
}

CAF_TEST(a_second_server_close_changes_nothing) {
  server_closes(true);
  CAF_CHECK_EQUAL(server_closes(false), "");
  CAF_CHECK(!session.is_closed());
}

CAF_TEST(a_client_may_close_a_session_that_the_server_is_closing) {
  server_closes(true);
  CAF_CHECK_EQUAL(post("1"), "post:ok, closed:client_closed");
}

CAF_TEST(an_abort_drains_nothing) {
  get();
  CAF_CHECK_EQUAL(server_aborts(close_reason::connect_timeout), "get:'1', closed:connect_timeout");
  opens(transport::websocket);
  CAF_CHECK_EQUAL(server_aborts(close_reason::slow_consumer),
                  "ws:close 1008, closed:slow_consumer");
}

CAF_TEST(an_abort_cuts_a_close_short) {
  server_closes(true);
  CAF_CHECK_EQUAL(server_aborts(close_reason::server_shutdown), "closed:server_shutdown");
  CAF_CHECK_EQUAL(server_aborts(close_reason::server_shutdown), "");
}

CAF_TEST(binary_frames_are_delivered_as_they_are) {
  opens(transport::websocket);
  CAF_CHECK_EQUAL(ws_binary("\x01\x02"), "binary:'\x01\x02'");
  CAF_CHECK_EQUAL(ws_binary(""), "binary:''");
}

CAF_TEST_FIXTURE_SCOPE_END()
