// Polling's rules: one GET and one POST at a time, everything queued in one poll, errors that end
// it.
#include "engine_fixture.hpp"

#define CAF_SUITE wire_polling
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

struct fixture : engine_fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(polling_tests, fixture)

CAF_TEST(the_first_get_is_answered_with_the_open_packet) {
  CAF_CHECK_EQUAL(opens(transport::polling), "get:open");
}

CAF_TEST(a_websocket_session_writes_the_open_packet) {
  CAF_CHECK_EQUAL(opens(transport::websocket), "ws:open");
}

CAF_TEST(a_get_waits_until_something_is_queued) {
  CAF_CHECK_EQUAL(get(), "");
  CAF_CHECK_EQUAL(queued(), "get:queue");
  CAF_CHECK_EQUAL(queued(), "");
}

CAF_TEST(a_get_takes_at_once_what_is_queued_already) {
  CAF_CHECK_EQUAL(queued(), "");
  CAF_CHECK_EQUAL(get(true), "get:queue");
}

CAF_TEST(a_post_is_answered_after_its_messages_were_taken) {
  CAF_CHECK_EQUAL(post_begins(), "");
  CAF_CHECK_EQUAL(post_taken(), "");
  CAF_CHECK_EQUAL(post_body("4a\x1e"
                            "4b\x1e"
                            "bAQID"),
                  "text:'a', text:'b', binary:'\x01\x02\x03'");
  CAF_CHECK_EQUAL(post_taken(), "post:ok");
  CAF_CHECK_EQUAL(post_taken(), "");
}

CAF_TEST(a_post_has_one_body) {
  post_begins();
  post_body("4a");
  CAF_CHECK_EQUAL(post_body("4b"), "");
}

CAF_TEST(a_post_may_come_before_any_get) {
  CAF_CHECK_EQUAL(post("40"), "text:'0', post:ok");
}

CAF_TEST(a_second_get_is_refused_and_ends_the_session) {
  get();
  CAF_CHECK_EQUAL(get(), "reject:3, get:'1', closed:overlapping_poll");
  CAF_CHECK(session.is_closed());
}

CAF_TEST(a_second_post_is_refused_and_ends_the_session) {
  get();
  post_begins();
  CAF_CHECK_EQUAL(post_begins(), "");
  CAF_CHECK_EQUAL(second_post_body("4a"), "get:'1', post:3, second:3, closed:overlapping_post");
  opens(transport::polling);
  post_begins();
  post_begins();
  CAF_CHECK_EQUAL(second_post_too_large(), "post:3, second:3, closed:overlapping_post");
  opens(transport::polling);
  post_begins();
  post_begins();
  CAF_CHECK_EQUAL(second_post_aborts(), "post:3, closed:overlapping_post");
}

CAF_TEST(a_second_post_is_refused_while_the_first_is_not_answered_yet) {
  post_begins();
  post_body("4a");
  post_begins();
  CAF_CHECK_EQUAL(second_post_body("1\x1e"
                                   "4b"),
                  "post:3, second:3, closed:overlapping_post");
}

CAF_TEST(a_second_post_is_refused_also_when_the_first_is_answered_before_its_body_comes) {
  post_begins();
  post_begins();
  CAF_CHECK_EQUAL(post_body("4a"), "text:'a'");
  CAF_CHECK_EQUAL(post_taken(), "post:ok");
  CAF_CHECK_EQUAL(second_post_body("4b"), "second:3, closed:overlapping_post");
}

CAF_TEST(a_third_post_is_refused_before_its_body_and_ends_the_session) {
  post_begins();
  post_begins();
  CAF_CHECK_EQUAL(post_begins(), "reject:3, post:3, second:3, closed:overlapping_post");
}

CAF_TEST(a_second_post_lets_no_upgrade_overtake_it) {
  probe_opens();
  probe("2probe");
  post_begins();
  post_begins();
  post_body("4a");
  post_taken();
  CAF_CHECK_EQUAL(probe("5"), "probe:close");
}

