// Actors on real loops. Every test waits for what it expects; the bound only ends a failing one.
#include "net/io_scheduler.hpp"

#include <atomic>
#include <caf/all.hpp>
#include <future>
#include <thread>
#include <vector>

#define CAF_SUITE net_io_scheduler
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::net;
using namespace std::chrono_literals;

namespace {

constexpr auto far_too_long = 60s;

struct config : caf::actor_system_config {
  explicit config(size_t threads, size_t throughput = 100) {
    set("scheduler.max-threads", threads);
    set("scheduler.max-throughput", throughput);
    load<io_scheduler>();
  }
};

struct system_with {
  explicit system_with(size_t threads) : cfg(threads), sys(cfg), io(io_scheduler::of(sys)) {
    CAF_REQUIRE(io != nullptr);
  }
  config cfg;
  caf::actor_system sys;
  io_scheduler* io;
};

template <class T>
T wait_for(std::promise<T>& p) {
  auto f = p.get_future();
  if (f.wait_for(far_too_long) != std::future_status::ready) CAF_FAIL("nothing came");
  return f.get();
}

// Runs on its loop whoever sends to it, as connections do.
class pinned : public caf::event_based_actor {
public:
  pinned(caf::actor_config& cfg) : caf::event_based_actor(cfg), home_(cfg.host) {}
  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit*) override {
    caf::event_based_actor::enqueue(std::move(element), home_);
  }
  bool at_home() const { return io_loop::current() == home_; }

private:
  caf::execution_unit* home_;
};

class ping final : public pinned {
public:
  ping(caf::actor_config& cfg, std::promise<int>& away) : pinned(cfg), away_(away) {}
  caf::behavior make_behavior() override {
    return {[this](const caf::actor& partner, int left) {
      strays_ += at_home() ? 0 : 1;
      if (left > 0) return send(partner, caf::actor{this}, left - 1);
      away_.set_value(strays_);
      send_exit(partner, caf::exit_reason::user_shutdown);
      quit();
    }};
  }

private:
  std::promise<int>& away_;
  int strays_ = 0;
};

template <class Actor, class... Args>
caf::actor spawn_at(caf::actor_system& sys, io_loop& loop, Args&&... args) {
  caf::actor_config cfg{&loop};
  return sys.spawn_class<Actor, caf::no_spawn_options>(cfg, std::forward<Args>(args)...);
}

std::atomic<int> living{0};

// Knows how many of its kind exist; never ends by itself.
class counted : public caf::event_based_actor {
public:
  counted(caf::actor_config& cfg) : caf::event_based_actor(cfg) { ++living; }
  ~counted() override { --living; }
  caf::behavior make_behavior() override {
    return {[this](int n) {
              if (n > 0) send(this, n);
            },
            [this](const caf::actor& other) {
              monitor(other);
              friends_.push_back(other);
            }};
  }
  void on_exit() override { friends_.clear(); }

private:
  std::vector<caf::actor> friends_;
};

} // namespace

CAF_TEST(a_stock_system_has_no_io_scheduler) {
  caf::actor_system_config cfg;
  cfg.set("scheduler.max-threads", size_t{1});
  caf::actor_system sys{cfg};
  CAF_CHECK(io_scheduler::of(sys) == nullptr);
}

CAF_TEST(the_number_of_loops_follows_the_configuration) {
  for (size_t n : {1u, 2u, 3u}) {
    system_with s{n};
    CAF_CHECK_EQUAL(s.io->size(), n);
    CAF_CHECK_EQUAL(s.io->loop(n).index(), 0u);
    CAF_CHECK(s.io->loop(0).actor_system() == &s.sys);
  }
}

CAF_TEST(two_actors_play_ping_pong_on_one_loop_and_over_two) {
  for (size_t n : {1u, 2u}) {
    system_with s{n};
    std::promise<int> left, right;
    auto a = spawn_at<ping>(s.sys, s.io->loop(0), left);
    auto b = spawn_at<ping>(s.sys, s.io->loop(n - 1), right);
    caf::anon_send(a, b, 20'000);
    CAF_CHECK_EQUAL(wait_for(left), 0);
  }
}

CAF_TEST(an_unpinned_actor_runs_on_the_loop_that_wakes_it) {
  system_with s{2};
  auto floating = s.sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](caf::ok_atom) { return io_loop::current()->index(); }};
  });
  for (size_t i : {0u, 1u, 0u, 1u}) {
    std::promise<size_t> where;
    // Spawned without a unit it would go to either loop, so let one of them spawn it.
    s.io->loop(i).post([&] {
      caf::actor_config cfg{&s.io->loop(i)};
      auto ask = [&](caf::event_based_actor* self) {
        self->request(floating, caf::infinite, caf::ok_atom::value).then([&](size_t index) {
          where.set_value(index);
        });
      };
      s.sys.spawn_functor<caf::no_spawn_options>(std::true_type{}, cfg, ask);
    });
    CAF_CHECK_EQUAL(wait_for(where), i);
  }
  caf::anon_send_exit(floating, caf::exit_reason::user_shutdown);
}

