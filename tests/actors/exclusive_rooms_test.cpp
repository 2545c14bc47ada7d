// Tests of exclusive rooms: whose they are, how that is proven, and what a leave makes void.
#define CAF_SUITE actors_exclusive_rooms
#include "extension_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

CAF_TEST_FIXTURE_SCOPE(exclusive_rooms_tests, extension_fixture)

CAF_TEST(in_exclusive_rooms_who_shows_its_token_displaces_who_came_first_after_a_restart) {
  meet();
  restart(true);
  introduces_itself("bob").opens("r1", 1);
  settle();
  bob().hears();
  introduces_itself("alice");
  alice().hears();
  alice().opens("r1", 1);
  settle();
  const auto heard = alice().hears();
  CAF_CHECK_EQUAL(refusal_in(heard.back()), "room-taken");
  shows(bob(), "r1", room_token, 2); // it is Alice's
  settle();
  bob().hears();
  shows(alice(), "r1", room_token, 2);
  settle();
  const auto answer = answer_in(alice().hears().back());
  CAF_CHECK_EQUAL(answer["ok"], true);
  CAF_CHECK_EQUAL(answer["role"], "owner");
  const auto told = bob().hears();
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  const auto error = event_in(told[0]);
  CAF_CHECK_EQUAL(error[0], "signaler-error");
  CAF_CHECK_EQUAL(error[1]["event"], "keep-in-server");
  CAF_CHECK_EQUAL(error[1]["room"], "r1");
  CAF_CHECK_EQUAL(error[1]["code"], "displaced");
  say(alice(), 2, 1);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(2)});
}

CAF_TEST(who_leaves_a_room_can_prove_still_that_another_is_its_own_and_not_that_this_one_was) {
  meet();
  const auto token_of_r1 = room_token;
  restart(true);
  introduces_itself("alice").opens("r2", 1);
  settle();
  const std::string token_of_r2 = answer_in(alice().hears().back())["token"];
  leave(alice(), "r2");
  leave(alice(), "r3"); // where it never was
  introduces_itself("bob").opens("r1", 1);
  bob().opens("r2", 2);
  settle();
  alice().hears();
  shows(alice(), "r1", token_of_r1, 3);
  shows(alice(), "r2", token_of_r2, 4);
  settle();
  const auto heard = alice().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 2u);
  CAF_CHECK(answer_in(heard[0])["ok"] == true);
  CAF_CHECK_EQUAL(refusal_in(heard[1]), "room-taken");
}

CAF_TEST(the_token_of_a_room_that_was_left_counts_for_none_of_the_sessions_that_have_the_name) {
  restart(true);
  meet();
  const auto before = room_token;
  leave(alice(), "r2");
  leave(alice(), "r3");
  alice().opens("r1", 101);
  settle();
  const std::string token_of_r1 = answer_in(alice().hears().back())["token"];
  alice().loses_transport();
  settle();
  sched.advance_time(10s); // too long
  settle();
  introduces_itself("alice");
  leave(alice(), "r1");
  bob().opens("r1", 102);
  settle();
  for (const auto& shown : {before, token_of_r1}) {
    shows(alice(), "r1", shown, 103);
    settle();
    CAF_CHECK_EQUAL(refusal_in(alice().hears().back()), "room-taken");
  }
}

CAF_TEST(who_leaves_more_rooms_than_are_remembered_can_prove_nothing_from_before) {
  meet();
  alice().opens("r2", 101);
  settle();
  const std::string token_of_r2 = answer_in(alice().hears().back())["token"];
  restart(true);
  introduces_itself("bob").opens("r1", 1);
  bob().opens("r2", 2);
  introduces_itself("alice");
  const auto most = limits{}.rooms_left_per_socket;
  for (std::size_t i = 0; i < most; ++i) leave(alice(), "left" + std::to_string(i));
  leave(alice(), "left0"); // again: that makes no more of them
  shows(alice(), "r1", room_token, 3);
  settle();
  CAF_CHECK(answer_in(alice().hears().back())["ok"] == true);
  leave(alice(), "one more");
  shows(alice(), "r2", token_of_r2, 4);
  settle();
  CAF_CHECK_EQUAL(refusal_in(alice().hears().back()), "room-taken");
}

CAF_TEST(
    in_exclusive_rooms_who_comes_back_in_time_has_its_room_again_and_who_had_opened_it_is_told) {
  restart(true);
  meet();
  alice().loses_transport();
  settle();
  bob().opens("r1", 5);
  settle();
  const auto answer = answer_in(bob().hears().back());
  CAF_CHECK_EQUAL(answer["role"], "owner");
  introduces_itself("alice");
  const auto told = bob().hears();
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  const auto error = event_in(told[0]);
  CAF_CHECK_EQUAL(error[1]["code"], "displaced");
  alice().loses_transport();
  settle();
  introduces_itself("carol").asks("r1", 1);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1); // nobody is there who owns it
}

CAF_TEST(in_exclusive_rooms_who_cannot_be_seated_displaces_nobody) {
  meet();
  stop_server();
  run_server(true, 2);
  introduces_itself("bob").opens("r1", 1);
  introduces_itself("carol").asks("r1", 1);
  settle();
  bob().hears();
  introduces_itself("alice");
  shows(alice(), "r1", room_token, 2);
  settle();
  CAF_CHECK_EQUAL(refusal_in(alice().hears().back()), "room-full");
  CAF_CHECK_EQUAL(bob().hears(), lines{});
  bob().opens("r1", 2);
  settle();
  const auto answer = answer_in(bob().hears().back());
  CAF_CHECK_EQUAL(answer["role"], "owner");
}

CAF_TEST(in_exclusive_rooms_who_comes_back_in_time_displaces_also_who_has_shown_a_token_since) {
  restart(true);
  meet();
  shows(alice(), "r1", room_token, 5);
  alice().loses_transport();
  settle();
  bob().opens("r1", 5);
  settle();
  shows(bob(), "r1", answer_in(bob().hears().back())["token"], 6);
  settle();
  bob().hears();
  introduces_itself("alice");
  const auto told = bob().hears();
  CAF_REQUIRE_EQUAL(told.size(), 1u);
  const auto error = event_in(told[0]);
  CAF_CHECK_EQUAL(error[1]["code"], "displaced");
  bob().opens("r1", 7);
  settle();
  CAF_CHECK_EQUAL(refusal_in(bob().hears().back()), "room-taken");
  alice().loses_transport();
  settle();
  introduces_itself("carol").asks("r1", 1);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1); // nobody is there who owns it
}

CAF_TEST(who_was_displaced_comes_back_as_the_member_that_it_is) {
  meet();
  restart(true);
  introduces_itself("bob").opens("r1", 1);
  settle();
  shows(introduces_itself("alice"), "r1", room_token, 2);
  settle();
  alice().loses_transport();
  bob().loses_transport();
  settle();
  introduces_itself("bob");
  introduces_itself("carol").asks("r1", 1); // it is not open: Bob does not own it
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1);
  introduces_itself("alice");
  settle();
  CAF_CHECK_EQUAL(counts().parked, 0);
  CAF_CHECK_EQUAL(counts().seats, 3);
  bob().hears();
  say(alice(), 1);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(1)});
}

CAF_TEST_FIXTURE_SCOPE_END()
