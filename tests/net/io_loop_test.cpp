// Rounds of a loop: most tests run it on their own thread, until a handler stops it.
#include "net/io_loop.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <caf/ref_counted.hpp>
#include <caf/resumable.hpp>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "net/io_threads.hpp"

#define CAF_SUITE net_io_loop
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using namespace std::chrono_literals;

namespace {

constexpr auto far_too_long = 30s; // bounds a failing test, measures nothing

// Stands for an actor: does `work` when resumed; counts how many of its kind are alive.
class job final : public caf::resumable, public caf::ref_counted {
public:
  using work_type = std::function<resume_result(caf::execution_unit*)>;

  explicit job(int& alive, work_type work) : alive_(alive), work_(std::move(work)) { ++alive_; }
  ~job() override { --alive_; }
  resume_result resume(caf::execution_unit* unit, size_t) override { return work_(unit); }
  void intrusive_ptr_add_ref_impl() override { ref(); }
  void intrusive_ptr_release_impl() override { deref(); }

private:
  int& alive_;
  work_type work_;
};

struct writer final : flushable {
  void flush() noexcept override {
    ++flushes;
    if (then) then();
  }
  int flushes = 0;
  std::function<void()> then;
};

struct waiting final : deadline_item {
  time_point on_deadline(time_point now) override { return then(now); }
  std::function<time_point(time_point)> then;
};

struct fixture {
  io_loop loop{0};
  int alive = 0;

  // The reference goes to the loop.
  void enqueue(const std::function<caf::resumable::resume_result()>& work) {
    loop.exec_later(new job{alive, [=](caf::execution_unit*) { return work(); }});
  }
  void enqueue_once(const std::function<void()>& work) {
    enqueue([=] { return work(), caf::resumable::done; });
  }

