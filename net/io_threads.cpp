// Threads around loops.
#include "io_threads.hpp"

#include <pthread.h>

#include <algorithm>
#include <caf/actor_system.hpp>
#include <string>

namespace reliable_signaler::net {

io_threads::io_threads(size_t n, caf::actor_system* system, size_t max_throughput)
    : system_(system) {
  if (n == 0) n = std::max(1u, std::thread::hardware_concurrency());
  for (size_t i = 0; i < n; ++i)
    loops_.push_back(std::make_unique<io_loop>(i, system, max_throughput));
}

io_threads::~io_threads() {
  stop();
  join();
  close();
}

void io_threads::start() {
  for (auto& l : loops_)
    threads_.emplace_back([this, loop = l.get()] {
      // At most 15 characters, which is what the kernel keeps.
      pthread_setname_np(pthread_self(), ("signaler.io." + std::to_string(loop->index())).c_str());
      if (system_ != nullptr) system_->thread_started();
      loop->run();
      if (system_ != nullptr) system_->thread_terminates();
    });
}

void io_threads::stop() noexcept {
  for (auto& l : loops_) l->stop();
}

void io_threads::join() {
  for (auto& t : threads_)
    if (t.joinable()) t.join();
}

void io_threads::close() {
  for (auto& l : loops_) l->close();
}

} // namespace reliable_signaler::net
