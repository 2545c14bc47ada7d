// What memory a client costs that has a seat and says nothing, as glibc counts it.
#define CAF_SUITE actors_memory
#include <malloc.h>

#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

/// Of the stand-in, which no server has: all that it has recorded.
void forget(recording_port& port) {
  lines{}.swap(port.received);
  for (auto* text : {&port.id, &port.pid, &port.offset, &port.hello}) std::string{}.swap(*text);
}

/// Bytes for each of many, two in a room, none of which has said anything since it came.
std::size_t bytes_of_a_client(std::chrono::milliseconds grace) {
  constexpr std::size_t count = 1'000;
  signaler_fixture world;
  signaler_options options;
  options.grace = grace;
  world.start(options);
  const auto come = [&](std::size_t from) {
    for (auto i = from; i < from + count; i += 2) {
      const auto room = "room " + std::to_string(i);
      auto& owner = world.connect("owner " + std::to_string(i));
      owner.opens(room);
      auto& member = world.connect("member " + std::to_string(i));
      member.asks(room);
      world.settle();
      for (auto* c : {&owner, &member}) forget(*c->port);
    }
    return mallinfo2().uordblks;
  };
  const auto before = come(0); // what there is once has been made
  const auto result = (come(count) - before) / count;
  for (auto& [name, c] : world.clients) c.leaves();
  world.settle();
  return result;
}

} // namespace

CAF_TEST(recovery_costs_a_client_that_says_nothing_less_than_300_bytes) {
  const auto with = bytes_of_a_client(120s);
  const auto without = bytes_of_a_client(0s);
  CAF_MESSAGE(with << " bytes with recovery, " << without << " without");
  CAF_CHECK_GREATER(with, without);
  CAF_CHECK_LESS(with, without + 300);
}