CAF_TEST(a_goodbye_is_taken_although_it_overtakes_the_abort_of_a_post) {
  get();
  post_begins();
  CAF_CHECK_EQUAL(post_begins(), "");
  CAF_CHECK_EQUAL(second_post_body("41\x1e"
                                   "1"),
                  "post:3, text:'1', get:'6', second:ok, closed:client_closed");
  opens(transport::polling);
  post_begins();
  post_body("4a"); // taken, but not answered yet
  post_begins();
  CAF_CHECK_EQUAL(second_post_body("1"), "post:ok, second:ok, closed:client_closed");
  opens(transport::polling);
  post_begins();
  post_begins();
  post_aborts();
  CAF_CHECK_EQUAL(second_post_body("1"), "second:ok, closed:client_closed");
  CAF_CHECK_EQUAL(second_post_body("1"), "");
  CAF_CHECK_EQUAL(second_post_aborts(), "");
}

CAF_TEST(what_is_broken_in_front_of_an_overtaking_goodbye_is_not_the_protocol) {
  post_begins();
  post_begins();
  CAF_CHECK_EQUAL(second_post_body("x\x1e"
                                   "1"),
                  "post:3, second:3, closed:parse_error");
}

CAF_TEST(an_aborted_get_ends_the_session_when_no_goodbye_follows) {
  get();
  get_aborts();
  CAF_CHECK_EQUAL(wait(), limits.goodbye_timeout.count());
  CAF_CHECK_EQUAL(after(limits.goodbye_timeout), "closed:transport_closed");
}

CAF_TEST(a_goodbye_is_taken_after_an_aborted_get) {
  get();
  get_aborts();
  CAF_CHECK_EQUAL(post("41\x1e"
                       "1"),
                  "text:'1', post:ok, closed:client_closed");
}

CAF_TEST(a_goodbye_is_taken_after_whatever_a_page_that_goes_was_sending) {
  // Answered after the poll was aborted.
  get();
  post_begins();
  get_aborts();
  post_body("4a");
  CAF_CHECK_EQUAL(post_taken(), "post:ok");
  CAF_CHECK_EQUAL(post("1"), "post:ok, closed:client_closed");
  // Aborted after it.
  opens(transport::polling);
  get();
  post_begins();
  get_aborts();
  CAF_CHECK_EQUAL(post_aborts(), "");
  CAF_CHECK_EQUAL(post("1"), "post:ok, closed:client_closed");
  // Aborted before it.
  opens(transport::polling);
  get();
  post_begins();
  CAF_CHECK_EQUAL(post_aborts(), "");
  get_aborts();
  CAF_CHECK_EQUAL(post("1"), "post:ok, closed:client_closed");
}

CAF_TEST(an_aborted_get_ends_the_session_with_whatever_else_follows) {
  get();
  get_aborts();
  CAF_CHECK(!probe_opens());
  CAF_CHECK_EQUAL(post("4a"), "text:'a', post:ok");
  CAF_CHECK_EQUAL(after(limits.goodbye_timeout), "closed:transport_closed");
  opens(transport::polling);
  get();
  get_aborts();
  CAF_CHECK_EQUAL(get(true), "reject:1, closed:transport_closed");
  opens(transport::polling);
  get();
  get_aborts();
  CAF_CHECK_EQUAL(queued(), "");
  CAF_CHECK_EQUAL(server_closes(true), "closed:server_closed");
  opens(transport::polling);
  probe_opens();
  probe("2probe");
  for (auto noops = 0u; noops <= limits.eager_noops; ++noops) get();
  get_aborts();
  CAF_CHECK_EQUAL(probe("5"), "probe:close");
}

CAF_TEST(an_aborted_get_asks_for_no_noop_any_more) {
  probe_opens();
  probe("2probe");
  for (auto noops = 0u; noops <= limits.eager_noops; ++noops) get();
  CAF_CHECK_EQUAL(wait(), limits.noop_interval.count());
  get_aborts();
  CAF_CHECK_EQUAL(wait(), limits.goodbye_timeout.count());
}

CAF_TEST(an_aborted_post_ends_the_session_when_no_goodbye_follows) {
  get();
  post_begins();
  CAF_CHECK_EQUAL(post_aborts(), "");
  CAF_CHECK_EQUAL(wait(), limits.goodbye_timeout.count());
  CAF_CHECK_EQUAL(after(limits.goodbye_timeout), "get:'1', closed:transport_closed");
}

CAF_TEST(no_further_abort_puts_off_the_end_of_a_session_that_awaits_a_goodbye) {
  get();
  get_aborts();
  const auto half = limits.goodbye_timeout / 2;
  CAF_CHECK_EQUAL(after(half), "");
  post_begins();
  CAF_CHECK_EQUAL(post_aborts(), "");
  CAF_CHECK_EQUAL(wait(), half.count());
  CAF_CHECK_EQUAL(after(half), "closed:transport_closed");
}

