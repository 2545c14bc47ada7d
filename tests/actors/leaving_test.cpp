// Tests of who leaves or cancels before the answer is there: what is granted then counts no more.
#include <nlohmann/json.hpp>

#define CAF_SUITE actors_leaving
#include "registry_fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

struct leaving_fixture : registry_fixture {
  leaving_fixture() {
    signaler_options options;
    options.grace = 10s;
    options.secret = "a secret of the server, long enough for anybody";
    start(options);
  }
  ~leaving_fixture() override {
    // Timers of the store would keep the base class running for ever.
    for (auto& [name, c] : clients)
      if (c.actor) c.loses_transport();
    server->stop();
    sched.run();
  }

  /// The connection has worked off what the client says, before any answer of others.
  void says_at_once(client& c, const std::string& name, const std::string& room) {
    c.emits(name, "[\"" + name + "\",\"" + room + "\"]");
    runs(c.actor);
  }
  void leaves_at_once(client& c, const std::string& room) { says_at_once(c, "leave-room", room); }
  void opens_at_once(client& c, const std::string& room) {
    says_at_once(c, "keep-in-server", room);
  }
  /// The room has something to work off, and does so after all others.
  void settles_all_but(const room_actor& room) {
    auto* job = dynamic_cast<caf::resumable*>(caf::actor_cast<caf::abstract_actor*>(room));
    CAF_REQUIRE_EQUAL(std::erase(sched.jobs, job), 1u);
    settle();
    sched.jobs.push_back(job);
  }
  /// What somebody who joins is told of who sits there.
  roster roster_of(const std::string& id, const room_actor& room) {
    auto rules = caf::make_counted<const delivery_rules>(codec);
    seat_claim claim{
        {"/", id}, make_public_id(), caf::make_counted<outbox>("/", rules, nullptr), {}, {}, {}};
    claim.roster_most = 10;
    auto question = self->request(server->registry(), caf::infinite, join_room{std::move(claim)});
    runs(server->registry());
    runs(room);
    roster result;
    question.receive([&](seat_grant& grant) { result = grant.who; },
                     [](const caf::error& why) { CAF_FAIL(to_string(why)); });
    return result;
  }
  void check_nobody_owns(const std::string& room) {
    auto& asker = connect("somebody");
    asker.asks(room, 99);
    settle();
    CAF_CHECK(asker.hears().empty());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(leaving_tests, leaving_fixture)

CAF_TEST(who_leaves_before_the_grant_has_come_and_asks_waits_for_another_owner) {
  auto& alice = connect("alice");
  opens_at_once(alice, "r1");
  leaves_at_once(alice, "r1");
  alice.asks("r1", 2);
  runs(alice.actor); // before the room has worked off the opening
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 0);
  check_nobody_owns("r1");
  connect("bob").opens("r1");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(answer 2 ["r1"])"});
}

CAF_TEST(an_opening_that_is_taken_back_before_the_room_has_it_opens_nothing) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  settle();
  alice.opens("r1", 1);
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 0);
  CAF_CHECK_EQUAL(counts().rooms, 0);
}

CAF_TEST(nor_does_one_that_asked_for_no_answer) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  settle();
  alice.emits("keep-session", R"(["keep-session","r1"])");
  alice.emits("leave-room", R"(["leave-room","r1"])");
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 0);
  connect("carol").opens("r1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 1 ["r1"])"});
}

CAF_TEST(a_question_that_is_taken_back_before_the_room_has_it_takes_no_seat) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  asks_at_once(bob, "r1", 1);
  const auto room = room_of("r1");
  leaves_at_once(bob, "r1");
  alice.says("who is here?");
  runs(room);
  runs(alice.actor);
  runs(room); // it has heard of no other seat to give this to
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST(who_leaves_before_the_grant_has_come_and_opens_again_owns_the_room) {
  auto& alice = connect("alice");
  opens_at_once(alice, "r1");
  leaves_at_once(alice, "r1");
  alice.opens("r1", 2);
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"answer 2 []"});
  auto& bob = connect("bob");
  bob.asks("r1", 1);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 1 ["r1"])"});
  leaves_at_once(alice, "r1");
  settle();
  check_nobody_owns("r1");
}

CAF_TEST(who_leaves_while_something_said_before_still_holds_the_seat_waits_for_another_owner) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r0");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  const auto room = room_of("r1");
  alice.says("to both");
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  asks_at_once(alice, "r1", 2);
  for (int i = 0; i < 3; ++i) runs(room); // what was said is still on its way through r0
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message","to both"])"});
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 2); // Alice's in r0, Bob's in r1
}