CAF_TEST(a_pinned_actor_gets_messages_of_foreign_threads_complete_and_in_their_order) {
  constexpr int senders = 4, messages = 5000;
  class receiver final : public pinned {
  public:
    receiver(caf::actor_config& cfg, std::promise<int>& bad) : pinned(cfg), bad_(bad) {}
    caf::behavior make_behavior() override {
      return {[this](int id, int n) {
        if (next_[static_cast<size_t>(id)]++ != n || !at_home()) ++errors_;
        if (++total_ < senders * messages) return;
        bad_.set_value(errors_);
        quit();
      }};
    }

  private:
    std::promise<int>& bad_;
    std::array<int, senders> next_{};
    int errors_ = 0, total_ = 0;
  };
  system_with s{2};
  std::promise<int> bad;
  auto r = spawn_at<receiver>(s.sys, s.io->loop(1), bad);
  std::vector<std::thread> threads;
  threads.reserve(senders);
  for (int id = 0; id < senders; ++id)
    threads.emplace_back([=] {
      for (int n = 0; n < messages; ++n) caf::anon_send(r, id, n);
    });
  for (auto& t : threads) t.join();
  CAF_CHECK_EQUAL(wait_for(bad), 0);
}

CAF_TEST(delayed_messages_and_receive_timeouts_come_through_the_clock) {
  system_with s{2};
  std::promise<std::string> order;
  s.sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 2ms, 2);
    self->delayed_send(self, 1ms, 1);
    auto text = std::make_shared<std::string>();
    return {[text](int n) { *text += std::to_string(n); }, caf::after(20ms) >>
                                                               [&order, self, text] {
                                                                 order.set_value(*text);
                                                                 self->quit();
                                                               }};
  });
  CAF_CHECK_EQUAL(wait_for(order), "12");
}

CAF_TEST(a_request_without_an_answer_times_out) {
  system_with s{1};
  std::promise<caf::error> failed;
  auto silent = s.sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int) -> caf::result<int> { return caf::delegated<int>{}; }};
  });
  s.sys.spawn([&](caf::event_based_actor* self) {
    self->request(silent, 1ms, 1)
        .then([](int) {}, [&](caf::error& e) { failed.set_value(std::move(e)); });
  });
  CAF_CHECK(wait_for(failed) == caf::sec::request_timeout);
  caf::anon_send_exit(silent, caf::exit_reason::user_shutdown);
}

CAF_TEST(a_blocking_actor_of_another_thread_can_ask_and_wait) {
  system_with s{1};
  auto adder = s.sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int a, int b) { return a + b; }};
  });
  caf::scoped_actor self{s.sys};
  int sum = 0;
  self->request(adder, far_too_long, 1, 2)
      .receive([&](int x) { sum = x; }, [](caf::error&) { CAF_FAIL("no answer"); });
  CAF_CHECK_EQUAL(sum, 3);
  caf::anon_send_exit(adder, caf::exit_reason::user_shutdown);
}

CAF_TEST(dead_actors_leave_no_timers_behind) {
  system_with s{2};
  std::vector<caf::actor> actors;
  actors.reserve(100);
  for (int i = 0; i < 100; ++i)
    actors.push_back(s.sys.spawn([](caf::event_based_actor* self) -> caf::behavior {
      self->delayed_send(self, 1h, 1);
      return {[](int) {}, [](caf::ok_atom) { return true; }, caf::after(120min) >> [] {}};
    }));
  caf::scoped_actor self{s.sys};
  for (auto& a : actors) // so that all have started
    self->request(a, caf::infinite, caf::ok_atom::value)
        .receive([](bool) {}, [](caf::error&) { CAF_FAIL("no answer"); });
  CAF_CHECK(s.io->clock().size() >= 200);
  for (auto& a : actors) self->send_exit(a, caf::exit_reason::user_shutdown);
  self->wait_for(actors);
  // We are told of an actor's end a moment before it is complete; loops end it before they go on.
  for (size_t i = 0; i < s.io->size(); ++i) {
    std::promise<bool> passed;
    s.io->loop(i).post([&] { passed.set_value(true); });
    wait_for(passed);
  }
  CAF_CHECK_EQUAL(s.io->clock().size(), 0u);
}

CAF_TEST(the_end_of_the_system_releases_actors_with_pending_messages_and_timers) {
  for (size_t n : {1u, 2u}) {
    {
      system_with s{n};
      // Hidden ones are not waited for: the system ends while they are busy, woken and waiting.
      auto busy = s.sys.spawn<counted, caf::hidden>();
      caf::anon_send(busy, 1);
      caf::actor before = busy;
      for (int i = 0; i < 100; ++i) {
        auto next = s.sys.spawn<counted, caf::hidden>();
        caf::anon_send(next, before); // monitors it: the end of one wakes the other
        caf::anon_send(next, 0);
        before = next;
      }
      caf::delayed_anon_send(before, 1h, 1);
      caf::delayed_anon_send(before, 0s, 1);
    }
    CAF_CHECK_EQUAL(living.load(), 0);
  }
}

CAF_TEST(handlers_that_hold_actors_are_destroyed_before_the_system) {
  {
    system_with s{2};
    auto a = s.sys.spawn<counted, caf::hidden>();
    auto timer = std::make_shared<boost::asio::steady_timer>(s.io->loop(1).context(), 1h);
    s.io->loop(1).post([timer, a] { timer->async_wait([timer, a](auto) { CAF_FAIL("fired"); }); });
  }
  CAF_CHECK_EQUAL(living.load(), 0);
}

CAF_TEST(systems_side_by_side_keep_their_actors_apart) {
  system_with one{1}, two{1};
  std::promise<bool> own;
  auto target = two.sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&, self](int) {
      own.set_value(io_loop::current() == &two.io->loop(0));
      self->quit();
    }};
  });
  // The sending thread is a loop, but of the other system.
  one.io->loop(0).post([=] { caf::anon_send(target, 1); });
  CAF_CHECK(wait_for(own));
}
