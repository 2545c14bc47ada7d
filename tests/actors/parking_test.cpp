// Tests of questions that wait: whose place they keep, who is refused, and who forgets them.
#define CAF_SUITE actors_parking
#include "registry_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

CAF_TEST_FIXTURE_SCOPE(parking_tests, registry_fixture)

CAF_TEST(a_question_that_comes_too_late_for_its_room_waits_and_of_too_many_the_latest_is_refused) {
  start_with_limits(1, 1);
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  closes_r1_unheard();
  asks_at_once(bob, "r1", 1);
  asks_at_once(carol, "r2");
  CAF_CHECK_EQUAL(counts().parked, 1);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(carol.hears(),
                  lines{refused("get-session-info", "r2", refusal::too_many_parked)});
  connect("dave").opens("r1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 1 ["r1"])"});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(a_question_that_comes_too_late_for_its_room_takes_no_place_of_who_came_before_it) {
  start_with_limits(1, 1);
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  closes_r1_unheard();
  asks_at_once(carol, "r2");
  asks_at_once(bob, "r1");
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("get-session-info", "r1", refusal::too_many_parked)});
  CAF_CHECK(carol.hears().empty());
}

CAF_TEST(of_too_many_questions_of_one_socket_too_the_latest_is_refused) {
  start_with_limits(3, 2);
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  closes_r1_unheard();
  asks_at_once(bob, "r0");
  asks_at_once(bob, "r1");
  asks_at_once(bob, "r2");
  asks_at_once(carol, "r2");
  settle();
  CAF_CHECK_EQUAL(bob.hears(),
                  lines{refused("get-session-info", "r2", refusal::too_many_parked_of_socket)});
  CAF_CHECK(carol.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 3);
}

CAF_TEST(who_waits_keeps_the_place_when_an_opening_is_refused) {
  signaler_options options;
  options.limits.parked_joiners = 1;
  options.limits.seats = 1;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  alice.opens("r2");
  bob.asks("r1", 1);
  settle();
  auto& dave = connect("dave");
  dave.opens("r1"); // for which there is no seat
  runs(dave.actor);
  runs(server->registry());
  CAF_CHECK_EQUAL(counts().parked, 0);
  asks_at_once(carol, "r3");
  CAF_CHECK_EQUAL(counts().parked, 1);
  settle();
  CAF_CHECK_EQUAL(dave.hears(), lines{refused("keep-in-server", "r1", refusal::too_many_seats)});
  CAF_CHECK_EQUAL(carol.hears(),
                  lines{refused("get-session-info", "r3", refusal::too_many_parked)});
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  bob.loses_transport();
  alice.loses_transport();
  carol.loses_transport();
  dave.loses_transport();
  settle();
  check_nothing_is_left();
}

CAF_TEST(who_asks_again_while_the_first_question_is_on_its_way_back_keeps_the_earlier_place) {
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  carol.port = bob.port; // one record for both shows the order between them
  carol.actor = server->spawn_connection(carol.port, std::make_shared<handshake>());
  carol.connects();
  settle();
  bob.hears();
  closes_r1_unheard();
  asks_at_once(bob, "r1", 1);
  const auto room = room_of("r1");
  runs(room); // now it is closed, and Bob's question still to come
  carol.asks("r1", 2);
  runs(carol.actor);
  for (int i = 0; i < 3; ++i) runs(server->registry());
  CAF_CHECK_EQUAL(counts().parked, 1);
  asks_at_once(bob, "r1", 3);
  CAF_CHECK_EQUAL(counts().parked, 2);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 2);
  connect("dave").opens("r1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(),
                  (lines{R"(answer 1 ["r1"])", R"(answer 3 ["r1"])", R"(answer 2 ["r1"])"}));
}

// The question is on its way to the room while the owner's leaving is already in the room's
// mailbox.
CAF_TEST(
    a_question_that_comes_too_late_goes_back_to_its_place_and_is_answered_by_the_next_opening) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  bob.asks("r1", 1);
  alice.leaves();
  settle();
  const auto heard = bob.hears();
  auto& carol = connect("carol");
  carol.opens("r1", 2);
  settle();
  const auto later = bob.hears();
  CAF_CHECK_EQUAL(heard.size() + later.size(), 1u);
  CAF_CHECK_EQUAL(carol.hears(), lines{"answer 2 []"});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(joiners_are_answered_in_the_order_in_which_they_asked) {
  std::vector<std::string> order;
  auto& first = connect("first");
  auto& second = connect("second");
  second.port = first.port; // one record for both shows the order between them
  auto& shared = open_session("third");
  shared.port = first.port;
  shared.actor = server->spawn_connection(shared.port, std::make_shared<handshake>());
  shared.connects();
  settle();
  first.hears();
  first.asks("r1", 1);
  settle();
  shared.asks("r1", 3);
  settle();
  connect("alice").opens("r1");
  settle();
  CAF_CHECK_EQUAL(first.hears(), (lines{R"(answer 1 ["r1"])", R"(answer 3 ["r1"])"}));
}

