// The timing wheel with times that are passed in. No clock, no loop.
#include "net/deadline_queue.hpp"

#include <functional>
#include <memory>
#include <vector>

#define CAF_SUITE net_deadline_queue
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using namespace std::chrono_literals;

namespace {

using time_point = deadline_queue::time_point;
constexpr time_point never = deadline_queue::never;
constexpr time_point t0{1000h};

// Wants to be woken at `wanted`; counts how often it was called, and how often it was due.
struct item final : deadline_item {
  explicit item(time_point t = never) : wanted(t) {}
  time_point on_deadline(time_point now) override {
    ++calls;
    if (now < wanted) return wanted;
    ++due;
    if (then) return then(now);
    return never;
  }
  time_point wanted;
  int calls = 0;
  int due = 0;
  std::function<time_point(time_point)> then;
};

struct fixture {
  deadline_queue queue{t0};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_deadline_queue_tests, fixture)

CAF_TEST(an_empty_queue_never_wants_to_be_called) {
  CAF_CHECK(queue.next() == never);
  CAF_CHECK_EQUAL(queue.expire(t0 + 1h), 0u);
  CAF_CHECK(queue.next() == never);
}

CAF_TEST(an_item_is_woken_within_one_tick_after_its_deadline_and_not_before) {
  for (auto delay :
       {0ms, 1ms, 49ms, 50ms, 51ms, 999ms, 25'000ms, 25'600ms, 30'000ms, 3'600'000ms}) {
    deadline_queue q{t0};
    item x{t0 + delay};
    q.schedule(x, x.wanted);
    auto now = t0;
    // Only called when it asks to be, as a loop does it.
    while (x.due == 0) {
      CAF_REQUIRE(q.next() != never);
      now = q.next();
      q.expire(now);
      CAF_CHECK(x.due == 0 || now >= t0 + delay);
    }
    CAF_CHECK(now - (t0 + delay) <= deadline_queue::tick);
    CAF_CHECK(q.next() == never);
  }
}

CAF_TEST(nothing_is_called_before_the_time_the_queue_asked_for) {
  item x{t0 + 120ms};
  queue.schedule(x, x.wanted);
  CAF_CHECK(queue.next() == t0 + 150ms);
  CAF_CHECK_EQUAL(queue.expire(queue.next() - 1ns), 0u);
  CAF_CHECK_EQUAL(x.calls, 0);
  CAF_CHECK_EQUAL(queue.expire(queue.next()), 1u);
}

CAF_TEST(moving_a_deadline_later_needs_no_call_and_costs_one_early_wakeup) {
  item x{t0 + 1s};
  queue.schedule(x, x.wanted);
  x.wanted = t0 + 2s; // as a connection does that has just heard from its peer
  queue.expire(t0 + 1s);
  CAF_CHECK_EQUAL(x.calls, 1);
  CAF_CHECK_EQUAL(x.due, 0);
  queue.expire(t0 + 2s);
  CAF_CHECK_EQUAL(x.due, 1);
}

CAF_TEST(scheduling_later_leaves_the_earlier_wakeup_and_scheduling_earlier_moves_it) {
  item x{t0 + 1s};
  queue.schedule(x, t0 + 1s);
  queue.schedule(x, t0 + 5s);
  CAF_CHECK(queue.next() == t0 + 1s);
  queue.schedule(x, t0 + 100ms);
  CAF_CHECK(queue.next() == t0 + 100ms);
  queue.schedule(x, never);
  CAF_CHECK(queue.next() == t0 + 100ms);
}

CAF_TEST(an_item_that_does_not_want_to_be_woken_is_not_queued) {
  item x;
  queue.schedule(x, never);
  CAF_CHECK(!x.is_linked());
  CAF_CHECK(queue.next() == never);
}

CAF_TEST(a_deadline_in_the_past_is_woken_at_the_next_tick) {
  item x{t0 - 1h};
  queue.expire(t0 + 10s);
  queue.schedule(x, x.wanted);
  CAF_CHECK(queue.next() == t0 + 10s + deadline_queue::tick);
  queue.expire(queue.next());
  CAF_CHECK_EQUAL(x.due, 1);
}

CAF_TEST(removed_and_destroyed_items_are_not_called) {
  item kept{t0 + 1s}, removed{t0 + 1s};
  auto destroyed = std::make_unique<item>(t0 + 1s);
  for (auto x : {&kept, &removed, destroyed.get()}) queue.schedule(*x, x->wanted);
  queue.remove(removed);
  queue.remove(removed);
  destroyed.reset();
  CAF_CHECK_EQUAL(queue.expire(t0 + 1s), 1u);
  CAF_CHECK_EQUAL(kept.due, 1);
  CAF_CHECK_EQUAL(removed.calls, 0);
}

CAF_TEST(an_item_may_destroy_itself_and_others_while_it_is_woken) {
  auto first = new item{t0 + 1s};
  auto second = std::make_unique<item>(t0 + 1s);
  item third{t0 + 1s};
  first->then = [&](time_point) {
    second.reset();
    delete first;
    return never;
  };
  queue.schedule(*first, t0 + 1s);
  queue.schedule(*second, t0 + 1s);
  queue.schedule(third, t0 + 1s);
  CAF_CHECK_EQUAL(queue.expire(t0 + 1s), 2u);
  CAF_CHECK_EQUAL(third.due, 1);
}

CAF_TEST(an_item_that_is_always_due_is_called_once_per_expiry) {
  item x{t0};
  x.then = [](time_point now) { return now; };
  queue.schedule(x, x.wanted);
  for (int i = 1; i <= 5; ++i) {
    queue.expire(t0 + i * 1s);
    CAF_CHECK_EQUAL(x.calls, i);
  }
}

CAF_TEST(an_item_may_schedule_itself_and_others_while_it_is_woken) {
  item other{t0 + 3s}, x{t0 + 1s};
  x.then = [&](time_point now) {
    queue.schedule(other, other.wanted);
    queue.schedule(x, now + 5s);
    return now + 1s; // the earlier of both counts
  };
  queue.schedule(x, x.wanted);
  queue.expire(t0 + 1s);
  CAF_CHECK(queue.next() == t0 + 2s);
  queue.expire(t0 + 3s);
  CAF_CHECK_EQUAL(other.due, 1);
}

CAF_TEST(time_that_stands_still_or_goes_back_wakes_nobody_twice) {
  item x{t0 + 1s};
  x.then = [](time_point now) { return now + 1s; };
  queue.schedule(x, x.wanted);
  queue.expire(t0 + 1s);
  queue.expire(t0 + 1s);
  queue.expire(t0);
  queue.expire(t0 - 1h);
  CAF_CHECK_EQUAL(x.calls, 1);
  CAF_CHECK(queue.next() == t0 + 2s);
}

CAF_TEST(a_long_sleep_wakes_everybody_once) {
  std::vector<std::unique_ptr<item>> items;
  for (int i = 0; i < 2000; ++i) {
    items.push_back(std::make_unique<item>(t0 + i * 37ms));
    queue.schedule(*items.back(), items.back()->wanted);
  }
  CAF_CHECK_EQUAL(queue.expire(t0 + 24h), 2000u);
  for (auto& x : items) CAF_CHECK_EQUAL(x->due, 1);
  CAF_CHECK(queue.next() == never);
}

CAF_TEST(a_random_workload_agrees_with_a_list_of_deadlines) {
  uint32_t state = 1; // the same numbers on every machine
  auto random = [&](uint32_t n) { return (state = state * 1664525u + 1013904223u) >> 8 & (n - 1); };
  std::vector<std::unique_ptr<item>> items;
  items.reserve(64);
  for (int i = 0; i < 64; ++i) items.push_back(std::make_unique<item>());
  auto now = t0;
  int late = 0;
  for (int step = 0; step < 20'000; ++step) {
    auto& x = *items[random(64)];
    if (random(4) == 0) {
      queue.remove(x);
      x.wanted = never;
    } else {
      x.wanted = now + std::chrono::milliseconds{random(65'536)};
      queue.schedule(x, x.wanted);
    }
    now += std::chrono::milliseconds{random(128)};
    queue.expire(now);
    for (auto& i : items) {
      if (i->due > 0) i->due = 0, i->wanted = never;
      if (i->wanted != never && i->wanted + deadline_queue::tick <= now) ++late;
    }
  }
  CAF_CHECK_EQUAL(late, 0);
}

CAF_TEST_FIXTURE_SCOPE_END()
