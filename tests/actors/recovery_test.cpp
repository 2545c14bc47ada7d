// Tests of coming back: what was missed is heard, in order and once, and the latest claim wins.
#define CAF_SUITE actors_recovery
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

struct recovery_fixture : signaler_fixture {
  recovery_fixture() {
    signaler_options options;
    options.grace = 10s;
    options.log_age = 20s;
    options.limits.log_bytes = 2'000;
    table.of("/").on_connect(
        [this](socket& s) { log.emplace_back(s.recovered() ? "recovered" : "connected"); });
    table.of("/").on_disconnect([this](socket&, std::string_view why) { log.emplace_back(why); });
    start(options, std::move(table));
  }
  ~recovery_fixture() override {
    // Timers of the store would keep the base class running for ever.
    for (auto& [name, c] : clients)
      if (c.actor) c.loses_transport();
    server->stop();
    sched.run();
  }

  /// Alice owns the room, Bob is its member.
  void meet() {
    connect("alice").opens("r1");
    connect("bob").asks("r1");
    settle();
    log.clear();
  }
  client& alice() { return clients["alice"]; }
  client& bob() { return clients["bob"]; }
  void say(client& who, const std::string& text) {
    who.says(text);
    settle();
  }
  static std::string last_heard_by(client& who) {
    const auto all = who.hears();
    return all.empty() ? std::string{} : all.back();
  }
  static std::string message(const std::string& text) {
    return R"(event ["message",")" + text + "\"]";
  }

  namespace_table table;
  lines log;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(recovery_tests, recovery_fixture)

CAF_TEST(who_comes_back_hears_what_it_missed_before_it_is_told) {
  meet();
  const auto pid = bob().port->pid;
  bob().loses_transport();
  settle();
  say(alice(), "one");
  say(alice(), "two");
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().hears(), (lines{message("one"), message("two"), "connected", "hello"}));
  CAF_CHECK_EQUAL(bob().port->pid, pid);
  CAF_CHECK_EQUAL(log, (lines{"transport close", "recovered"}));
  say(alice(), "three");
  CAF_CHECK_EQUAL(bob().hears(), lines{message("three")});
}

CAF_TEST(an_event_is_encoded_once_for_all_who_are_here_and_away) {
  meet();
  connect("carol").asks("r1");
  bob().loses_transport();
  settle();
  codec->events_encoded = 0;
  say(alice(), "one");
  CAF_CHECK_EQUAL(codec->events_encoded, 1);
}

CAF_TEST(many_times_in_a_row_and_also_in_the_middle_of_a_replay) {
  meet();
  lines expected;
  for (int round = 0; round < 20; ++round) {
    bob().loses_transport();
    settle();
    say(alice(), std::to_string(round));
    bob().actor = server->spawn_connection(bob().port, std::make_shared<handshake>());
    const auto offset = bob().port->offset;
    bob().connects_again();
    if (round % 2 == 0) { // gone again before the session has come
      bob().loses_transport();
      settle();
      CAF_CHECK_EQUAL(counts().held_sessions, 1);
      bob().port->offset = offset;
      comes_back("bob");
    }
    settle();
    CAF_CHECK_EQUAL(bob().hears(), (lines{message(std::to_string(round)), "connected", "hello"}));
  }
  CAF_CHECK_EQUAL(counts().seats, 2);
}

CAF_TEST(who_has_missed_too_much_starts_anew_and_leaves_no_seat_behind) {
  meet();
  const auto id = bob().port->id;
  bob().loses_transport();
  settle();
  for (int i = 0; i < 40; ++i) say(alice(), "much");
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().hears(), (lines{"connected", "hello"}));
  CAF_CHECK(bob().port->id != id);
  CAF_CHECK_EQUAL(counts().seats, 1);
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
}

CAF_TEST(what_is_too_old_is_let_go_and_what_was_heard_before_it_still_counts) {
  meet();
  say(alice(), "old");
  bob().hears();
  sched.advance_time(21s);
  say(alice(), "young"); // the entry of the old one goes, not its name
  bob().port->received.clear();
  bob().port->offset = bob().port->offset;
  bob().loses_transport();
  settle();
  say(alice(), "missed");
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().hears(), (lines{message("missed"), "connected", "hello"}));
}

CAF_TEST(a_session_that_lives_can_be_claimed_and_the_older_socket_is_fenced) {
  meet();
  auto& old = clients["bob's other life"];
  std::swap(old, bob());
  bob().port->pid = old.port->pid;
  bob().port->offset = old.port->offset;
  bob().port->id = old.port->id;
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().port->id, old.port->id);
  CAF_CHECK_EQUAL(last_heard_by(old), "disconnected");
  CAF_CHECK_EQUAL(old.port->dropped, lines{"/"});
  CAF_CHECK(old.port->closed);
  CAF_CHECK_EQUAL(log, (lines{"superseded", "recovered"}));
  say(old, "from the grave");
  CAF_CHECK(alice().hears().empty());
  bob().hears();
  say(alice(), "hello");
  CAF_CHECK_EQUAL(bob().hears(), lines{message("hello")});
  CAF_CHECK(old.hears().empty());
  CAF_CHECK_EQUAL(counts().sockets, 2);
  CAF_CHECK_EQUAL(counts().seats, 2);
}

