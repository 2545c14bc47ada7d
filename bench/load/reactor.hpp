// One thread's epoll and timers. Knows descriptors and times, nothing of what is said over them.
//
// Neither Asio nor Beast: a client made of them costs what the server costs that it is to saturate,
// and then the load is what is measured.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

namespace reliable_signaler::bench {

using steady = std::chrono::steady_clock;
using time_point = steady::time_point;

/// What waits for a descriptor.
class readiness_handler {
public:
  readiness_handler() = default;
  readiness_handler(const readiness_handler&) = delete;
  readiness_handler& operator=(const readiness_handler&) = delete;
  virtual ~readiness_handler() = default;
  /// `events` as epoll gives them; edge-triggered, so everything there is must be taken.
  virtual void on_ready(std::uint32_t events) = 0;
};

/// Something that must outlive the callback in which it was done with.
class disposable {
public:
  disposable() = default;
  disposable(const disposable&) = delete;
  disposable& operator=(const disposable&) = delete;
  virtual ~disposable() = default;
};

/// Everything runs on the one thread that calls `run_until`; nothing here may be called from
/// another.
class reactor {
public:
  /// Throws `failure` when the system has no epoll descriptor left.
  reactor();
  reactor(const reactor&) = delete;
  reactor& operator=(const reactor&) = delete;
  ~reactor();

  /// Watches `fd` for everything until it is closed. The handler must call `forget` before it ends.
  void watch(int fd, readiness_handler& handler);
  /// No event of the running round reaches this handler any more.
  void forget(const readiness_handler& handler) noexcept;

  /// Calls `then` at `when` or a little later. Timers cannot be taken back.
  void at(time_point when, std::function<void()> then);
  /// Destroys it when the running round is over.
  void bury(std::unique_ptr<disposable> body) { graves_.push_back(std::move(body)); }

  /// Runs until `done()` or `deadline`; whether `done()`.
  template <class Predicate>
  bool run_until(Predicate done, time_point deadline) {
    while (!done()) {
      if (steady::now() >= deadline) return false;
      run_round(deadline);
    }
    return true;
  }
  void run_for(steady::duration duration) {
    run_until([] { return false; }, steady::now() + duration);
  }

  /// Where all sockets read into; good until the next read.
  std::array<char, 65'536>& scratch() noexcept { return scratch_; }

private:
  struct timer {
    time_point when;
    std::uint64_t number;
    std::function<void()> then;
    bool operator<(const timer& other) const noexcept {
      return when != other.when ? when > other.when : number > other.number;
    }
  };

  void run_round(time_point deadline);
  void run_timers();

  int epoll_ = -1;
  std::array<epoll_event, 256> events_{};
  int event_count_ = 0;
  std::priority_queue<timer> timers_;
  std::uint64_t last_timer_ = 0;
  std::vector<std::unique_ptr<disposable>> graves_;
  std::array<char, 65'536> scratch_{};
};

} // namespace reliable_signaler::bench
