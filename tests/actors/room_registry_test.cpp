// Tests of opening, asking, limits, and of what is left behind: nothing.
#include <algorithm>

#define CAF_SUITE actors_room_registry
#include "registry_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

CAF_TEST_FIXTURE_SCOPE(registry_tests, registry_fixture)

CAF_TEST(an_opener_is_answered_and_takes_a_seat) {
  auto& alice = connect("alice");
  alice.opens("r1", 1);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(counts().rooms, 1);
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(no_more_rooms_are_counted_than_may_be_also_while_one_makes_way_for_another) {
  signaler_options options;
  options.limits.rooms = 1;
  start(options);
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.emits("leave-room", R"(["leave-room","r1"])");
  int opened = 0;
  for (int steps = 0; steps < 40; ++steps) {
    alice.opens("r2", steps); // until the first room has ended it is refused
    sched.prioritize(alice.actor);
    sched.try_run_once();
    sched.try_run_once(); // somebody
    for (int i = 0; i < 2; ++i) {
      sched.prioritize(server->registry());
      sched.try_run_once();
    }
    CAF_CHECK(counts().rooms <= 1);
  }
  settle();
  for (const auto& line : alice.hears()) opened += line.starts_with("answer") ? 1 : 0;
  CAF_CHECK(opened > 0);
  CAF_CHECK_EQUAL(counts().rooms, 1);
}

CAF_TEST(asking_for_an_open_room_is_answered_with_its_id) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  bob.asks("r1", 5);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 5 ["r1"])"});
  CAF_CHECK_EQUAL(counts().seats, 2);
}

CAF_TEST(who_asks_before_the_room_exists_is_answered_when_it_is_opened) {
  auto& bob = connect("bob");
  bob.asks("r1", 5);
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().rooms, 0);
  auto& alice = connect("alice");
  alice.opens("r1", 1);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 5 ["r1"])"});
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(a_parked_joiner_hears_what_the_owner_says_right_after_opening) {
  auto& bob = connect("bob");
  auto& alice = connect("alice");
  bob.asks("r1", 5);
  settle();
  alice.opens("r1", 1);
  alice.says("welcome");
  settle();
  alice.says("again");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), (lines{R"(answer 5 ["r1"])", R"(event ["message","welcome"])",
                                      R"(event ["message","again"])"}));
}

CAF_TEST(asking_without_an_answer_takes_a_seat_all_the_same) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  bob.asks("r1");
  alice.opens("r1");
  settle();
  alice.says("hello");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message","hello"])"});
}

CAF_TEST(two_openers_are_both_answered_and_the_room_stays_open_when_one_goes) {
  auto& alice = connect("alice");
  auto& carol = connect("carol");
  alice.opens("r1", 1);
  carol.opens("r1", 2);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(carol.hears(), lines{"answer 2 []"});
  alice.loses_transport();
  settle();
  auto& bob = connect("bob");
  bob.asks("r1", 3);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 3 ["r1"])"});
}

CAF_TEST(an_exclusive_room_refuses_the_second_opener_without_an_answer) {
  signaler_options options;
  options.exclusive_rooms = true;
  start(options);
  auto& alice = connect("alice");
  auto& carol = connect("carol");
  alice.opens("r1", 1);
  carol.opens("r1", 2);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(carol.hears(), lines{refused("keep-in-server", "r1", refusal::room_taken)});
}

CAF_TEST(questions_are_parked_again_when_the_last_owner_has_gone) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1", 1);
  settle();
  bob.hears();
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().rooms, 1); // bob still sits in it
  auto& carol = connect("carol");
  carol.asks("r1", 2);
  settle();
  CAF_CHECK(carol.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  auto& dave = connect("dave");
  dave.opens("r1", 3);
  settle();
  CAF_CHECK_EQUAL(carol.hears(), lines{R"(answer 2 ["r1"])"});
  dave.says("hi");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message","hi"])"});
  CAF_CHECK_EQUAL(carol.hears(), lines{R"(event ["message","hi"])"});
}

CAF_TEST(nothing_is_left_when_everybody_has_gone) {
  signaler_options options;
  options.lobby = true;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  alice.opens("r1", 1);
  alice.opens("r2", 2);
  bob.asks("r1", 1);
  bob.asks("nowhere", 2);
  carol.asks("r2", 1);
  settle();
  CAF_CHECK_EQUAL(counts().rooms, 2);
  CAF_CHECK_EQUAL(counts().seats, 4);
  bob.leaves();
  alice.loses_transport();
  bob.loses_transport();
  carol.loses_transport();
  settle();
  check_nothing_is_left();
}

CAF_TEST(a_seat_granted_to_a_connection_that_has_died_meanwhile_is_freed) {
  auto& alice = connect("alice");
  alice.opens("r1");
  alice.loses_transport(); // in the mailbox before the grant
  settle();
  check_nothing_is_left();
}

