// The rounds of the reactor: wait, hand out, run timers, bury.
#include "reactor.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "failure.hpp"

namespace reliable_signaler::bench {

reactor::reactor() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw failure(exit_usage, std::string{"epoll: "} + std::strerror(errno));
}

reactor::~reactor() {
  close(epoll_);
}

void reactor::watch(int fd, readiness_handler& handler) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &handler;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0)
    throw failure(exit_usage, std::string{"epoll: "} + std::strerror(errno));
}

void reactor::forget(const readiness_handler& handler) noexcept {
  for (int i = 0; i < event_count_; ++i)
    if (events_[static_cast<std::size_t>(i)].data.ptr == &handler)
      events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
}

void reactor::at(time_point when, std::function<void()> then) {
  timers_.push({when, ++last_timer_, std::move(then)});
}

void reactor::run_timers() {
  const auto now = steady::now();
  while (!timers_.empty() && timers_.top().when <= now) {
    auto then = timers_.top().then;
    timers_.pop();
    then();
  }
}

void reactor::run_round(time_point deadline) {
  if (!timers_.empty()) deadline = std::min(deadline, timers_.top().when);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady::now()).count();
  // Below a millisecond it spins: an open loop must not send late.
  const auto near = deadline - steady::now() < std::chrono::milliseconds{1};
  const auto limit = near ? 0 : static_cast<int>(std::clamp<std::int64_t>(wait - 1, 0, 1000));
  event_count_ = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), limit);
  for (int i = 0; i < event_count_; ++i) {
    auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr != nullptr)
      static_cast<readiness_handler*>(event.data.ptr)->on_ready(event.events);
  }
  event_count_ = 0;
  run_timers();
  graves_.clear();
}

} // namespace reliable_signaler::bench
