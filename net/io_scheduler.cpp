// Connects CAF's scheduler interface with the loops.
#include "io_scheduler.hpp"

#include <caf/actor_system.hpp>

namespace reliable_signaler::net {

io_scheduler::io_scheduler(caf::actor_system& system)
    : caf::scheduler::abstract_coordinator(system) {}

io_scheduler::~io_scheduler() = default;

caf::actor_system::module* io_scheduler::make(caf::actor_system& system, caf::detail::type_list<>) {
  return new io_scheduler(system);
}

io_scheduler* io_scheduler::of(caf::actor_system& system) {
  return dynamic_cast<io_scheduler*>(&system.scheduler());
}

void io_scheduler::enqueue(caf::resumable* job) {
  auto here = io_loop::current();
  // A thread may be a loop of another actor system.
  if (here == nullptr || here->actor_system() != &system()) here = &threads_->next();
  here->exec_later(job);
}

void io_scheduler::start() {
  threads_ = std::make_unique<io_threads>(num_workers(), &system(), max_throughput());
  clock_.bind(threads_->loop(0));
  threads_->start();
  // Spawns the printer, so threads and clock must be there.
  caf::scheduler::abstract_coordinator::start();
}

void io_scheduler::stop() {
  stop_actors();
  threads_->stop();
  threads_->join();
  clock_.close();
  threads_->close();
}

} // namespace reliable_signaler::net