  // Lets the loop go round several times, then stops it.
  void run_until_idle() {
    // Whatever is ready goes before this: posts keep their order, actors run between.
    std::function<void(size_t)> again = [&](size_t n) {
      loop.post([&, n] { n == 0 ? loop.stop() : again(n - 1); });
    };
    again(5 * io_loop::max_handlers_per_round);
    loop.run();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_io_loop_tests, fixture)

CAF_TEST(posted_functions_run_in_order_and_know_their_loop) {
  std::string order;
  auto move_only = std::make_unique<char>('c');
  CAF_CHECK(io_loop::current() == nullptr);
  loop.post([&] {
    order += 'a';
    CAF_CHECK(io_loop::current() == &loop && loop.in_thread());
    loop.post([&, owned = std::move(move_only)] { order += *owned; });
    order += 'b';
  });
  run_until_idle();
  CAF_CHECK_EQUAL(order, "abc");
  CAF_CHECK(io_loop::current() == nullptr);
}

CAF_TEST(actors_that_are_not_done_have_their_turn_behind_the_others) {
  std::string order;
  int left = 3;
  enqueue([&] {
    order += 'a';
    return --left > 0 ? caf::resumable::resume_later : caf::resumable::awaiting_message;
  });
  enqueue_once([&] { order += 'b'; });
  run_until_idle();
  CAF_CHECK_EQUAL(order, "abaa");
  CAF_CHECK_EQUAL(alive, 0);
}

CAF_TEST(actors_run_between_handlers_even_if_they_never_end) {
  int resumed = 0;
  enqueue([&] { return ++resumed, caf::resumable::resume_later; });
  int handled = 0;
  std::function<void()> handler = [&] {
    if (++handled == 1000) return loop.stop();
    loop.post(handler);
  };
  loop.post(handler);
  loop.run();
  CAF_CHECK_EQUAL(handled, 1000);
  CAF_CHECK(resumed > 0);
  loop.close();
  CAF_CHECK_EQUAL(alive, 0);
}

CAF_TEST(handlers_that_never_end_do_not_starve_actors) {
  std::function<void()> handler = [&] { loop.post(handler); };
  loop.post(handler);
  enqueue_once([&] { loop.stop(); });
  loop.run();
  CAF_CHECK_EQUAL(alive, 0);
}

CAF_TEST(what_is_to_run_soon_runs_before_whatever_else_is_ready) {
  const io_loop::soon_executor soon{loop};
  std::string order;
  loop.post([&] {
    loop.post([&] { order += 'c'; });
    boost::asio::post(soon, [&] {
      order += 'a';
      boost::asio::post(soon, [&] { order += 'b'; });
      boost::asio::dispatch(soon, [&] { order += '!'; });
    });
  });
  run_until_idle();
  CAF_CHECK_EQUAL(order, "a!bc");
}

CAF_TEST(what_is_to_run_soon_for_ever_does_not_starve_actors) {
  const io_loop::soon_executor soon{loop};
  std::function<void()> again = [&] { boost::asio::post(soon, [&] { again(); }); };
  loop.post([&] { again(); });
  enqueue_once([&] { loop.stop(); });
  loop.run();
  CAF_CHECK_EQUAL(alive, 0);
}

CAF_TEST(what_was_to_run_soon_is_destroyed_unrun_at_the_end) {
  const io_loop::soon_executor soon{loop};
  const auto witness = std::make_shared<int>();
  loop.post([&] {
    boost::asio::post(soon, [&, witness] { CAF_ERROR("it ran"); });
    loop.stop();
  });
  loop.run();
  loop.close();
  CAF_CHECK_EQUAL(witness.use_count(), 1);
}

CAF_TEST(a_dirty_socket_is_flushed_once_after_the_actors_of_the_round) {
  writer s;
  std::string order;
  s.then = [&] { order += 'f'; };
  loop.post([&] {
    loop.mark_dirty(s);
    for (char c : {'a', 'b', 'c'})
      enqueue_once([&, c] {
        order += c;
        loop.mark_dirty(s);
      });
    CAF_CHECK(s.dirty());
  });
  run_until_idle();
  CAF_CHECK_EQUAL(order, "abcf");
  CAF_CHECK(!s.dirty());
}

CAF_TEST(a_socket_marked_while_flushing_has_its_turn_in_the_next_round) {
  writer s;
  // Nothing but the mark keeps the loop from sleeping forever here.
  s.then = [&] { s.flushes < 3 ? loop.mark_dirty(s) : loop.stop(); };
  loop.post([&] { loop.mark_dirty(s); });
  loop.run();
  CAF_CHECK_EQUAL(s.flushes, 3);
}

CAF_TEST(dirty_sockets_may_be_destroyed_by_anybody_at_any_time) {
  auto first = std::make_unique<writer>();
  auto second = std::make_unique<writer>();
  auto third = std::make_unique<writer>();
  writer last;
  last.then = [&] { loop.stop(); };
  first->then = [&] {
    second.reset();
    first.reset();
  };
  loop.post([&] {
    for (auto s : {third.get(), first.get(), second.get(), &last}) loop.mark_dirty(*s);
    third.reset();
  });
  loop.run();
  CAF_CHECK(!first && !second && !third);
  CAF_CHECK_EQUAL(last.flushes, 1);
}

CAF_TEST(deadlines_are_woken_by_the_clock) {
  waiting w;
  auto wanted = std::chrono::steady_clock::now() + 1ms;
  auto woken = deadline_queue::never;
  w.then = [&](auto now) {
    if (now < wanted) return wanted;
    woken = now;
    loop.stop();
    return deadline_queue::never;
  };
  loop.post([&] { loop.deadlines().schedule(w, wanted); });
  loop.run();
  CAF_CHECK(woken >= wanted && woken != deadline_queue::never);
}

CAF_TEST(a_sleeping_loop_is_woken_by_posts_and_jobs_of_other_threads) {
  io_threads threads{1};
  auto& other = threads.loop(0);
  threads.start();
  for (int i = 0; i < 100; ++i) {
    std::promise<bool> posted, resumed;
    other.post([&] { posted.set_value(other.in_thread()); });
    auto by_post = posted.get_future();
    CAF_REQUIRE(by_post.wait_for(far_too_long) == std::future_status::ready);
    CAF_CHECK(by_post.get());
    auto by_job = resumed.get_future();
    other.exec_later(new job{alive, [&](caf::execution_unit* unit) {
                               resumed.set_value(unit == &other);
                               return caf::resumable::done;
                             }});
    CAF_REQUIRE(by_job.wait_for(far_too_long) == std::future_status::ready);
    CAF_CHECK(by_job.get());
  }
  threads.stop();
  threads.join();
  CAF_CHECK_EQUAL(alive, 0);
}

CAF_TEST(what_several_threads_post_arrives_complete_and_in_their_order) {
  constexpr int posts = 2000;
  std::vector<int> next(4, 0);
  int bad = 0;
  std::promise<void> all;
  int total = 0;
  io_threads threads{1};
  threads.start();
  std::vector<std::thread> senders;
  senders.reserve(next.size());
  for (auto& expected : next)
    senders.emplace_back([&] {
      for (int i = 0; i < posts; ++i)
        threads.loop(0).post([&, i] {
          if (expected++ != i) ++bad;
          if (++total == 4 * posts) all.set_value();
        });
    });
  for (auto& t : senders) t.join();
  CAF_CHECK(all.get_future().wait_for(far_too_long) == std::future_status::ready);
  threads.stop();
  threads.join();
  CAF_CHECK_EQUAL(bad, 0);
}

CAF_TEST(closing_releases_jobs_and_destroys_posted_functions_unrun) {
  auto owned = std::make_shared<int>();
  bool ran = false;
  std::function<void()> touch = [owned, &ran] { ran = true; };
  loop.post([&, owned] {
    enqueue_once([&] { ran = true; });
    loop.post(touch); // by its own thread
    loop.stop();
  });
  loop.run();
  enqueue_once([&] { ran = true; }); // by another thread
  loop.post(touch);
  CAF_CHECK_EQUAL(alive, 2);
  loop.close();
  CAF_CHECK_EQUAL(alive, 0);
  touch = nullptr;
  CAF_CHECK_EQUAL(owned.use_count(), 1);
  CAF_CHECK(!ran);
}

CAF_TEST(what_comes_after_the_end_is_released_at_once) {
  loop.close();
  enqueue_once([] { CAF_FAIL("must not run"); });
  CAF_CHECK_EQUAL(alive, 0);
  auto owned = std::make_shared<int>();
  loop.post([owned] { CAF_FAIL("must not run"); });
  CAF_CHECK_EQUAL(owned.use_count(), 1);
  loop.close();
}

CAF_TEST(threads_may_be_stopped_from_within_and_before_they_start) {
  {
    io_threads threads{2};
    threads.loop(1).post([&] { threads.stop(); });
    threads.start();
    threads.join();
  }
  {
    io_threads threads{2};
    threads.stop();
    threads.start();
    threads.join();
  }
  io_threads never_started{3};
  CAF_CHECK_EQUAL(never_started.size(), 3u);
  CAF_CHECK_EQUAL(never_started.loop(4).index(), 1u);
  CAF_CHECK_EQUAL(never_started.next().index(), 0u);
  CAF_CHECK_EQUAL(never_started.next().index(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
