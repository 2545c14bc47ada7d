// Where each session is, and those without a transport: an actor that keeps these for the grace
// period, beside the registry.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

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
    public_id who;
    time_point until;
    /// The same, among those of its network address; unless that is not counted.
    std::list<public_id>::iterator of_address;
  };
  /// Oldest first: all are kept equally long, so this is also the order in which they expire.
  using queue = std::list<held>;

  struct claimant {
    caf::typed_response_promise<claimed_session> promise;
    caf::actor_addr connection;
    bool proven = false; ///< by a token: the name is its own also without a session
  };

  struct entry {
    std::string nsp;
    session_secret secret;
    /// The connection that has the session; null while it is held here.
    caf::actor_addr holder;
    session_ptr session;
    queue::iterator place;
    /// The latest one that has claimed it.
    std::uint64_t attempt = 0;
    /// Claims that wait for the holder to yield, in their order.
    std::vector<claimant> waiting;
  };
  using table = std::unordered_map<public_id, entry>;

  void track(const track_session& message);
  void forget(const forget_session& message);
  void hold(hold_session& message);
  caf::result<claimed_session> claim(const claim_session& request);
  void ask_holder(table::iterator at);
  void yielded(const public_id& who, const caf::actor_addr& by, session_ptr session);
  /// To the first claim that waits.
  void hand_over(table::iterator at, session_ptr session);
  session_ptr release(entry& from);
  /// The session is over: who waits for it gets none, and the first that has proven the name that.
  void session_over(table::iterator at);
  void erase(table::iterator at);
  void expire();
  void drop_oldest(std::string_view why);
  /// The oldest, or the oldest of that address.
  void evict(const public_id& oldest, std::string_view limit);
  queue::iterator line_up(const public_id& who, const std::string& network);
  void count(std::int64_t change);
  void wake_at(time_point when);

  const context_ptr context_;
  table entries_;
  queue held_;
  /// Those of each network address, oldest first. Empty where that is not bounded.
  std::unordered_map<std::string, std::list<public_id>> held_by_address_;
  std::int64_t last_eviction_logged_ = 0;
  bool timer_runs_ = false;
};

} // namespace reliable_signaler
