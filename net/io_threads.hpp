// A group of io_loops with one thread each. It knows nothing of sockets or of how actors get there.
#pragma once

#include <atomic>
#include <caf/fwd.hpp>
#include <cstddef>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include "io_loop.hpp"

namespace reliable_signaler::net {

/// Starts, stops and joins `n` loops. Used by `io_scheduler`, and directly by a server whose
/// actor system runs on a stock scheduler.
class io_threads {
public:
  /// @param n number of loops, 0 means one per core.
  /// @param system if given, the loops run its actors and its thread hooks are called.
  explicit io_threads(size_t n, caf::actor_system* system = nullptr,
                      size_t max_throughput = std::numeric_limits<size_t>::max());
  io_threads(const io_threads&) = delete;
  io_threads& operator=(const io_threads&) = delete;
  /// Stops, joins and closes what is still running.
  ~io_threads();

  size_t size() const noexcept { return loops_.size(); }

  /// Loop number `i` modulo `size()`. Valid until the group is destroyed.
  io_loop& loop(size_t i) noexcept { return *loops_[i % loops_.size()]; }

  /// One loop after the other, for work that belongs to none. Any thread.
  io_loop& next() noexcept { return loop(next_.fetch_add(1, std::memory_order_relaxed)); }

  /// Starts the threads. Once.
  void start();

  /// Asks all loops to end. Any thread, also one of their own.
  void stop() noexcept;

  /// Waits for the threads; never from one of them. Pending handlers and jobs are still there.
  void join();

  /// Closes every loop (see `io_loop::close`). After `join`.
  void close();

private:
  caf::actor_system* const system_;
  std::vector<std::unique_ptr<io_loop>> loops_;
  std::vector<std::thread> threads_;
  std::atomic<size_t> next_{0};
};

} // namespace reliable_signaler::net
