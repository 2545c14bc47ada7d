// Tests of an embedder's actors beside the sockets: as handlers, and as members of rooms.
#define CAF_SUITE actors_actor_handlers
#include "actor_handlers.hpp"

#include "fixture.hpp"
#include "json_arguments.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

/// An actor that writes down what it is told, and greets who connects.
struct listener_state {
  explicit listener_state(caf::event_based_actor*) {}
  lines told;
  room_voice voice;
  seat_ptr seat;
};

caf::behavior listener(caf::stateful_actor<listener_state>* self) {
  self->set_default_handler(caf::drop);
  self->set_down_handler([=](const caf::down_msg&) { self->state.told.emplace_back("down"); });
  return {
      [=](const socket_connected& m) {
        self->state.told.emplace_back("connected");
        m.who.emit(make_event("welcome"));
      },
      [=](const socket_says& m) {
        self->state.told.push_back("says " + m.what->name);
        m.ack.send(make_answer("thanks"));
      },
      [=](const socket_gone& m) { self->state.told.push_back("gone " + m.reason); },
      [=](const room_says& m) {
        self->state.told.push_back(m.room.id + " " + m.what->name + " " + m.what->args.json);
      },
      [=](const connect_attempt& m) { m.refuse("full"); },
      [=](const seat_grant& m) {
        self->state.voice = room_voice{m.seat};
        self->state.seat = m.seat;
      },
      [=](const found_room& m) { self->monitor(m.room); },
  };
}

