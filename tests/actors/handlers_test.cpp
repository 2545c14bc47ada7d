// Tests of what handlers can do with their socket.
#define CAF_SUITE actors_handlers
#include <memory>
#include <stdexcept>

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
  CAF_CHECK_EQUAL(answers, (lines{"a failed", "b failed", "c failed"}));
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

CAF_TEST(who_asks_again_whenever_there_was_no_answer_comes_to_an_end_with_the_client) {
  int failed = 0;
  answer_handler again = [&](socket& s, const arguments*) {
    ++failed;
    s.emit(make_event("how?"), 5s, again);
  };
  namespace_table table;
  table.of("/").on_connect([&](socket& s) { s.emit(make_event("how?"), 5s, again); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  sched.advance_time(5s);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["how?"] ack 1)"});
  alice.leaves();
  settle();
  CAF_CHECK_EQUAL(failed, 2);
}

CAF_TEST(too_many_questions_fail_later_and_never_inside_of_the_call) {
  int failed = 0;
  bool asking = false;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    asking = true;
    for (int i = 0; i < 3; ++i)
      s.emit(make_event("how?"), 5s, [&](socket&, const arguments* answer) {
        CAF_CHECK(!asking);
        if (answer == nullptr) ++failed;
      });
    asking = false;
  });
  signaler_options options;
  options.limits.unanswered_per_socket = 1;
  start(options, std::move(table));
  auto& alice = connect("alice");
  CAF_CHECK_EQUAL(failed, 2);
  // Nor does a client answer what it was not asked.
  for (const std::uint64_t id : {1, 2})
    caf::anon_send(alice.actor, socket_answer{"/", id, {"[1]", {}}});
  settle();
  CAF_CHECK_EQUAL(failed, 2);
  alice.leaves();
  settle();
  CAF_CHECK_EQUAL(failed, 3);
}

CAF_TEST(an_answer_to_a_question_of_an_earlier_connection_answers_none_of_a_later_one) {
  lines answers;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    s.emit(make_event("who?"), 5s, [&](socket&, const arguments* answer) {
      answers.push_back(answer != nullptr ? answer->json : "none");
    });
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.leaves();
  settle();
  alice.connects();
  settle();
  CAF_CHECK_EQUAL(answers, lines{"none"});
  caf::anon_send(alice.actor, socket_answer{"/", 0, {R"(["late"])", {}}});
  settle();
  CAF_CHECK_EQUAL(answers, lines{"none"});
  caf::anon_send(alice.actor, socket_answer{"/", 1, {R"(["in time"])", {}}});
  settle();
  CAF_CHECK_EQUAL(answers, (lines{"none", R"(["in time"])"}));
}

CAF_TEST(a_socket_that_goes_is_not_connected_and_asks_nothing) {
  lines seen;
  const auto note = [&](const char* when, socket& s) {
    const bool asked = s.emit(make_event("how?"), 5s, [](socket&, const arguments*) {
      CAF_ERROR("a question that was not asked has failed");
    });
    seen.push_back(std::string{when} + (s.connected() ? " connected" : " gone")
                   + (asked ? ", asked" : ""));
  };
  namespace_table table;
  table.of("/")
      .on_connect([&](socket& s) {
        seen.emplace_back(s.connected() ? "connected" : "gone");
        s.emit(make_event("why?"), 5s, [&](socket& of, const arguments*) { note("null", of); });
      })
      .on_disconnecting([&](socket& s, std::string_view) { note("disconnecting", s); })
      .on_disconnect([&](socket& s, std::string_view) { note("disconnect", s); });
  start({}, std::move(table));
  connect("alice").leaves();
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"connected", "disconnecting gone", "null gone", "disconnect gone"}));
}

CAF_TEST(a_question_may_wait_for_its_answer_as_long_as_the_socket_lives) {
  lines answers;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    s.emit(make_event("how?"), std::chrono::milliseconds::max(),
           [&](socket&, const arguments* answer) {
             answers.emplace_back(answer != nullptr ? answer->json : "none");
           });
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  sched.advance_time(24h);
  settle();
  CAF_CHECK(answers.empty());
  CAF_CHECK(!sched.has_pending_timeout());
  caf::anon_send(alice.actor, socket_answer{"/", 0, {"[1]", {}}});
  settle();
  CAF_CHECK_EQUAL(answers, lines{"[1]"});
}

