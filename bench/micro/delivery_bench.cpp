// Micro-benchmarks of delivery: what a room does for each receiver, and a client that comes back.
#include <benchmark/benchmark.h>

#include <caf/actor_clock.hpp>
#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_counted.hpp>
#include <caf/message.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "../../actors/delivery_log.hpp"
#include "../../actors/outbox.hpp"
#include "../../net/packet_encoder.hpp"
#include "../scenarios/message.hpp"
#include "iterations.hpp"

namespace {

using namespace reliable_signaler;

// A transport that takes everything.
class counting_port final : public session_port {
public:
  void write(encoded_ptr packet) override { bytes_ += packet->size(); }
  bool congested() const noexcept override { return false; }
  void namespace_accepted(std::string) override {}
  void namespace_refused(std::string) override {}
  void namespace_disconnected(std::string) override {}
  void close(close_cause) override {}
  void take_credit() override {}
  void return_credit() override {}

private:
  std::size_t bytes_ = 0;
};

// The standalone server's bounds.
constexpr delivery_rules::bounds bounds{131'072, std::size_t{1} << 30, std::chrono::minutes{3}};

class stopped_clock final : public caf::actor_clock {
public:
  time_point now() const noexcept override { return time_point{std::chrono::hours{1}}; }
  void set_ordinary_timeout(time_point, caf::abstract_actor*, caf::atom_value,
                            std::uint64_t) override {}
  void set_multi_timeout(time_point, caf::abstract_actor*, caf::atom_value,
                         std::uint64_t) override {}
  void set_request_timeout(time_point, caf::abstract_actor*, caf::message_id) override {}
  void cancel_ordinary_timeout(caf::abstract_actor*, caf::atom_value) override {}
  void cancel_request_timeout(caf::abstract_actor*, caf::message_id) override {}
  void cancel_timeouts(caf::abstract_actor*) override {}
  void schedule_message(time_point, caf::strong_actor_ptr, caf::mailbox_element_ptr) override {}
  void schedule_message(time_point, caf::group, caf::strong_actor_ptr, caf::message) override {}
  void cancel_all() override {}
};

struct delivering {
  stopped_clock clock;
  delivery_rules_ptr rules = caf::make_counted<const delivery_rules>(
      caf::make_counted<net::packet_encoder>(), 1, clock, bounds);
  session_port_ptr port = caf::make_counted<counting_port>();
  arguments args{[] {
                   bench::stamped_message message{1};
                   return std::string{message.stamp(1).text().substr(2)};
                 }(),
                 {}};

  outbox_ptr make_box() { return caf::make_counted<outbox>("/", rules, port); }
  delivery next() {
    const auto id = rules->next_unique();
    return {rules->encode("/", args, id), id, clock.now(), true};
  }
};

// A message of a room: encoded once, given to each, kept in each log.
void fan_out(benchmark::State& state) {
  delivering all;
  std::vector<outbox_ptr> boxes(static_cast<std::size_t>(state.range(0)));
  for (auto& box : boxes) box = all.make_box();
  for (auto _ : state) {
    const auto what = all.next();
    for (const auto& box : boxes) box->deliver(what);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fan_out)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Apply(bench::as_often_as_told);

// A client that missed so many of 300 kept events.
void resume(benchmark::State& state) {
  delivering all;
  const auto box = all.make_box();
  std::string last;
  for (int i = 0; i < 300; ++i) {
    const auto what = all.next();
    if (i == 299 - state.range(0)) last = to_text(what.id);
    box->deliver(what);
  }
  for (auto _ : state) {
    box->bind(nullptr);
    if (!box->resume(all.port, last)) state.SkipWithError("not in the log");
  }
}
BENCHMARK(resume)->Arg(0)->Arg(10)->Arg(200)->Apply(bench::as_often_as_told);

void encode_event(benchmark::State& state) {
  delivering all;
  for (auto _ : state) benchmark::DoNotOptimize(all.next());
}
BENCHMARK(encode_event)->Apply(bench::as_often_as_told);

} // namespace

BENCHMARK_MAIN();