CAF_TEST(a_session_that_was_held_and_came_back_can_be_claimed_like_any_other) {
  meet();
  bob().loses_transport();
  settle();
  comes_back("bob");
  auto& old = clients["bob's other life"];
  std::swap(old, bob());
  bob().port->pid = old.port->pid;
  bob().port->offset = old.port->offset;
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().port->id, old.port->id);
  CAF_CHECK_EQUAL(last_heard_by(old), "disconnected");
}

CAF_TEST(of_several_claims_the_latest_wins_and_the_others_are_told_to_stay_away) {
  meet();
  const auto pid = bob().port->pid;
  const auto offset = bob().port->offset;
  const lines names{"first", "second", "third"};
  for (const auto& name : names) {
    auto& c = open_session(name);
    c.port->pid = pid;
    c.port->offset = offset;
    c.connects_again();
  }
  settle();
  for (const auto& name : names) CAF_CHECK_EQUAL(clients[name].port->pid, pid);
  CAF_CHECK_EQUAL(last_heard_by(bob()), "disconnected");
  CAF_CHECK_EQUAL(last_heard_by(clients["first"]), "disconnected");
  CAF_CHECK_EQUAL(last_heard_by(clients["second"]), "disconnected");
  CAF_CHECK_EQUAL(last_heard_by(clients["third"]), "hello");
  CAF_CHECK_EQUAL(counts().seats, 2);
  CAF_CHECK_EQUAL(counts().sockets, 2);
}

CAF_TEST(an_offset_that_names_nothing_takes_little_of_the_log) {
  meet();
  bob().loses_transport();
  settle();
  bob().port->offset.assign(100'000, 'x');
  comes_back("bob");
  CAF_CHECK_EQUAL(logged, lines{"not_recovered"});
  CAF_CHECK_EQUAL(most_logged, logged_offset_bytes);
}

CAF_TEST(a_claimant_that_is_gone_before_the_session_comes_does_not_lose_it) {
  meet();
  const auto pid = bob().port->pid;
  auto& other = open_session("other");
  other.port->pid = pid;
  other.port->offset = bob().port->offset;
  other.connects_again();
  other.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().held_sessions, 1);
  CAF_CHECK_EQUAL(counts().seats, 2);
  CAF_CHECK_EQUAL(counts().connections, 2); // Alice's, and Bob's old one without a socket
  sched.advance_time(10s);
  settle();
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(who_is_cut_off_while_its_room_is_opened_for_it_again_keeps_the_seat) {
  meet();
  alice().opens("r1");
  alice().loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().seats, 2);
  say(bob(), "anybody there?");
  comes_back("alice");
  CAF_CHECK_EQUAL(alice().hears(), (lines{message("anybody there?"), "connected", "hello"}));
  auto& carol = connect("carol");
  carol.asks("r1", 1); // it is open again
  settle();
  CAF_CHECK_EQUAL(carol.hears(), lines{R"(answer 1 ["r1"])"});
}

