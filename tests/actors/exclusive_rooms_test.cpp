// Tests of exclusive rooms: whose they are, how that is proven, and what a leave makes void.
#define CAF_SUITE actors_exclusive_rooms
#include "extension_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

struct exclusive_rooms_fixture : extension_fixture {
  /// Bob has opened r1, which is Alice's, while she was away.
  void bob_opens_it_meanwhile() {
    restart(true);
    meet();
    alice().loses_transport();
    settle();
    bob().opens("r1", 5);
    settle();
    CAF_CHECK_EQUAL(role_in(bob().hears().back()), "owner");
  }
  /// Her rooms have been asked for her seats, and have not answered.
  client& alice_begins_to_come_back() {
    auto& c = open_session("alice");
    c.hears();
    c.connects("/", introduction_of(c));
    while (c.port->received.empty()) sched.run_once();
    return c;
  }
  void runs(const connection_actor& actor) {
    sched.prioritize(actor);
    sched.run_once();
  }
  /// Notices it before anybody else does anything.
  void loses_transport_at_once(client& c) {
    const auto actor = c.actor;
    c.loses_transport();
    runs(actor);
  }

  static std::string role_in(const std::string& line) {
    return answer_in(line).at("role").get<std::string>();
  }
  static void check_is_told_displaced(client& c) {
    const auto told = c.hears();
    CAF_REQUIRE_EQUAL(told.size(), 1u);
    const auto error = event_in(told[0]);
    CAF_CHECK_EQUAL(error[0], "signaler-error");
    CAF_CHECK_EQUAL(error[1]["event"], "keep-in-server");
    CAF_CHECK_EQUAL(error[1]["room"], "r1");
    CAF_CHECK_EQUAL(error[1]["code"], "displaced");
  }
  void check_is_open(bool open) {
    const auto before = counts().parked.load();
    introduces_itself("guest").asks("r1", 1);
    settle();
    CAF_CHECK_EQUAL(counts().parked, before + (open ? 0 : 1));
    clients["guest"].leaves();
    settle();
  }
  void check_nobody_owns_it() { check_is_open(false); }
  /// As before Alice came.
  void check_bob_owns_it() {
    CAF_CHECK_EQUAL(bob().hears(), lines{});
    check_is_open(true);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(exclusive_rooms_tests, exclusive_rooms_fixture)

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
  check_is_told_displaced(bob());
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

CAF_TEST(the_token_of_a_room_that_was_left_stays_void_when_the_session_has_ended) {
  for (const bool politely : {true, false}) {
    restart(true);
    clients.clear();
    meet();
    leave(alice(), "r1");
    settle();
    if (politely) alice().leaves();
    alice().loses_transport();
    settle();
    sched.advance_time(10s);
    settle();
    CAF_CHECK_EQUAL(counts().held_sessions, 0);
    CAF_CHECK_EQUAL(counts().left_rooms, 1);
    bob().opens("r1", 101);
    introduces_itself("alice");
    shows(alice(), "r1", room_token, 102);
    settle();
    CAF_CHECK_EQUAL(refusal_in(alice().hears().back()), "room-taken");
  }
}

CAF_TEST(what_clients_leave_that_cannot_have_tokens_is_not_remembered) {
  auto& stock = connect("stock");
  stock.opens("r1", 1);
  leave(stock, "r1");
  settle();
  CAF_CHECK_EQUAL(counts().left_rooms, 0);
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
  const auto most = limits{}.rooms_left_per_client;
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
  bob_opens_it_meanwhile();
  introduces_itself("alice");
  check_is_told_displaced(bob());
  alice().loses_transport();
  settle();
  check_nobody_owns_it();
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
  check_is_told_displaced(bob());
  bob().opens("r1", 7);
  settle();
  CAF_CHECK_EQUAL(refusal_in(bob().hears().back()), "room-taken");
  alice().loses_transport();
  settle();
  check_nobody_owns_it();
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

CAF_TEST(who_comes_back_and_says_that_it_has_left_the_room_since_displaces_nobody) {
  bob_opens_it_meanwhile();
  introduces_itself("carol").asks("r1", 1);
  settle();
  introduces_itself("alice", json::array({"r3", 5, "r1"}));
  CAF_CHECK_EQUAL(counts().seats, 2);
  check_bob_owns_it();
  bob().loses_transport();
  settle();
  leave(alice(), "r1"); // as its page has meant to
  alice().asks("r1", 6);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 1);
}

CAF_TEST(what_was_left_while_away_is_not_open_for_a_moment_either) {
  meet();
  alice().loses_transport();
  introduces_itself("carol").asks("r1", 1);
  settle();
  introduces_itself("alice", json::array({"r1"}));
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 1);
  shows(alice(), "r1", room_token, 2);
  settle();
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(no_more_of_what_was_left_while_away_is_looked_at_than_rooms_of_one_socket) {
  bob_opens_it_meanwhile();
  auto left = json::array();
  while (left.size() < limits{}.rooms_per_socket) left.push_back("none");
  left.push_back("r1");
  introduces_itself("alice", left);
  check_is_told_displaced(bob());
}

// A client that cannot say so has its room again, and then it leaves it.
CAF_TEST(who_was_displaced_by_one_who_then_leaves_may_open_the_room_again) {
  bob_opens_it_meanwhile();
  introduces_itself("alice");
  check_is_told_displaced(bob());
  leave(alice(), "r1");
  settle();
  check_nobody_owns_it();
  bob().opens("r1", 6);
  settle();
  CAF_CHECK_EQUAL(role_in(bob().hears().back()), "owner");
  check_is_open(true);
}

CAF_TEST(an_owner_who_leaves_before_its_return_has_come_to_the_room_displaces_nobody) {
  bob_opens_it_meanwhile();
  alice_begins_to_come_back();
  leave(alice(), "r1");
  runs(alice().actor);
  settle();
  check_bob_owns_it();
}

CAF_TEST(an_owner_who_is_lost_again_before_its_return_has_come_to_the_room_displaces_nobody) {
  bob_opens_it_meanwhile();
  loses_transport_at_once(alice_begins_to_come_back());
  settle();
  check_bob_owns_it();
  introduces_itself("alice"); // the room is hers still
  check_is_told_displaced(bob());
  check_is_open(true);
}

CAF_TEST(who_is_lost_before_the_token_it_has_shown_has_come_to_the_room_displaces_nobody) {
  meet();
  restart(true);
  introduces_itself("bob").opens("r1", 1);
  introduces_itself("alice");
  bob().hears();
  shows(alice(), "r1", room_token, 2);
  runs(alice().actor);
  loses_transport_at_once(alice());
  settle();
  check_bob_owns_it();
}

CAF_TEST_FIXTURE_SCOPE_END()
