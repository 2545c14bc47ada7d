// Sessions without a transport: an actor that keeps them for the grace period, beside the registry.
#pragma once

#include <chrono>
#include <list>
#include <unordered_map>

#include <caf/typed_event_based_actor.hpp>

#include "context.hpp"
#include "messages.hpp"
#include "pinned_actor.hpp"

namespace reliable_signaler {

/// Runtime name `signaler.sessions`. A session it lets go, because it was claimed by nobody in
/// time, because there are too many, or because the store ends, gives up its seats. One timer runs
/// while it holds any.
class session_store : public pinned_actor<session_store_actor::base> {
public:
  session_store(caf::actor_config& config, caf::execution_unit* home, context_ptr context);
  ~session_store() override;

  const char* name() const override { return "signaler.sessions"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  using time_point = caf::actor_clock::time_point;

  struct held {
    session_ptr session;
    time_point until;
  };
  /// Oldest first: all are kept equally long, so this is also the order in which they expire.
  using queue = std::list<held>;

  void hold(hold_session& message);
  caf::result<claimed_session> claim(const claim_session& request);
  void expire();
  void drop(queue::iterator which, std::string_view why);
  void count(std::int64_t change);
  void wake_at(time_point when);

  const context_ptr context_;
  queue sessions_;
  std::unordered_map<std::string, queue::iterator> by_secret_;
  bool timer_runs_ = false;
};

} // namespace reliable_signaler
