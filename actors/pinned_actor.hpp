// Actors that always run on one thread, whoever sends to them.
#pragma once

#include <utility>

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>

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

  /// The thread this actor is bound to, or null.
  caf::execution_unit* home() const noexcept { return home_; }

private:
  caf::execution_unit* home_;
};

/// Spawns a pinned actor; it starts with its first message.
template <class Actor, class... Args>
auto spawn_pinned(caf::actor_system& system, caf::execution_unit* home, Args&&... args) {
  caf::actor_config config{home};
  return system.spawn_class<Actor, caf::lazy_init>(config, home, std::forward<Args>(args)...);
}

} // namespace reliable_signaler
