// Tests of what handlers can do with their socket.
#define CAF_SUITE actors_handlers
#include "fixture.hpp"
#include "json_arguments.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(handlers_tests, signaler_fixture)

CAF_TEST(handlers_of_a_socket_run_beside_those_of_its_namespace) {
  lines seen;
  namespace_table table;
  const auto note = [&](const char* what) {
    return [&seen, what](socket&, const event_ptr& e, const acknowledgement&) {
      seen.push_back(std::string{what} + " " + e->name);
    };
  };
  table.of("/").on_any(note("any")).on("a", note("shared")).on_connect([&](socket& s) {
    s.on("a", note("own"));
    s.once("a", note("once"));
    s.on_any(note("own any"));
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("a", R"(["a"])");
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"any a", "shared a", "own any a", "own a", "once a"}));
  seen.clear();
  alice.emits("a", R"(["a"])");
  alice.emits("b", R"(["b"])");
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"any a", "shared a", "own any a", "own a", "any b", "own any b"}));
}

CAF_TEST(the_server_asks_a_client_and_gets_its_answer_once) {
  lines answers;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    s.emit(make_event("how?"), 5s, [&](socket& who, const arguments* answer) {
      answers.push_back(answer != nullptr ? answer->json : "none");
      CAF_CHECK_EQUAL(who.nsp(), "/");
    });
  });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects();
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"connected", R"(event ["how?"] ack 0)"}));
  caf::anon_send(alice.actor, socket_answer{"/", 7, {"[0]", {}}});
  caf::anon_send(alice.actor, socket_answer{"/", 0, {"[1]", {}}});
  caf::anon_send(alice.actor, socket_answer{"/", 0, {"[2]", {}}});
  settle();
  sched.advance_time(5s);
  settle();
  CAF_CHECK_EQUAL(answers, lines{"[1]"});
}

CAF_TEST(a_question_fails_when_its_time_is_over_when_the_client_goes_and_when_there_are_too_many) {
  lines answers;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    for (const auto* name : {"a", "b", "c"})
      s.emit(make_event(name), 5s, [&answers, name](socket&, const arguments* answer) {
        answers.push_back(std::string{name} + (answer != nullptr ? " answered" : " failed"));
      });
  });
  signaler_options options;
  options.limits.unanswered_per_socket = 2;
  start(options, std::move(table));
  auto& alice = connect("alice");
  CAF_CHECK_EQUAL(answers, lines{"c failed"});
  sched.advance_time(5s);
  settle();
  CAF_CHECK_EQUAL(answers, (lines{"c failed", "a failed", "b failed"}));
  answers.clear();
  alice.leaves();
  alice.connects();
  alice.leaves();
  settle();
  CAF_CHECK_EQUAL(answers, (lines{"c failed", "a failed", "b failed"}));
}

CAF_TEST(a_volatile_event_is_dropped_when_the_client_cannot_take_it) {
  namespace_table table;
  table.of("/").on("tick", [](socket& s, const event_ptr&, const acknowledgement&) {
    s.emit_volatile(make_event("tock"));
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.port->slow = true;
  alice.emits("tick", R"(["tick"])");
  settle();
  CAF_CHECK(alice.hears().empty());
  alice.port->slow = false;
  alice.emits("tick", R"(["tick"])");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["tock"])"});
}

CAF_TEST(disconnecting_handlers_still_see_the_rooms_and_disconnect_handlers_do_not) {
  lines seen;
  namespace_table table;
  table.of("/")
      .on_disconnecting([&](socket& s, std::string_view reason) {
        seen.push_back(std::string{reason} + " " + std::to_string(s.rooms().size()));
      })
      .on_disconnect(
          [&](socket& s, std::string_view) { seen.push_back(std::to_string(s.rooms().size())); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"transport close 1", "0"}));
}

CAF_TEST(an_acknowledgement_may_be_kept_and_answered_later_from_anywhere) {
  acknowledgement kept;
  namespace_table table;
  table.of("/").on("ask",
                   [&](socket&, const event_ptr&, const acknowledgement& ack) { kept = ack; });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("ask", R"(["ask"])", 3);
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK(kept.send(make_answer("late", 1)));
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(answer 3 ["late",1])"});
  alice.emits("ask", R"(["ask"])", 4);
  alice.leaves();
  settle();
  CAF_CHECK(!kept.send(make_answer()));
  CAF_CHECK(alice.hears().empty());
}

CAF_TEST(disconnecting_the_client_ends_all_its_namespaces_and_the_connection) {
  namespace_table table;
  table.of("/other");
  table.of("/").on(
      "bye", [](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect_client(); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.connects("/other");
  settle();
  alice.hears();
  alice.emits("bye", R"(["bye"])");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"/other disconnected", "disconnected"}));
  CAF_CHECK(alice.port->closed);
}

CAF_TEST_FIXTURE_SCOPE_END()
