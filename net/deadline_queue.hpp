// Coarse timers for thousands of connections of one loop. No clock, no thread: time is passed in.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace reliable_signaler::net {

/// What wants to be woken now and then: a connection with timeouts. Its owner keeps it; destroying
/// a queued one takes it out of the queue. Queue and items belong to one thread.
class deadline_item : public boost::intrusive::list_base_hook<
                          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  using time_point = std::chrono::steady_clock::time_point;

  deadline_item(const deadline_item&) = delete;
  deadline_item& operator=(const deadline_item&) = delete;

  /// Does what is due at `now` and returns when it wants to be woken next, or
  /// `deadline_queue::never`. May come before the deadline (then it just returns the deadline
  /// again), and comes at most one tick after it. An item that destroys itself in here returns
  /// `never`; it may destroy or schedule other items.
  virtual time_point on_deadline(time_point now) = 0;

protected:
  deadline_item() = default;
  virtual ~deadline_item() = default;

private:
  friend class deadline_queue;
  uint64_t tick_ = 0; // while linked: the tick whose slot it is in
};

/// A timing wheel: adding, removing and waking are O(1). Moving a deadline later costs nothing at
/// all: the item merely returns the later time when it is woken at the earlier one. An item costs
/// three words inside itself and nothing besides.
class deadline_queue {
public:
  using time_point = deadline_item::time_point;
  using duration = std::chrono::steady_clock::duration;

  /// Items that do not want to be woken.
  static constexpr time_point never = time_point::max();
  /// Resolution: an item is woken within one tick after its deadline.
  static constexpr duration tick = std::chrono::milliseconds{50};
  /// Slots of the wheel. Deadlines further away than all slots (25.6 s) are looked at once per
  /// turn, which is one virtual call.
  static constexpr size_t slot_count = 512;

  /// @param origin the beginning of tick 0; no time passed in later may be before it.
  explicit deadline_queue(time_point origin) noexcept : origin_(origin) {}

  /// Wakes `item` within one tick after `when`. If it is already queued for an earlier tick or the
  /// same one this does nothing; otherwise it moves. `never` does nothing for a queued item.
  void schedule(deadline_item& item, time_point when);

  /// Takes `item` out; no-op if it is not queued.
  void remove(deadline_item& item) noexcept;

  /// When `expire` must be called next, or `never`. Can be too early after a removal, never late.
  time_point next() const noexcept;

  /// Wakes every item whose tick has passed at `now`. Returns how many were called. Time that does
  /// not go forward is allowed and wakes nobody.
  size_t expire(time_point now);

private:
  using slot = boost::intrusive::list<deadline_item, boost::intrusive::constant_time_size<false>>;

  uint64_t tick_after(time_point t) const noexcept;
  void link(deadline_item& item, uint64_t tick);
  uint64_t next_used(uint64_t from) const noexcept;

  static constexpr uint64_t no_tick = ~uint64_t{0};

  time_point origin_;
  uint64_t done_ = 0; // ticks up to this one have been expired
  std::array<slot, slot_count> slots_;
  std::array<uint64_t, slot_count / 64> used_{}; // a set bit may lie, an unset one never does
};

} // namespace reliable_signaler::net
