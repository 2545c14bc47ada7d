// A server whose registry is looked at closely: what it refuses, what is left, who runs first.
// Include it last.
#pragma once

#include <optional>
#include <string>

#include "fixture.hpp"

namespace reliable_signaler::test {

inline std::string refused(const std::string& event, const std::string& room, refusal why) {
  return R"(event ["signaler-error",{"code":")" + std::string{code_of(why)} + R"(","event":")"
         + event + R"(","message":")" + std::string{sentence_of(why)} + R"(","room":")" + room
         + "\"}]";
}

struct registry_fixture : signaler_fixture {
  void check_nothing_is_left() {
    CAF_CHECK_EQUAL(counts().rooms, 0);
    CAF_CHECK_EQUAL(counts().seats, 0);
    CAF_CHECK_EQUAL(counts().parked, 0);
    CAF_CHECK_EQUAL(counts().connections, 0);
    CAF_CHECK_EQUAL(counts().sockets, 0);
    CAF_CHECK_EQUAL(counts().lobby_members, 0);
    CAF_CHECK(!sched.has_pending_timeout());
  }
  template <class Handle>
  void runs(const Handle& actor) {
    sched.prioritize(actor);
    sched.try_run_once();
  }
  /// The registry has worked off a question of this client's, whatever others do.
  void asks_at_once(client& c, const std::string& room, std::optional<std::uint64_t> ack = {}) {
    c.asks(room, ack);
    runs(c.actor);
    runs(server->registry());
  }
  /// Alice has left r1, of which the registry thinks that it is open.
  void closes_r1_unheard() {
    auto& alice = connect("alice");
    alice.opens("r1");
    settle();
    alice.leaves();
    runs(alice.actor);
  }
  room_actor room_of(const std::string& id) {
    room_actor result;
    auto question = self->request(server->registry(), caf::infinite, find_room{{"/", id}});
    runs(server->registry());
    question.receive([&](found_room& found) { result = found.room; },
                     [](const caf::error& why) { CAF_FAIL(to_string(why)); });
    return result;
  }
  void start_with_limits(std::size_t parked, std::size_t parked_per_socket) {
    signaler_options options;
    options.limits.parked_joiners = parked;
    options.limits.parked_per_socket = parked_per_socket;
    start(options);
  }
};

} // namespace reliable_signaler::test