CAF_TEST(an_abort_while_the_server_closes_leaves_it_no_more_time) {
  post_begins();
  CAF_CHECK_EQUAL(server_closes(true), "");
  CAF_CHECK_EQUAL(after(limits.close_timeout - milliseconds{500}), "");
  CAF_CHECK_EQUAL(post_aborts(), "");
  CAF_CHECK_EQUAL(wait(), 500);
}

CAF_TEST(an_abort_of_a_request_that_was_answered_means_nothing) {
  post("4a");
  const auto wanted = wait();
  get_aborts();
  CAF_CHECK_EQUAL(wait(), wanted);
  CAF_CHECK_EQUAL(post_aborts(), "");
  CAF_CHECK(session.is_open());
}

CAF_TEST(a_body_over_the_limit_ends_the_session) {
  limits.max_payload_bytes = 5;
  get();
  CAF_CHECK_EQUAL(post("41234"), "text:'1234', post:ok");
  CAF_CHECK_EQUAL(post("412345"), "post:413, get:'1', closed:payload_too_large");
}

CAF_TEST(a_body_announced_over_the_limit_ends_the_session_unread) {
  post_begins();
  CAF_CHECK_EQUAL(post_too_large(), "post:413, closed:payload_too_large");
  CAF_CHECK_EQUAL(post_body("4a"), "");
}

CAF_TEST(a_body_that_is_no_payload_ends_the_session) {
  for (const std::string body : {"", "abc", "4a\x1e", "7", "4\xFF", "b===", "\x1e"}) {
    opens(transport::polling);
    get();
    const std::string got = post(body);
    CAF_CHECK(got.ends_with("get:'1', post:3, closed:parse_error"));
  }
}

CAF_TEST(messages_in_front_of_a_bad_packet_are_delivered) {
  CAF_CHECK_EQUAL(post("4a\x1e"
                       "9\x1e"
                       "4b"),
                  "text:'a', post:3, closed:parse_error");
}

CAF_TEST(invalid_utf8_anywhere_in_a_body_spoils_all_of_it) {
  CAF_CHECK_EQUAL(post("4a\x1e"
                       "4\xC3"),
                  "post:3, closed:parse_error");
}

CAF_TEST(too_many_packets_in_a_body_end_the_session) {
  limits.max_packets_per_payload = 2;
  CAF_CHECK_EQUAL(post("4a\x1e"
                       "4b"),
                  "text:'a', text:'b', post:ok");
  CAF_CHECK_EQUAL(post("4a\x1e"
                       "4b\x1e"
                       "4c"),
                  "text:'a', text:'b', post:3, closed:parse_error");
}

CAF_TEST(a_ping_from_the_client_is_an_error) {
  get();
  CAF_CHECK_EQUAL(post("2"), "get:'1', post:3, closed:parse_error");
}

CAF_TEST(packets_that_only_servers_send_mean_nothing) {
  CAF_CHECK_EQUAL(post("0{}\x1e"
                       "5\x1e"
                       "6\x1e"
                       "4a"),
                  "text:'a', post:ok");
}

CAF_TEST(a_refused_message_ends_the_session_while_the_post_is_open) {
  get();
  post_begins();
  post_body("4nonsense");
  CAF_CHECK_EQUAL(server_aborts(close_reason::parse_error), "get:'1', post:3, closed:parse_error");
  CAF_CHECK_EQUAL(post_taken(), "");
}

CAF_TEST(requests_for_a_closed_session_are_told_that_it_is_unknown) {
  server_aborts(close_reason::server_closed);
  CAF_CHECK_EQUAL(get(true), "reject:1");
  CAF_CHECK_EQUAL(post_begins(), "reject:1");
  CAF_CHECK_EQUAL(post_body("4a"), "");
  CAF_CHECK_EQUAL(queued(), "");
  CAF_CHECK(!probe_opens());
  CAF_CHECK_EQUAL(wait(), -1);
}

CAF_TEST(websocket_frames_mean_nothing_to_a_polling_session) {
  CAF_CHECK_EQUAL(ws("4a"), "");
  CAF_CHECK_EQUAL(ws_binary("a"), "");
  CAF_CHECK_EQUAL(ws_closes(), "");
  CAF_CHECK_EQUAL(ws_too_large(), "");
  CAF_CHECK(session.is_open());
}

CAF_TEST_FIXTURE_SCOPE_END()
