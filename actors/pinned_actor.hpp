// Actors that always run on one thread, whoever sends to them.
#pragma once

#include <utility>

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>

namespace reliable_signaler {

/// Mixin: an actor that runs only on `home`. With `home == nullptr` it floats, as CAF's own
/// schedulers expect. `home` must accept exec_later() from any thread and outlive the actor.
template <class Base>
class pinned_actor : public Base {
public:
  pinned_actor(caf::actor_config& config, caf::execution_unit* home) : Base(config), home_(home) {}

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    Base::enqueue(std::move(element), home_ != nullptr ? home_ : unit);
  }

  caf::resumable::resume_result resume(caf::execution_unit* unit, size_t max_throughput) override {
    auto* const before = std::exchange(running_, this);
    const auto result = Base::resume(unit, max_throughput);
    running_ = before;
    return result;
  }

  /// The thread this actor is bound to, or null.
  caf::execution_unit* home() const noexcept { return home_; }

  /// Whether an actor of this kind is handling a message on this thread.
  static bool runs_here() noexcept { return running_ != nullptr; }

protected:
  /// The actor whose message is being handled on this thread. Handlers that ask for it here instead
  /// of holding it are the same for all actors of a kind, which then share one behavior: it takes
  /// as much memory as half an actor. Not for handlers of responses, which belong to one actor.
  static pinned_actor& running() noexcept { return *running_; }

private:
  static constinit inline thread_local pinned_actor* running_ = nullptr;

  caf::execution_unit* home_;
};

/// Spawns a pinned actor; it starts with its first message.
template <class Actor, class... Args>
auto spawn_pinned(caf::actor_system& system, caf::execution_unit* home, Args&&... args) {
  caf::actor_config config{home};
  return system.spawn_class<Actor, caf::lazy_init>(config, home, std::forward<Args>(args)...);
}

} // namespace reliable_signaler