CAF_TEST(a_question_without_a_handler_and_a_call_without_a_function_are_refused_at_the_call) {
  int refused = 0;
  socket_ref ref;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    ref = s.ref();
    try {
      s.emit(make_event("how?"), 5s, {});
    } catch (const std::invalid_argument&) {
      ++refused;
    }
  });
  start({}, std::move(table));
  CAF_CHECK_EQUAL(connect("alice").hears(), lines{});
  try {
    ref.run({});
  } catch (const std::invalid_argument&) {
    ++refused;
  }
  CAF_CHECK_EQUAL(refused, 2);
  CAF_CHECK(logged.empty());
}

CAF_TEST(a_handler_that_ends_the_socket_is_the_last_one_that_hears_of_the_event) {
  lines seen;
  namespace_table table;
  const auto note = [&](const char* what) {
    return [&seen, what](socket&, const event_ptr&, const acknowledgement&) {
      seen.emplace_back(what);
    };
  };
  table.of("/")
      .on_any([](socket& s, const event_ptr& e, const acknowledgement&) {
        if (e->name == "a") s.disconnect();
      })
      .on("a", note("shared"))
      .on("b", [](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect(); })
      .on_connect([&](socket& s) { s.on_any(note("own")); })
      .on_disconnect([&](socket&, std::string_view) { seen.emplace_back("gone"); });
  start({}, std::move(table));
  connect("alice").emits("a", R"(["a"])");
  connect("bob").emits("b", R"(["b"])");
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"gone", "gone"}));
}

CAF_TEST(an_on_connect_that_ends_the_socket_is_the_last_one) {
  lines seen;
  namespace_table table;
  table.of("/")
      .on_connect([](socket& s) { s.disconnect(); })
      .on_connect([&](socket&) { seen.emplace_back("connected"); })
      .on_disconnect([&](socket&, std::string_view reason) { seen.emplace_back(reason); });
  start({}, std::move(table));
  CAF_CHECK_EQUAL(connect("alice").hears(), lines{});
  CAF_CHECK_EQUAL(seen, lines{"server namespace disconnect"});
  CAF_CHECK_EQUAL(counts().sockets, 0);
}

