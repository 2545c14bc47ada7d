// Tests of who hears what, in which order, and how often.
#define CAF_SUITE actors_relay
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

std::string heard(const std::string& text) {
  return R"(event ["message",")" + text + "\"]";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(relay_tests, signaler_fixture)

CAF_TEST(a_message_reaches_everybody_else_in_the_room_and_nobody_outside) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  auto& stranger = connect("stranger");
  alice.opens("r1");
  bob.asks("r1");
  carol.asks("r1");
  stranger.opens("r2");
  settle();
  bob.says("hi");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{heard("hi")});
  CAF_CHECK_EQUAL(carol.hears(), lines{heard("hi")});
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK(stranger.hears().empty());
}

CAF_TEST(an_event_is_encoded_once_for_all_its_receivers) {
  auto& alice = connect("alice");
  alice.opens("r1");
  for (int i = 0; i < 20; ++i) connect("member" + std::to_string(i)).asks("r1");
  settle();
  codec->events_encoded = 0;
  alice.says("hi");
  settle();
  CAF_CHECK_EQUAL(codec->events_encoded, 1);
  CAF_CHECK_EQUAL(clients["member19"].hears(), lines{heard("hi")});
}

CAF_TEST(who_sits_in_two_rooms_with_the_sender_hears_a_message_once) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  for (const auto* room : {"r1", "r2", "r3"}) {
    alice.opens(room);
    settle();
  }
  for (const auto* room : {"r1", "r2", "r3"}) bob.asks(room);
  carol.asks("r3");
  settle();
  alice.says("hi");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{heard("hi")});
  CAF_CHECK_EQUAL(carol.hears(), lines{heard("hi")});
}

CAF_TEST(what_one_sender_says_arrives_in_order_while_he_takes_more_rooms) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  bob.asks("r1");
  bob.opens("r2");
  settle();
  alice.says("1");
  alice.asks("r2");
  settle();
  for (const auto* text : {"2", "3", "4"}) alice.says(text);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), (lines{heard("1"), heard("2"), heard("3"), heard("4")}));
}

CAF_TEST(what_is_said_right_after_opening_goes_to_the_room_without_waiting_for_the_answer) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  bob.asks("r1");
  settle();
  alice.opens("r1", 1);
  alice.says("1");
  alice.says("2");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 1 []"});
  CAF_CHECK_EQUAL(bob.hears(), (lines{heard("1"), heard("2")}));
  CAF_CHECK_EQUAL(alice.port->unfinished, 0);
}

CAF_TEST(what_is_said_after_an_opening_that_fails_is_not_lost_silently) {
  signaler_options options;
  options.exclusive_rooms = true;
  start(options);
  connect("alice").opens("r1");
  settle();
  auto& bob = connect("bob");
  bob.opens("r1");
  bob.says("hello?");
  settle();
  const auto complaints = bob.hears();
  CAF_REQUIRE_EQUAL(complaints.size(), 2u);
  CAF_CHECK(complaints[0].find("room-taken") != std::string::npos);
  CAF_CHECK(complaints[1].find("lobby-closed") != std::string::npos);
  CAF_CHECK_EQUAL(bob.port->unfinished, 0);
}

CAF_TEST(a_room_that_was_left_is_heard_no_more_and_hears_no_more) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  bob.leaves();
  settle();
  alice.says("still there?");
  settle();
  CAF_CHECK(bob.hears().empty());
  bob.connects();
  settle();
  bob.hears();
  bob.says("I am back, but in no room");
  settle();
  CAF_CHECK(alice.hears().empty());
}

CAF_TEST(sockets_in_no_room_hear_each_other_in_the_lobby_if_there_is_one) {
  signaler_options options;
  options.lobby = true;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  carol.opens("r1");
  settle();
  alice.says("anybody here?");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{heard("anybody here?")});
  CAF_CHECK(carol.hears().empty());
  CAF_CHECK(alice.hears().empty());
}

CAF_TEST(who_leaves_his_last_room_is_in_the_lobby_again) {
  signaler_options options;
  options.lobby = true;
  namespace_table table;
  table.of("/").on("go", [](socket& s, const event_ptr&, const acknowledgement&) {
    for (const auto& room : s.rooms()) s.leave(room);
  });
  start(options, std::move(table));
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  CAF_CHECK_EQUAL(counts().lobby_members, 1);
  alice.emits("go", R"(["go"])");
  settle();
  CAF_CHECK_EQUAL(counts().lobby_members, 2);
  CAF_CHECK_EQUAL(counts().rooms, 0);
  bob.says("welcome back");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{heard("welcome back")});
}

CAF_TEST(who_leaves_his_rooms_in_the_moment_of_being_lost_takes_no_place_in_the_lobby) {
  signaler_options options;
  options.lobby = true;
  options.grace = std::chrono::minutes{1};
  namespace_table table;
  table.of("/").on_disconnect([](socket& s, std::string_view) {
    for (const auto& room : s.rooms()) s.leave(room);
  });
  start(options, std::move(table));
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().lobby_members, 0);
}

CAF_TEST(without_a_lobby_a_message_outside_of_rooms_is_refused) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.says("anybody here?");
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK(alice.hears().at(0).find("lobby-closed") != std::string::npos);
}

CAF_TEST(a_full_lobby_takes_nobody_in_until_somebody_goes) {
  signaler_options options;
  options.lobby = true;
  options.limits.lobby_members = 2;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  auto& carol = connect("carol");
  alice.says("hi");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{heard("hi")});
  CAF_CHECK(carol.hears().empty());
  carol.says("and I?");
  settle();
  CAF_CHECK(carol.hears().at(0).find("lobby-closed") != std::string::npos);
  alice.loses_transport();
  settle();
  auto& dave = connect("dave");
  bob.says("hi dave");
  settle();
  CAF_CHECK_EQUAL(dave.hears(), lines{heard("hi dave")});
}

CAF_TEST(a_lobby_relays_no_more_than_its_rate) {
  signaler_options options;
  options.lobby = true;
  options.limits.lobby_events_per_second = 2;
  start(options);
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  for (int i = 0; i < 3; ++i) alice.says("x");
  settle();
  CAF_CHECK_EQUAL(bob.hears().size(), 2u);
  const auto complaint = alice.hears();
  CAF_REQUIRE_EQUAL(complaint.size(), 1u);
  CAF_CHECK(complaint[0].find("lobby-rate") != std::string::npos);
  sched.clock().current_time += std::chrono::seconds(1);
  alice.says("y");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{heard("y")});
}

CAF_TEST(attachments_travel_with_their_event) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  alice.emits("message", R"(["message",{"_placeholder":true,"num":0}])");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message",{"_placeholder":true,"num":0}])"});
}

CAF_TEST(an_event_is_unfinished_until_the_room_has_passed_it_on) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  alice.says("hi");
  CAF_CHECK_EQUAL(alice.port->unfinished, 1);
  sched.run_once(); // the connection passes it to the room
  CAF_CHECK_EQUAL(alice.port->unfinished, 1);
  CAF_CHECK(bob.port->received.empty());
  settle();
  CAF_CHECK_EQUAL(alice.port->unfinished, 0);
  CAF_CHECK_EQUAL(bob.hears(), lines{heard("hi")});
}

CAF_TEST_FIXTURE_SCOPE_END()