CAF_TEST(who_leaves_while_something_said_before_still_holds_the_seat_hears_nothing_more) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r0");
  settle();
  alice.opens("r1");
  bob.asks("r1");
  settle();
  const auto first = room_of("r0");
  alice.says("to both");
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  bob.says("is she still there?");
  settles_all_but(first);
  CAF_CHECK(alice.hears().empty());
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(event ["message","to both"])"});
}

CAF_TEST(who_leaves_while_something_said_before_still_holds_the_seat_is_named_to_nobody) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  for (const auto* room : {"r0", "r1"}) {
    alice.opens(room);
    settle();
  }
  bob.asks("r1");
  settle();
  const auto first = room_of("r0");
  const auto second = room_of("r1");
  alice.says("to both");
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  settles_all_but(first);
  const auto who = roster_of("r1", second);
  CAF_REQUIRE_EQUAL(who.named.size(), 2u);
  CAF_CHECK_EQUAL(std::string{who.named[0].view()}, bob.port->id);
  CAF_CHECK_EQUAL(who.more, 0u);
}

CAF_TEST(who_has_left_one_room_so_hears_by_another_what_goes_to_both) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  for (const auto* room : {"r0", "r1", "r2"}) {
    alice.opens(room);
    settle();
  }
  bob.asks("r1");
  settle();
  bob.asks("r2");
  settle();
  const auto first = room_of("r0");
  alice.says("to all");
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  bob.says("to both");
  settles_all_but(first);
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["message","to both"])"});
  settle();
}

CAF_TEST(who_leaves_and_asks_again_meanwhile_hears_the_room) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r0");
  bob.opens("r1");
  settle();
  alice.asks("r1");
  settle();
  const auto first = room_of("r0");
  alice.says("to both");
  runs(alice.actor);
  leaves_at_once(alice, "r1");
  asks_at_once(alice, "r1", 2);
  settles_all_but(first);
  bob.says("welcome back");
  settle();
  CAF_CHECK_EQUAL(alice.hears(),
                  (lines{R"(answer 2 ["r1"])", R"(event ["message","welcome back"])"}));
}

CAF_TEST(who_goes_while_something_said_before_still_holds_the_seat_owns_nothing_any_more) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r0");
  alice.opens("r1");
  settle();
  const auto room = room_of("r1");
  alice.says("to both");
  runs(alice.actor);
  alice.leaves();
  runs(alice.actor);
  asks_at_once(bob, "r1", 1);
  for (int i = 0; i < 3; ++i) runs(room); // what was said is still on its way through r0
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
}

CAF_TEST(a_member_whose_opening_is_cancelled_before_the_grant_has_come_owns_nothing) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1");
  settle();
  opens_at_once(bob, "r1");
  says_at_once(bob, "cancel-wait", "r1");
  settle();
  leaves_at_once(alice, "r1");
  settle();
  CAF_CHECK_EQUAL(counts().seats, 1);
  check_nobody_owns("r1");
}

CAF_TEST(an_owner_whose_second_opening_is_cancelled_goes_on_owning_the_room) {
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  settle();
  alice.asks("r1");
  settle();
  opens_at_once(alice, "r1");
  says_at_once(alice, "cancel-wait", "r1");
  settle();
  bob.asks("r1", 1);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(answer 1 ["r1"])"});
}

CAF_TEST(who_loses_its_connection_before_the_grant_has_come_and_asks_waits_for_another_owner) {
  auto& alice = connect("alice");
  opens_at_once(alice, "r1");
  runs(server->registry());
  const auto room = room_of("r1");
  auto& back = open_session("alice");
  back.connects_again();
  settles_all_but(room);
  CAF_CHECK_EQUAL(back.hears(), (lines{"disconnected", "connected", "hello"}));
  back.asks("r1", 2);
  settles_all_but(room);
  settle();
  CAF_CHECK(back.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 0);
}

CAF_TEST(who_ends_its_session_before_the_grant_has_come_and_asks_anew_waits_for_another_owner) {
  auto& alice = connect("alice");
  alice.leaves();
  alice.connects("/", R"({"signaler":{"v":1}})");
  settle();
  const auto token = nlohmann::json::parse(alice.port->hello).at("token").get<std::string>();
  const auto id = alice.port->id;
  opens_at_once(alice, "r1");
  runs(server->registry());
  const auto room = room_of("r1");
  alice.leaves();
  alice.connects("/", nlohmann::json{{"signaler", {{"v", 1}, {"token", token}}}}.dump());
  settles_all_but(room);
  CAF_CHECK_EQUAL(alice.port->id, id);
  alice.hears();
  alice.asks("r1", 2);
  settles_all_but(room);
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  CAF_CHECK_EQUAL(counts().seats, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
