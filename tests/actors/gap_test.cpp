// Tests of gaps: who has missed more than is kept is told so, at its place among what is newer.
#define CAF_SUITE actors_gap
#include "extension_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

struct gap_fixture : extension_fixture {
  /// Bob is away while Alice says more than is kept.
  void bob_misses_too_much() {
    bob().loses_transport();
    settle();
    for (int n = 1; n <= 60; ++n) say(alice(), n);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(gap_tests, gap_fixture)

CAF_TEST(who_missed_too_much_is_told_so_and_keeps_id_and_seats) {
  meet();
  const auto id = bob().port->id;
  const auto pid = bob().port->pid;
  bob_misses_too_much();
  introduces_itself("bob");
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[1], "hello");
  const auto gap = json::parse(heard[2].substr(6))[1];
  CAF_CHECK_EQUAL(gap["reason"], "window");
  CAF_CHECK_EQUAL(gap["rooms"][0]["room"], "r1");
  CAF_CHECK(gap["rooms"][0]["members"] == (json{alice().port->id, id}));
  CAF_CHECK_EQUAL(bob().port->id, id);
  CAF_CHECK(bob().port->pid != pid); // so the stock part does not think that it has recovered
  CAF_CHECK_EQUAL(counts().seats, 2);
  say(alice(), 61);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(61)});
}

CAF_TEST(the_word_of_a_gap_is_no_longer_than_it_may_be_and_says_how_many_it_does_not_name) {
  stop_server();
  signaler_options options;
  options.grace = 10s;
  options.limits.log_bytes = 3'000;
  options.limits.gap_bytes = 400; // beside the names of the rooms this is one member of each
  start(options);
  meet();
  alice().opens("r2", 101);
  alice().opens("r3", 102);
  settle();
  for (const auto* room : {"r2", "r3"}) bob().asks(room);
  settle();
  bob_misses_too_much();
  introduces_itself("bob");
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_LESS_OR_EQUAL(heard[2].size(), std::string_view{"event "}.size() + 400);
  const auto rooms = event_in(heard[2])[1]["rooms"];
  CAF_REQUIRE_EQUAL(rooms.size(), 3u);
  for (const auto& room : rooms) {
    CAF_CHECK_EQUAL(room["members"].size(), 1u);
    CAF_CHECK_EQUAL(room["more"], 1);
  }
}

// Rooms on other threads do not wait.
CAF_TEST(what_is_said_while_who_comes_back_is_let_in_is_not_missed) {
  struct busy_port : recording_port {
    std::function<void()> meanwhile;
    void namespace_accepted(std::string) override { meanwhile(); }
  };
  for (const bool announced : {true, false}) {
    meet();
    bob().loses_transport();
    settle();
    auto port = caf::make_counted<busy_port>();
    port->meanwhile = [this] {
      for (int n = 0; n < 60; ++n) alice().says("more than is kept");
      settle();
    };
    port->id = bob().port->id;
    port->pid = bob().port->pid;
    port->offset = bob().port->offset;
    port->hello = bob().port->hello;
    bob().port = port;
    open_session("bob");
    if (announced)
      bob().connects("/", introduction_of(bob()));
    else
      bob().connects_again();
    settle();
    const auto heard = bob().hears();
    CAF_CHECK_EQUAL(
        std::count(heard.begin(), heard.end(), R"(event ["message","more than is kept"])"), 60);
    port->meanwhile = [] {};
    restart();
    clients.clear();
  }
}

CAF_TEST(the_word_of_a_gap_comes_before_all_that_is_newer) {
  meet();
  introduces_itself("carol").opens("r2", 100);
  bob().asks("r2", 101);
  settle();
  int n = 0;
  for (int steps = 0; steps < 30; ++steps) { // Alice speaks at some moment of Bob's return
    bob().loses_transport();
    settle();
    for (int i = 0; i < 60; ++i) say(alice(), ++n);
    bob().hears();
    open_session("bob").connects("/", introduction_of(bob()));
    for (int i = 0; i < steps; ++i) sched.try_run_once();
    alice().says("newer");
    clients["carol"].says("newer");
    settle();
    const auto heard = bob().hears();
    CAF_REQUIRE(heard.size() >= 3);
    CAF_CHECK_EQUAL(heard[0], "connected");
    CAF_CHECK_EQUAL(heard[1], "hello");
    const auto gap = event_in(heard[2]);
    CAF_REQUIRE_EQUAL(gap[0], "signaler-gap");
    CAF_CHECK_EQUAL(gap[1]["rooms"].size(), 2u);
  }
}

CAF_TEST(the_word_of_a_gap_names_no_room_that_was_left_before_it_answered) {
  meet();
  bob_misses_too_much();
  open_session("bob").connects("/", introduction_of(bob()));
  while (bob().port->received.empty()) sched.run_once();
  leave(bob(), "r1");
  sched.prioritize(bob().actor);
  sched.run_once(); // the room has not said yet who sits there
  settle();
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 4u);
  const auto gap = event_in(heard[2]);
  CAF_CHECK_EQUAL(gap[0], "signaler-gap");
  CAF_CHECK(gap[1]["rooms"] == json::array());
  CAF_CHECK_EQUAL(heard[3], R"(answer 50 [{"ok":true}])");
}

CAF_TEST(a_gap_that_is_not_told_in_time_is_told_on_the_next_connection) {
  meet();
  bob_misses_too_much();
  bool untold = false;
  for (int steps = 0; !untold && steps < 20; ++steps) {
    bob().hears();
    open_session("bob").connects("/", introduction_of(bob()));
    for (int i = 0; i < steps; ++i) sched.try_run_once();
    bob().loses_transport(); // at some moment before the roster has come
    settle();
    untold = bob().hears() == lines{"connected", "hello"};
  }
  CAF_REQUIRE(untold);
  say(alice(), 61); // falls into the gap, too
  introduces_itself("bob");
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  const auto gap = event_in(heard[2]);
  CAF_CHECK_EQUAL(gap[0], "signaler-gap");
  say(alice(), 62);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(62)});
}

CAF_TEST_FIXTURE_SCOPE_END()
