// Tests of what the clients of one network address may have together, and of claims that are wrong.
#include "address_counts.hpp"
#include "claim_guard.hpp"

#define CAF_SUITE actors_address_limits
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

struct address_fixture : signaler_fixture {
  address_fixture() {
    signaler_options options;
    options.grace = 10s;
    options.limits.held_sessions = 5;
    options.limits.held_sessions_per_address = 2;
    options.limits.seats_per_address = 3;
    options.limits.wrong_claims_per_minute = 3;
    start(options);
  }

  client& connect_from(const std::string& network, const std::string& name) {
    clients[name].network = network;
    return connect(name);
  }
  void loses(const std::string& name) {
    clients[name].loses_transport();
    settle();
  }
  /// Whether the client is who it was, after it has come back.
  bool recovers(const std::string& name) {
    const auto id = clients[name].port->id;
    return comes_back(name).port->id == id;
  }
  /// A claim to the session of `victim` with a secret that is guessed.
  client& guesses(const std::string& name, const client& victim) {
    auto& guesser = open_session(name);
    guesser.port->pid = victim.port->id + "AAAAAAAAAAAAAAAAAAAA";
    guesser.port->offset = victim.port->offset;
    guesser.connects_again();
    settle();
    return guesser;
  }
  /// Wrong claims are forgotten at the next full minute.
  void minute_passes() {
    sched.advance_time(60s);
    settle();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(address_limit_tests, address_fixture)

CAF_TEST(an_address_has_as_many_as_are_alive) {
  const auto counts = address_counts::make();
  auto first = counts->take("a");
  auto second = counts->take("a");
  CAF_CHECK_EQUAL(counts->take("b")->number(), 1u);
  CAF_CHECK_EQUAL(second->number(), 2u);
  CAF_CHECK_EQUAL(counts->size(), 1u);
  first = nullptr;
  CAF_CHECK_EQUAL(counts->of("a"), 1u);
  CAF_CHECK_EQUAL(counts->take("a")->number(), 2u);
  second = nullptr;
  CAF_CHECK_EQUAL(counts->size(), 0u);
}

CAF_TEST(after_too_many_wrong_claims_an_address_is_not_listened_to_until_the_next_minute) {
  claim_guard guard{2, 100};
  const claim_guard::time_point start{60min};
  CAF_CHECK(guard.allows("a", start));
  CAF_CHECK(!guard.count("a", start));
  CAF_CHECK(guard.allows("a", start));
  CAF_CHECK(guard.count("a", start));
  CAF_CHECK(!guard.allows("a", start + 59s));
  CAF_CHECK(guard.allows("b", start + 59s));
  CAF_CHECK(guard.allows("", start + 59s));
  CAF_CHECK(guard.allows("a", start + 60s));
}

CAF_TEST(without_a_bound_every_claim_is_listened_to) {
  claim_guard guard{0, 100};
  const claim_guard::time_point start{60min};
  for (int i = 0; i < 10; ++i) CAF_CHECK(!guard.count("a", start));
  CAF_CHECK(guard.allows("a", start));
}

CAF_TEST(of_more_addresses_than_are_counted_every_claim_is_listened_to) {
  claim_guard guard{1, 2};
  const claim_guard::time_point start{60min};
  CAF_CHECK(guard.count("a", start));
  CAF_CHECK(guard.count("b", start));
  CAF_CHECK(!guard.count("c", start));
  CAF_CHECK(guard.allows("c", start));
  CAF_CHECK(!guard.allows("a", start));
  CAF_CHECK(!guard.allows("b", start));
  // The next minute has place for others.
  CAF_CHECK(guard.count("c", start + 60s));
  CAF_CHECK(!guard.allows("c", start + 60s));
}

CAF_TEST(the_oldest_held_session_of_an_address_goes_before_anybody_elses) {
  connect_from("other", "bob");
  loses("bob");
  for (const auto* name : {"a", "b", "c"}) {
    connect_from("flood", name).opens(name);
    settle();
    loses(name);
  }
  CAF_CHECK_EQUAL(counts().held_sessions, 3);
  CAF_CHECK_EQUAL(counts().evicted_sessions, 1);
  CAF_CHECK_EQUAL(logged, lines{"session_evicted"});
  CAF_CHECK(!recovers("a"));
  CAF_CHECK(recovers("b"));
  CAF_CHECK(recovers("c"));
  CAF_CHECK(recovers("bob"));
}

CAF_TEST(what_has_come_back_counts_no_more) {
  for (const auto* name : {"a", "b"}) {
    connect_from("home", name);
    loses(name);
  }
  CAF_CHECK(recovers("a"));
  connect_from("home", "c");
  loses("c");
  CAF_CHECK(recovers("b"));
  CAF_CHECK_EQUAL(counts().evicted_sessions, 0);
}

CAF_TEST(held_sessions_of_an_address_expire_like_others) {
  for (const auto* name : {"a", "b"}) {
    connect_from("home", name);
    loses(name);
  }
  sched.advance_time(10s);
  settle();
  CAF_CHECK_EQUAL(counts().held_sessions, 0);
  connect_from("home", "c");
  loses("c");
  CAF_CHECK(recovers("c"));
}

CAF_TEST(clients_of_one_address_share_its_seats_and_others_have_theirs) {
  auto& a = connect_from("home", "a");
  auto& b = connect_from("home", "b");
  a.opens("r1", 1);
  a.opens("r2", 2);
  b.opens("r3", 3);
  settle();
  b.hears();
  b.opens("r4", 4);
  settle();
  const auto heard = b.hears();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  CAF_CHECK(heard[0].find("too-many-seats-of-address") != std::string::npos);
  CAF_CHECK_EQUAL(counts().rooms, 3);
  CAF_CHECK_EQUAL(counts().refused_seats, 1);
  auto& other = connect_from("elsewhere", "other");
  other.opens("r4", 1);
  settle();
  CAF_CHECK_EQUAL(other.hears(), lines{"answer 1 []"});
}

CAF_TEST(asking_again_for_what_one_has_takes_no_seat_of_the_address) {
  auto& a = connect_from("home", "a");
  for (const auto* room : {"r1", "r2"}) a.opens(room);
  a.asks("nobody opens this", 1);
  settle();
  a.hears();
  a.opens("r2", 2);
  a.asks("nobody opens this", 3);
  settle();
  CAF_CHECK_EQUAL(a.hears(), lines{"answer 2 []"});
  CAF_CHECK_EQUAL(counts().refused_seats, 0);
}

CAF_TEST(a_seat_that_is_left_or_a_question_that_is_cancelled_is_free_for_others_of_the_address) {
  auto& a = connect_from("home", "a");
  auto& b = connect_from("home", "b");
  for (const auto* room : {"r1", "r2"}) a.opens(room);
  a.asks("nobody opens this");
  settle();
  a.emits("leave-room", R"(["leave-room","r1"])");
  a.emits("cancel-wait", R"(["cancel-wait","nobody opens this"])");
  settle();
  b.opens("r3", 1);
  b.opens("r4", 2);
  settle();
  CAF_CHECK_EQUAL(b.hears(), (lines{"answer 1 []", "answer 2 []"}));
}

CAF_TEST(held_seats_count_until_they_are_given_up) {
  auto& a = connect_from("home", "a");
  for (const auto* room : {"r1", "r2", "r3"}) a.opens(room);
  settle();
  loses("a");
  auto& b = connect_from("home", "b");
  b.opens("r4");
  settle();
  CAF_CHECK_EQUAL(counts().refused_seats, 1);
  sched.advance_time(10s);
  settle();
  b.hears();
  b.opens("r4", 1);
  settle();
  CAF_CHECK_EQUAL(b.hears(), lines{"answer 1 []"});
}

CAF_TEST(who_guesses_too_often_is_not_listened_to_for_a_minute_and_others_are) {
  auto& alice = connect_from("home", "alice");
  loses("alice");
  clients["mallory"].network = "den";
  for (int i = 0; i < 10; ++i) {
    CAF_CHECK(guesses("mallory", alice).port->id != alice.port->id);
    clients["mallory"].leaves();
    loses("mallory");
  }
  CAF_CHECK_EQUAL(counts().wrong_claims, 3);
  CAF_CHECK_EQUAL(counts().ignored_claims, 7);
  const std::string refused = "claim_refused";
  CAF_CHECK_EQUAL(logged, (lines{refused, refused, refused, "claims_ignored"}));
  CAF_CHECK(recovers("alice"));
  // Nor is what would be right.
  connect_from("den", "mallory");
  loses("mallory");
  CAF_CHECK(!recovers("mallory"));
  minute_passes();
  loses("mallory");
  CAF_CHECK(recovers("mallory"));
}

CAF_TEST(what_is_left_from_an_earlier_life_of_the_server_is_no_guess) {
  clients["bob"].network = "home";
  auto& bob = open_session("bob");
  bob.port->pid = std::string(40, 'A');
  bob.port->offset = "1.s.5";
  bob.connects_again();
  settle();
  CAF_CHECK_EQUAL(bob.hears(), (lines{"connected", "hello"}));
  CAF_CHECK_EQUAL(counts().wrong_claims, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