CAF_TEST(rooms_over_the_limit_are_refused_and_room_is_made_by_those_who_go) {
  signaler_options options;
  options.limits.rooms = 1;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1", 1);
  settle();
  bob.opens("r2", 2);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("keep-in-server", "r2", refusal::too_many_rooms)});
  alice.loses_transport();
  settle();
  bob.opens("r2", 3);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{"answer 3 []"});
}

CAF_TEST(seats_over_the_limit_of_a_room_are_refused) {
  signaler_options options;
  options.limits.seats_per_room = 2;
  start(options);
  connect("alice").opens("r1");
  connect("bob").asks("r1", 1);
  settle();
  auto& carol = connect("carol");
  carol.asks("r1", 2);
  settle();
  CAF_CHECK_EQUAL(carol.hears(), lines{refused("get-session-info", "r1", refusal::room_full)});
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(seats_over_the_limit_of_the_server_are_refused) {
  signaler_options options;
  options.limits.seats = 1;
  start(options);
  connect("alice").opens("r1");
  settle();
  auto& bob = connect("bob");
  bob.opens("r2", 1);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("keep-in-server", "r2", refusal::too_many_seats)});
  CAF_CHECK_EQUAL(counts().rooms, 1);
}

CAF_TEST(a_socket_cannot_sit_in_or_wait_for_more_rooms_than_it_may) {
  signaler_options options;
  options.limits.rooms_per_socket = 2;
  start(options);
  auto& alice = connect("alice");
  alice.opens("r1", 1);
  alice.asks("r2", 2);
  alice.opens("r3", 3);
  settle();
  CAF_CHECK_EQUAL(
      alice.hears(),
      (lines{refused("keep-in-server", "r3", refusal::too_many_rooms_of_socket), "answer 1 []"}));
}

CAF_TEST(room_ids_that_are_no_ids_are_refused_and_strange_ones_are_just_ids) {
  auto& alice = connect("alice");
  for (const auto* args : {R"(["keep-in-server",""])", R"(["keep-in-server",null])",
                           R"(["keep-in-server",{"a":1}])", R"(["keep-in-server"])"}) {
    alice.emits("keep-in-server", args, 1);
    settle();
    const auto heard = alice.hears();
    CAF_REQUIRE_EQUAL(heard.size(), 1u);
    CAF_CHECK(heard[0].find("invalid-room-id") != std::string::npos);
  }
  alice.opens(std::string(257, 'x'), 1);
  settle();
  CAF_CHECK(alice.hears().at(0).find("invalid-room-id") != std::string::npos);
  for (const auto& id : {std::string{"constructor"}, std::string{"__proto__"},
                         std::string{"\xF0\x9F\x98\x80"}, std::string(256, 'x')}) {
    alice.opens(id, 2);
    settle();
    CAF_CHECK_EQUAL(alice.hears(), lines{"answer 2 []"});
  }
  CAF_CHECK_EQUAL(counts().rooms, 4);
}

CAF_TEST(a_request_after_the_server_has_gone_is_refused_and_does_not_wait_for_ever) {
  auto& bob = connect("bob");
  server->stop();
  settle();
  bob.opens("r1", 1);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{refused("keep-in-server", "r1", refusal::shutting_down)});
}

CAF_TEST(a_room_id_is_the_same_however_its_json_is_written) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.emits("keep-in-server", "[ \"keep-in-server\" , \"r\\u0031\" ]", 1);
  settle();
  bob.asks("r1", 1);
  bob.emits("get-session-info", R"(["get-session-info","r1",{"more":"r2"}])", 2);
  bob.emits("get-session-info", R"(["get-session-info","r\u0031"])", 3);
  bob.emits("get-session-info", R"(["get-session-info",["r1"]])", 4);
  bob.emits("get-session-info", R"(["get-session-info"])", 5);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  const auto heard = bob.hears();
  CAF_REQUIRE_EQUAL(heard.size(), 5u);
  for (const auto* answer : {R"(answer 1 ["r1"])", R"(answer 2 ["r1"])", R"(answer 3 ["r1"])"})
    CAF_CHECK_EQUAL(std::count(heard.begin(), heard.end(), answer), 1);
  CAF_CHECK_EQUAL(std::count_if(heard.begin(), heard.end(),
                                [](const auto& line) {
                                  return line.find("invalid-room-id") != std::string::npos;
                                }),
                  2);
  bob.emits("get-session-info", R"(["get-session-info","\"quoted\\"])", 6);
  alice.emits("keep-in-server", R"(["keep-in-server","\"quoted\\"])");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 6 ["\"quoted\\"])"});
}

CAF_TEST_FIXTURE_SCOPE_END()