CAF_TEST(a_handler_for_once_is_let_go_of_when_it_has_run) {
  const auto kept = std::make_shared<int>(0);
  namespace_table table;
  table.of("/").on("more", [&](socket& s, const event_ptr&, const acknowledgement&) {
    s.once("a", [kept](socket&, const event_ptr&, const acknowledgement&) { ++*kept; });
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  for (int i = 1; i <= 3; ++i) {
    alice.emits("more", R"(["more"])");
    alice.emits("more", R"(["more"])");
    alice.emits("a", R"(["a"])");
    alice.emits("a", R"(["a"])");
    settle();
    CAF_CHECK_EQUAL(*kept, 2 * i);
    CAF_CHECK_EQUAL(kept.use_count(), 1);
  }
}

CAF_TEST(handlers_of_a_socket_are_not_copied_for_each_event) {
  struct counted {
    explicit counted(int& of) : copies(of) {}
    counted(const counted& other) : copies(other.copies) { ++copies; }
    void operator()(socket&, const event_ptr&, const acknowledgement&) const {}
    int& copies;
  };
  int copies = 0;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) { s.on("a", counted{copies}); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  const auto at_first = copies;
  for (int i = 0; i < 3; ++i) alice.emits("a", R"(["a"])");
  settle();
  CAF_CHECK_EQUAL(copies, at_first);
}

CAF_TEST(handlers_may_add_handlers_while_they_run) {
  lines seen;
  const auto adds = [&seen](socket& s, const event_ptr&, const acknowledgement&) {
    for (int i = 0; i < 9; ++i)
      s.once("a", [&seen](socket&, const event_ptr&, const acknowledgement&) {
        seen.emplace_back("added");
      });
  };
  namespace_table table;
  table.of("/").on_connect([&](socket& s) {
    s.once("a", adds);
    s.once("a", adds);
    s.on_disconnecting([&](socket& of, std::string_view) {
      for (int i = 0; i < 9; ++i)
        of.on_disconnecting([&](socket&, std::string_view) { seen.emplace_back("too late"); });
      of.on_disconnect([&](socket& gone, std::string_view) {
        seen.emplace_back("gone");
        for (int i = 0; i < 9; ++i) gone.on_disconnect([&](socket&, std::string_view) {});
      });
    });
  });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("a", R"(["a"])");
  settle();
  CAF_CHECK(seen.empty());
  alice.emits("a", R"(["a"])");
  settle();
  CAF_CHECK_EQUAL(seen, lines(18, "added"));
  seen.clear();
  alice.leaves();
  settle();
  CAF_CHECK_EQUAL(seen, lines{"gone"});
}

CAF_TEST(an_empty_handle_of_a_socket_is_nobody) {
  const socket_ref nobody;
  CAF_CHECK_EQUAL(nobody.nsp(), "");
  CAF_CHECK(!nobody.connection());
  CAF_CHECK(!nobody.emit_volatile(make_event("x")));
  nobody.emit(make_event("x"));
  nobody.run([](socket&) { CAF_ERROR("nobody runs this"); });
}

CAF_TEST(a_room_is_among_those_of_the_socket_when_its_seat_has_been_granted) {
  lines seen;
  const auto note = [&](const socket& s) { seen.push_back(std::to_string(s.rooms().size())); };
  namespace_table table;
  table.of("/")
      .on("in",
          [&](socket& s, const event_ptr&, const acknowledgement& ack) {
            s.join("r1", ack, make_answer("in"));
            note(s);
          })
      .on("now", [&](socket& s, const event_ptr&, const acknowledgement&) { note(s); })
      .on("out", [&](socket& s, const event_ptr&, const acknowledgement&) {
        s.leave("r1");
        note(s);
      });
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("in", R"(["in"])", 1);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(answer 1 ["in"])"});
  alice.emits("now", R"(["now"])");
  alice.emits("out", R"(["out"])");
  settle();
  CAF_CHECK_EQUAL(seen, (lines{"0", "1", "0"}));
}

CAF_TEST(who_is_displaced_hears_it_in_the_words_of_its_namespace_or_not_at_all) {
  namespace_table table;
  const auto opens = [](bool proven) {
    return [proven](socket& s, const event_ptr&, const acknowledgement& ack) {
      s.open("r1", ack, [](seat_role) { return make_answer("open"); }, proven, {});
    };
  };
  for (const auto* nsp : {"/told", "/untold", "/failing"})
    table.of(nsp).on("open", opens(false)).on("mine", opens(true));
  table.of("/told").tell_displaced(
      [](const std::string& room_id) { return make_event("lost", room_id); });
  table.of("/failing").tell_displaced([](const std::string&) -> arguments {
    throw std::runtime_error{"no words"};
  });
  signaler_options options;
  options.exclusive_rooms = true;
  start(options, std::move(table));
  for (const std::string nsp : {"/told", "/untold", "/failing"}) {
    auto& alice = open_session("alice");
    auto& bob = open_session("bob");
    for (auto* x : {&alice, &bob}) x->connects(nsp);
    settle();
    alice.emits("open", R"(["open"])", 1, nsp);
    settle();
    for (auto* x : {&alice, &bob}) x->hears();
    bob.emits("mine", R"(["mine"])", 1, nsp);
    settle();
    CAF_CHECK_EQUAL(bob.hears(), lines{nsp + R"( answer 1 ["open"])"});
    const auto told = nsp == "/told" ? lines{R"(/told event ["lost","r1"])"} : lines{};
    CAF_CHECK_EQUAL(alice.hears(), told);
    for (auto* x : {&alice, &bob}) x->loses_transport();
    settle();
  }
  CAF_CHECK_EQUAL(logged, lines{"handler_failed"});
}

CAF_TEST_FIXTURE_SCOPE_END()