struct actors_fixture : signaler_fixture {
  caf::actor bot = sys.spawn(listener);
  ~actors_fixture() override {
    caf::anon_send_exit(bot, caf::exit_reason::user_shutdown);
    sched.run();
  }
  listener_state& state() { return deref<caf::stateful_actor<listener_state>>(bot).state; }
  /// Lets the bot claim a seat, as its own request would.
  template <class Request>
  void bot_requests(const Request& request) {
    caf::send_as(bot, server->registry(), request);
    settle();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(actor_handlers_tests, actors_fixture)

CAF_TEST(an_actor_gets_what_happens_in_its_namespace_and_answers) {
  namespace_table table;
  table.of("/bot").handle_with(bot);
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/bot");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"/bot connected", R"(/bot event ["welcome"])"}));
  alice.emits("hello", R"(["hello"])", 9, "/bot");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(/bot answer 9 ["thanks"])"});
  alice.leaves("/bot");
  settle();
  CAF_CHECK_EQUAL(state().told,
                  (lines{"connected", "says hello", "gone client namespace disconnect"}));
  CAF_CHECK_EQUAL(alice.port->unfinished, 0);
}

CAF_TEST(an_actor_hears_of_a_client_first_that_it_has_come_and_last_that_it_has_gone) {
  namespace_table table;
  // Whoever is added first: the actor must not hear of a client after its end.
  table.of("/").on_connect([](socket& s) { s.disconnect(); }).handle_with(bot);
  table.of("/strict")
      .on_any([](socket& s, const event_ptr&, const acknowledgement&) { s.disconnect(); })
      .handle_with(bot);
  start({}, std::move(table));
  auto& alice = connect("alice");
  settle();
  CAF_CHECK_EQUAL(state().told, (lines{"connected", "gone server namespace disconnect"}));
  state().told.clear();
  alice.connects("/strict");
  alice.emits("hello", R"(["hello"])", {}, "/strict");
  settle();
  CAF_CHECK_EQUAL(state().told, (lines{"connected", "gone server namespace disconnect"}));
}

CAF_TEST(an_actor_can_handle_just_one_event) {
  namespace_table table;
  table.of("/").on("hello", bot);
  start({}, std::move(table));
  auto& alice = connect("alice");
  alice.emits("hello", R"(["hello"])");
  alice.emits("other", R"(["other"])");
  settle();
  CAF_CHECK_EQUAL(state().told, lines{"says hello"});
}

CAF_TEST(an_actor_opens_a_room_hears_its_members_and_speaks_to_them) {
  start();
  auto& alice = connect("alice");
  alice.asks("r1", 1);
  settle();
  bot_requests(open_room{claim_for(bot, {"/", "r1"})});
  state().seat = nullptr; // the voice keeps it
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(answer 1 ["r1"])"});
  alice.says("hi");
  settle();
  CAF_CHECK_EQUAL(state().told, lines{R"(r1 message ["message","hi"])"});
  CAF_CHECK(static_cast<bool>(state().voice));
  state().voice.say(make_event("message", "beep"));
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["message","beep"])"});
  state().voice.leave();
  settle();
  CAF_CHECK_EQUAL(counts().seats, 1);
  auto& carol = connect("carol");
  carol.asks("r1", 1);
  settle();
  CAF_CHECK(carol.hears().empty());
}

CAF_TEST(an_actor_hears_names_also_of_events_that_the_server_or_another_actor_makes) {
  start();
  bot_requests(open_room{claim_for(bot, {"/", "r1"})});
  const auto other = sys.spawn(listener);
  caf::send_as(other, server->registry(), ask_room{claim_for(other, {"/", "r1"})});
  settle();
  deref<caf::stateful_actor<listener_state>>(other).state.voice.say(make_event("hum", 1));
  auto everyone = server->everyone_in("/");
  everyone.to("r1").emit(make_event("news", 2));
  settle();
  CAF_CHECK_EQUAL(state().told, (lines{R"(r1 hum ["hum",1])", R"(r1 news ["news",2])"}));
  caf::anon_send_exit(other, caf::exit_reason::user_shutdown);
  settle();
}

CAF_TEST(an_actor_decides_who_is_let_in) {
  namespace_table table;
  table.of("/bot").use([&](const connect_attempt& attempt) { caf::anon_send(bot, attempt); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/bot");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/bot refused full"});
}

CAF_TEST(an_actor_gets_no_seat_under_an_id_that_no_room_can_have) {
  start();
  const auto refuses = [&](const auto& request) {
    auto answer = self->request(server->registry(), caf::infinite, request);
    settle();
    bool refused = false;
    answer.receive(
        [](const seat_grant&) {},
        [&](const caf::error& why) { refused = why == make_error(refusal::invalid_room_id); });
    return refused;
  };
  for (const auto& id : {std::string{}, std::string(257, 'x')}) {
    CAF_CHECK(refuses(open_room{claim_for(bot, {"/", id})}));
    CAF_CHECK(refuses(ask_room{claim_for(bot, {"/", id})}));
  }
  CAF_CHECK_EQUAL(counts().rooms, 0);
  CAF_CHECK_EQUAL(counts().parked, 0);
}

CAF_TEST(an_actor_that_waits_for_a_room_gets_its_seat_when_somebody_opens_it) {
  start();
  bot_requests(ask_room{claim_for(bot, {"/", "r1"})});
  CAF_CHECK_EQUAL(counts().parked, 1);
  auto& alice = connect("alice");
  alice.opens("r1");
  settle();
  alice.says("hi");
  settle();
  CAF_CHECK_EQUAL(state().told, lines{R"(r1 message ["message","hi"])"});
}

CAF_TEST(a_room_can_be_found_and_one_that_does_not_exist_is_null) {
  start();
  connect("alice").opens("r1");
  settle();
  const auto found = [&](const std::string& id) {
    room_actor result;
    auto asked = self->request(server->registry(), caf::infinite, find_room{{"/", id}});
    settle();
    asked.receive([&](const found_room& x) { result = x.room; },
                  [&](const caf::error&) { CAF_FAIL("no answer"); });
    return result;
  };
  CAF_CHECK(static_cast<bool>(found("r1")));
  CAF_CHECK(!found("r2"));
}

CAF_TEST(an_actor_that_monitors_a_connection_is_told_of_its_end_and_not_of_a_namespace_left) {
  socket_ref ref;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) { ref = s.ref(); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  deref<caf::stateful_actor<listener_state>>(bot).monitor(ref.connection());
  alice.leaves();
  settle();
  CAF_CHECK(state().told.empty());
  alice.loses_transport();
  settle();
  CAF_CHECK_EQUAL(state().told, lines{"down"});
}

CAF_TEST(an_actor_that_monitors_a_room_is_told_when_nobody_sits_there_any_more) {
  start();
  auto& alice = connect("alice");
  auto& bob = connect("bob");
  alice.opens("r1");
  bob.asks("r1", 1);
  settle();
  bot_requests(find_room{{"/", "r1"}});
  alice.leaves();
  settle();
  CAF_CHECK(state().told.empty()); // bob sits there yet
  bob.leaves();
  settle();
  CAF_CHECK_EQUAL(state().told, lines{"down"});
}

CAF_TEST(an_actor_that_monitors_the_room_it_sits_in_is_told_when_the_server_stops) {
  start();
  bot_requests(open_room{claim_for(bot, {"/", "r1"})});
  CAF_REQUIRE(state().seat != nullptr);
  deref<caf::stateful_actor<listener_state>>(bot).monitor(state().seat->room);
  auto& alice = connect("alice");
  alice.asks("r1", 1);
  alice.leaves();
  settle();
  CAF_CHECK(state().told.empty());
  server->stop();
  settle();
  CAF_CHECK_EQUAL(state().told, lines{"down"});
}

CAF_TEST(a_broadcast_has_nobody_as_its_sender_in_a_room) {
  std::vector<public_id> senders;
  seat_ptr seat;
  const auto ear = sys.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const room_says& m) { senders.push_back(m.id.sender); },
            [&](const seat_grant& m) { seat = m.seat; }};
  });
  for (const auto grace : {std::chrono::milliseconds{0}, std::chrono::milliseconds{1'000}}) {
    namespace_table table;
    table.of("/").on("shout", [](socket& s, const event_ptr&, const acknowledgement&) {
      s.to("r1").emit(make_event("x"));
    });
    signaler_options options;
    options.grace = grace;
    start(options, std::move(table));
    const auto seat_of = claim_for(ear, {"/", "r1"});
    caf::send_as(ear, server->registry(), open_room{seat_of});
    settle();
    auto& alice = connect("alice");
    const auto alices = *parse_public_id(alice.port->id);
    alice.emits("shout", R"(["shout"])");
    server->everyone_in("/").to("r1").emit(make_event("x"));
    settle();
    CAF_CHECK_EQUAL(senders.size(), 2u);
    for (const auto& x : senders) CAF_CHECK(x != alices && x != seat_of.who);
    senders.clear();
    seat = nullptr;
    alice.loses_transport();
    server->stop();
    settle();
  }
  caf::anon_send_exit(ear, caf::exit_reason::user_shutdown);
}

CAF_TEST(an_actor_that_owns_a_room_is_told_when_it_is_displaced_and_is_a_member) {
  lines told;
  seat_ptr seat;
  const auto ear = sys.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](const room_displaced& m) { told.push_back("displaced from " + m.room.id); },
            [&](const room_says& m) { told.push_back(m.what->args.json); },
            [&](const seat_grant& m) { seat = m.seat; }};
  });
  signaler_options options;
  options.exclusive_rooms = true;
  start(options);
  auto claim = claim_for(ear, {"/", "r1"});
  caf::send_as(ear, server->registry(), open_room{claim});
  settle();
  connect("alice").opens("r1"); // the room is taken
  settle();
  CAF_CHECK(told.empty());
  auto rightful = claim_for(ear, {"/", "r1"});
  rightful.proven = true;
  const auto first = std::exchange(seat, nullptr);
  caf::send_as(ear, server->registry(), open_room{rightful});
  settle();
  CAF_CHECK_EQUAL(told, lines{"displaced from r1"});
  CAF_REQUIRE(seat != nullptr);
  room_voice{seat}.say(make_event("x"));
  settle();
  CAF_CHECK_EQUAL(told.back(), R"(["x"])");
  seat = nullptr;
  caf::anon_send_exit(ear, caf::exit_reason::user_shutdown);
}

CAF_TEST(a_handle_of_a_socket_works_from_outside_and_does_nothing_when_the_socket_has_gone) {
  socket_ref ref;
  namespace_table table;
  table.of("/").on_connect([&](socket& s) { ref = s.ref(); });
  start({}, std::move(table));
  auto& alice = connect("alice");
  ref.emit(make_event("tick"));
  ref.run([](socket& s) { s.join("r1"); });
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(event ["tick"])"});
  CAF_CHECK_EQUAL(counts().rooms, 1);
  alice.leaves();
  settle();
  bool ran = false;
  ref.emit(make_event("tick"));
  ref.run([&](socket&) { ran = true; });
  settle();
  CAF_CHECK(alice.hears().empty());
  CAF_CHECK(!ran);
}

CAF_TEST_FIXTURE_SCOPE_END()
