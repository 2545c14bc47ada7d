// Tests of emitting to many.
#include <stdexcept>

#define CAF_SUITE actors_broadcast
#include "fixture.hpp"
#include "json_arguments.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

struct broadcast_fixture : signaler_fixture {
  broadcast_fixture() {
    namespace_table table;
    table.of("/").on("sit", [](socket& s, const event_ptr& e, const acknowledgement&) {
      for (const auto& room : argument(*e, 0)) s.join(room.get<std::string>());
    });
    table.of("/").on("others", [](socket& s, const event_ptr&, const acknowledgement&) {
      s.everyone_else().emit(make_event("x"));
    });
    table.of("/").on("room", [](socket& s, const event_ptr& e, const acknowledgement&) {
      s.to(argument(*e, 0).get<std::string>()).emit(make_event("x"));
    });
    table.of("/").on("one", [](socket& s, const event_ptr& e, const acknowledgement&) {
      const auto who = parse_public_id(argument(*e, 0).get<std::string>());
      if (who) s.to(*who).emit(make_event("x"));
    });
    start({}, std::move(table));
  }

  client& sits(const std::string& name, const std::string& rooms) {
    auto& c = connect(name);
    c.emits("sit", R"(["sit",)" + rooms + "]");
    settle();
    return c;
  }
  /// Who has heard something, in the order of names.
  lines hearers() {
    settle();
    lines result;
    for (auto& [name, c] : clients)
      for (const auto& line : c.hears()) {
        CAF_CHECK_EQUAL(line, R"(event ["x"])");
        result.push_back(name);
      }
    return result;
  }
  broadcast everyone() { return server->everyone_in("/"); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(broadcast_tests, broadcast_fixture)

CAF_TEST(several_rooms_are_reached_without_reaching_anybody_twice) {
  sits("a", R"(["r1"])");
  sits("b", R"(["r1","r2"])");
  sits("c", R"(["r2"])");
  sits("d", R"(["r3"])");
  everyone().to("r1").to("r2").emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), (lines{"a", "b", "c"}));
  CAF_CHECK_EQUAL(counts().rooms, 3);
}

CAF_TEST(rooms_and_sockets_can_be_excepted) {
  sits("a", R"(["r1"])");
  sits("b", R"(["r1","quiet"])");
  sits("c", R"([])");
  everyone().to("r1").except("quiet").emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{"a"});
  everyone().except("quiet").emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), (lines{"a", "c"}));
}

CAF_TEST(everyone_is_reached_with_and_without_the_sender) {
  auto& a = sits("a", R"(["r1"])");
  sits("b", R"([])");
  everyone().emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), (lines{"a", "b"}));
  a.emits("others", R"(["others"])");
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
}

CAF_TEST(a_room_one_does_not_sit_in_can_be_reached) {
  auto& a = sits("a", R"([])");
  sits("b", R"(["r1"])");
  a.emits("room", R"(["room","r1"])");
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
  a.emits("room", R"(["room","nowhere"])");
  CAF_CHECK_EQUAL(hearers(), lines{});
}

CAF_TEST(a_room_without_a_name_is_nobody) {
  auto& a = sits("a", R"([])");
  sits("b", R"(["r1"])");
  a.emits("room", R"(["room",""])");
  CAF_CHECK_EQUAL(hearers(), lines{});
  everyone().to("").to("r1").emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
  everyone().except("").emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), (lines{"a", "b"}));
}

CAF_TEST(sockets_are_reached_by_their_ids_whatever_rooms_are_called) {
  auto& a = sits("a", R"([])");
  auto& b = sits("b", R"([])");
  const auto id = *parse_public_id(b.port->id);
  sits("c", R"([")" + b.port->id + R"("])");
  everyone().to(id).to(id).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
  a.emits("one", R"(["one",")" + b.port->id + R"("])");
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
  everyone().to(b.port->id).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{"c"});
  everyone().to(make_public_id()).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{});
}

CAF_TEST(sockets_and_rooms_together_are_reached_once_and_can_be_excepted) {
  sits("a", R"(["r1"])");
  auto& b = sits("b", R"(["r1"])");
  auto& c = sits("c", R"(["quiet"])");
  const auto id_of = [](const client& x) { return *parse_public_id(x.port->id); };
  everyone().to("r1").to(id_of(b)).to(id_of(c)).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), (lines{"a", "b", "c"}));
  everyone().to("r1").to(id_of(c)).except("quiet").except(id_of(b)).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{"a"});
}

CAF_TEST(who_has_gone_is_not_reached_by_id) {
  auto& a = sits("a", R"([])");
  const auto id = *parse_public_id(a.port->id);
  sits("b", R"([])");
  a.leaves();
  settle();
  a.hears();
  everyone().to(id).emit(make_event("x"));
  CAF_CHECK_EQUAL(hearers(), lines{});
  CAF_CHECK(!parse_public_id("too short") && !parse_public_id("no base64url, that."));
}

CAF_TEST(who_joins_and_speaks_at_once_is_heard_in_the_room) {
  sits("b", R"(["r1"])");
  auto& a = connect("a");
  a.emits("sit", R"(["sit",["r1"]])");
  a.emits("message", R"(["x"])");
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
}

CAF_TEST(a_joined_room_is_not_open_for_those_who_ask) {
  sits("a", R"(["r1"])");
  auto& b = connect("b");
  b.asks("r1", 1);
  settle();
  CAF_CHECK(b.hears().empty());
  CAF_CHECK_EQUAL(counts().parked, 1);
  connect("c").opens("r1");
  settle();
  CAF_CHECK_EQUAL(b.hears(), lines{R"(answer 1 ["r1"])"});
}

CAF_TEST(a_broadcast_to_rooms_that_are_emptying_reaches_who_is_left_and_leaves_nothing_behind) {
  sits("a", R"(["r1"])");
  sits("b", R"(["r2"])");
  everyone().to("r1").to("r2").emit(make_event("x"));
  clients["a"].leaves();
  settle();
  clients["a"].hears();
  CAF_CHECK_EQUAL(hearers(), lines{"b"});
  clients["b"].leaves();
  settle();
  CAF_CHECK_EQUAL(counts().rooms, 0);
  CAF_CHECK_EQUAL(counts().seats, 0);
}

CAF_TEST(a_signaler_without_a_codec_is_for_actors_alone) {
  signaler quiet{sys, {}, {}, nullptr};
  quiet.everyone_in("/").to("r1").emit(make_event("x"));
  settle();
  bool refused = false;
  try {
    quiet.spawn_connection(caf::make_counted<recording_port>(), nullptr);
  } catch (const std::logic_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
  quiet.stop();
  settle();
}

CAF_TEST_FIXTURE_SCOPE_END()