CAF_TEST(who_became_an_owner_without_hearing_of_it_comes_back_as_the_member_it_was) {
  meet();
  bob().opens("r1");
  bob().loses_transport();
  settle();
  comes_back("bob");
  alice().loses_transport();
  settle();
  auto& carol = connect("carol");
  carol.asks("r1", 1);
  settle();
  CAF_CHECK(carol.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
}

CAF_TEST(a_join_that_was_under_way_is_repeated_for_who_comes_back) {
  server->stop();
  settle();
  namespace_table other;
  other.of("/").on_connect([](socket& s) {
    if (!s.recovered()) s.join("news");
  });
  signaler_options options;
  options.grace = 10s;
  start(options, std::move(other));
  auto& carol = open_session("carol");
  carol.connects();
  carol.loses_transport();
  settle();
  CAF_CHECK_EQUAL(counts().seats, 0);
  comes_back("carol");
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(a_disconnect_by_either_side_ends_the_session) {
  meet();
  const auto id = bob().port->id;
  bob().leaves();
  settle();
  CAF_CHECK_EQUAL(counts().seats, 1);
  bob().loses_transport();
  comes_back("bob");
  CAF_CHECK(bob().port->id != id);
  CAF_CHECK_EQUAL(log, (lines{"client namespace disconnect", "connected"}));
}

CAF_TEST(nothing_is_left_to_come_back_to_after_a_disconnect_by_the_server) {
  server->stop();
  settle();
  namespace_table other;
  other.of("/").on("kick",
                   [](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect(); });
  signaler_options options;
  options.grace = 10s;
  start(options, std::move(other));
  auto& carol = connect("carol");
  const auto id = carol.port->id;
  carol.emits("kick", R"(["kick"])");
  settle();
  carol.loses_transport();
  settle();
  comes_back("carol");
  CAF_CHECK(carol.port->id != id);
  CAF_CHECK(carol.port->hello.find("\"recovered\":false") != std::string::npos);
}

CAF_TEST(middleware_is_asked_again_of_who_comes_back_unless_it_is_to_be_spared) {
  for (const bool spared : {false, true}) {
    if (server) server->stop();
    settle();
    int asked = 0;
    lines seen;
    namespace_table other;
    other.of("/")
        .use([&](const connect_attempt& attempt) {
          if (++asked == 1) attempt.data() = std::string{"carol's"};
          attempt.accept();
        })
        .on_connect([&](socket& s) {
          const auto* data = std::any_cast<std::string>(&s.data());
          seen.push_back((data ? *data : "nobody's") + (s.recovered() ? " again" : ""));
        });
    signaler_options options;
    options.grace = 10s;
    options.skip_middleware_on_recovery = spared;
    start(options, std::move(other));
    auto& carol = connect("carol");
    carol.loses_transport();
    settle();
    comes_back("carol");
    CAF_CHECK_EQUAL(seen, (lines{"carol's", "carol's again"}));
    CAF_CHECK_EQUAL(asked, spared ? 1 : 2);
    // Who claims in vain is not spared.
    carol.leaves();
    settle();
    carol.loses_transport();
    settle();
    comes_back("carol");
    CAF_CHECK_EQUAL(asked, spared ? 2 : 3);
  }
}

CAF_TEST(middleware_can_refuse_who_comes_back) {
  server->stop();
  settle();
  int asked = 0;
  namespace_table other;
  other.of("/").use([&](const connect_attempt& attempt) {
    ++asked == 1 ? attempt.accept() : attempt.refuse("not any more");
  });
  signaler_options options;
  options.grace = 10s;
  start(options, std::move(other));
  auto& carol = connect("carol");
  carol.loses_transport();
  settle();
  carol.hears();
  comes_back("carol");
  CAF_CHECK_EQUAL(carol.hears(), lines{"refused not any more"});
}

CAF_TEST(what_was_said_in_the_lobby_is_not_said_again_but_counts_as_heard) {
  signaler_options options;
  options.grace = 10s;
  options.lobby = true;
  server->stop();
  settle();
  start(options);
  connect("alice");
  connect("bob");
  say(alice(), "in the lobby");
  CAF_CHECK_EQUAL(bob().hears(), lines{message("in the lobby")});
  CAF_CHECK(bob().port->offset.find(alice().port->id) != std::string::npos);
  bob().loses_transport();
  settle();
  say(alice(), "unheard");
  comes_back("bob");
  CAF_CHECK_EQUAL(bob().hears(), (lines{"connected", "hello"}));
  CAF_CHECK(bob().port->hello.find("\"recovered\":true") != std::string::npos);
}

CAF_TEST(event_ids_are_read_as_they_are_written) {
  const event_id id{1234567, make_public_id(), 42};
  CAF_CHECK(parse_event_id(to_text(id)) == id);
  const event_id own{99, {}, 7};
  CAF_CHECK_EQUAL(to_text(own), "2r.s.7");
  CAF_CHECK(parse_event_id("2r.s.7") == own);
  const event_id again{99, make_public_id(), 7, series_of(36, false)};
  CAF_CHECK_EQUAL(to_text(again), "2r-10." + std::string{again.sender.view()} + ".7");
  CAF_CHECK(parse_event_id(to_text(again)) == again);
  const event_id counted{99, again.sender, 7, series_of(2'147'483'647, true)};
  CAF_CHECK_EQUAL(to_text(counted), "2r-zik0zj_." + std::string{again.sender.view()} + ".7");
  CAF_CHECK(parse_event_id(to_text(counted)) == counted);
  for (const auto* wrong :
       {"",         ".",       "..",       "2r.s",     "2r.s.",     "2r..7",
        ".s.7",     "2r.s.7 ", "2r.s.-7",  "2r.s.07",  "2r.t.7",    "2r.s.99999999999999999999",
        "2r.s.7.8", "+1.s.7",  "2r-.s.7",  "2r-0.s.7", "2r--1.s.7", "2r-zik0zk.s.7",
        "2r__.s.7", "_.s.7",   "2r_-1.s.7"})
    CAF_CHECK(!parse_event_id(wrong));
}

CAF_TEST_FIXTURE_SCOPE_END()
