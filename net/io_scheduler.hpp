// The CAF scheduler module that runs actors on the threads of the sockets. It opens no socket.
#pragma once

#include <caf/detail/type_list.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <cstddef>
#include <memory>

#include "io_clock.hpp"
#include "io_threads.hpp"

namespace reliable_signaler::net {

/// Load it before the actor system exists: `config.load<io_scheduler>()`. The number of threads is
/// CAF's `scheduler.max-threads`, messages per resume `scheduler.max-throughput`.
///
/// An actor spawned with `caf::actor_config{&loop}` starts on that loop. Which loop it runs on
/// later is decided by who wakes it, unless its `enqueue` passes on its own loop as the execution
/// unit: that pins it. An actor woken by a thread that is no loop goes to the loops in turn.
class io_scheduler final : public caf::scheduler::abstract_coordinator {
public:
  explicit io_scheduler(caf::actor_system& system);
  ~io_scheduler() override;

  /// For `caf::actor_system_config::load`.
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

  /// The io_scheduler of `system`, or null if it uses another scheduler.
  static io_scheduler* of(caf::actor_system& system);

  /// The loops, between the start of the actor system and its end.
  io_threads& threads() noexcept { return *threads_; }
  /// Loop number `i` modulo `size()`.
  io_loop& loop(size_t i) noexcept { return threads_->loop(i); }
  size_t size() const noexcept { return threads_->size(); }

  void enqueue(caf::resumable* job) override;
  io_clock& clock() noexcept override { return clock_; }

protected:
  void start() override;
  /// Ends the utility actors, joins the threads, then releases in this order: timers, jobs, pending
  /// handlers. Connections must be closed before (they are actors, so the system waits for them).
  void stop() override;

private:
  io_clock clock_;
  std::unique_ptr<io_threads> threads_;
};

} // namespace reliable_signaler::net