CAF_TEST(a_joiner_whose_connection_dies_is_forgotten) {
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  bob.asks("r2", 2);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 2);
  bob.loses_transport();
  settle();
  check_nothing_is_left();
}

CAF_TEST(a_joiner_who_disconnects_from_the_namespace_is_forgotten_and_never_answered) {
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  settle();
  bob.leaves();
  settle();
  CAF_CHECK_EQUAL(counts().parked, 0);
  connect("alice").opens("r1");
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(questions_over_the_limits_are_refused_and_others_can_still_ask) {
  signaler_options options;
  options.limits.parked_joiners = 3;
  options.limits.parked_per_socket = 2;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  for (const auto* room : {"a", "b", "c"}) alice.asks(room);
  settle();
  CAF_CHECK_EQUAL(alice.hears(),
                  lines{refused("get-session-info", "c", refusal::too_many_parked_of_socket)});
  bob.asks("d");
  bob.asks("e");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("get-session-info", "e", refusal::too_many_parked)});
  CAF_CHECK_EQUAL(counts().parked, 3);
  alice.loses_transport();
  settle();
  bob.asks("e");
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 2);
}

CAF_TEST(the_same_question_asked_twice_is_answered_twice_and_takes_one_seat) {
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  bob.asks("r1", 2);
  settle();
  connect("alice").opens("r1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), (lines{R"(answer 1 ["r1"])", R"(answer 2 ["r1"])"}));
  CAF_CHECK_EQUAL(counts().seats, 2);
  bob.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(asking_again_and_again_keeps_one_place_and_the_latest_answers) {
  signaler_options options;
  options.limits.parked_joiners = 2;
  options.limits.answers_per_question = 2;
  start(options);
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  bob.asks("r1", 1);
  settle();
  carol.asks("r1", 1);
  for (std::uint64_t ack = 2; ack <= 5; ++ack) bob.asks("r1", ack);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 2);
  CAF_CHECK(bob.hears().empty());
  connect("alice").opens("r1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(),
                  (lines{R"(answer 3 ["r1"])", R"(answer 4 ["r1"])", R"(answer 5 ["r1"])"}));
  CAF_CHECK_EQUAL(carol.hears(), lines{R"(answer 1 ["r1"])"});
}

CAF_TEST(leaving_cancels_every_asking_of_the_same_question) {
  namespace_table table;
  table.of("/").on("go",
                   [](socket& s, const event_ptr&, const acknowledgement&) { s.leave("r1"); });
  start({}, std::move(table));
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  bob.asks("r1", 2);
  bob.emits("go", R"(["go"])");
  settle();
  CAF_CHECK_EQUAL(counts().parked, 0);
  connect("alice").opens("r1");
  settle();
  CAF_CHECK(bob.hears().empty());
}

CAF_TEST(parked_questions_are_refused_when_the_server_goes) {
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  settle();
  server->stop();
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("get-session-info", "r1", refusal::shutting_down)});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(who_asks_again_while_earlier_questions_are_on_their_way_back_gets_an_answer_to_each) {
  signaler_options options;
  options.limits.seats = 2;
  options.limits.answers_per_question = 2;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& dave = connect("dave");
  alice.opens("r2");
  dave.opens("r2");
  for (const auto ack : {1, 2, 3}) bob.asks("r1", ack);
  settle();
  dave.opens("r1"); // for which there is no seat
  runs(dave.actor);
  runs(server->registry());
  // What the room is about to say comes before its word of the questions.
  caf::anon_send(server->registry(), room_closed{{"/", "r1"}, 1});
  runs(server->registry());
  asks_at_once(bob, "r1", 4);
  CAF_CHECK_EQUAL(counts().parked, 1);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1);
  alice.leaves();
  dave.emits("leave-room", R"(["leave-room","r2"])");
  dave.opens("r1");
  settle();
  // The oldest is one more than are kept.
  CAF_CHECK_EQUAL(bob.hears(),
                  (lines{R"(answer 2 ["r1"])", R"(answer 3 ["r1"])", R"(answer 4 ["r1"])"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
