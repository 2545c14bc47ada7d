// The actor clock of io_scheduler: delayed messages and timeouts without a thread of their own.
#pragma once

#include <array>
#include <atomic>
#include <caf/actor_clock.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace reliable_signaler::net {

class io_loop;

/// Keeps one ordered schedule behind a mutex and one timer on one loop. All functions may be called
/// from any thread unless they say otherwise.
///
/// Cancelling is what every dying actor does, timers or not: an actor without any pays one relaxed
/// load. Entries are destroyed outside of the lock, because they hold actors.
class io_clock final : public caf::actor_clock {
public:
  io_clock();
  ~io_clock() override;

  /// From now on due entries are delivered by `loop`, whose `run` has not begun or whose thread is
  /// calling. Without a loop the clock is passive: `expire` has to be called.
  void bind(io_loop& loop);

  /// Destroys all entries and refuses new ones. After the loop's thread is gone.
  void close();

  /// Entries pending: timeouts and delayed messages. Shown as "timers" on `/stats`.
  size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

  /// When the earliest entry is due, or `time_point::max()`.
  time_point next() const;

  /// Delivers up to `max_per_expire` entries due at `now`, in order; returns how many.
  size_t expire(time_point now);

  /// Deliveries in one go before the loop's other work gets its turn.
  static constexpr size_t max_per_expire = 256;

  // -- caf::actor_clock --------------------------------------------------------------------------
  void set_ordinary_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                            uint64_t id) override;
  void set_multi_timeout(time_point t, caf::abstract_actor* self, caf::atom_value type,
                         uint64_t id) override;
  void set_request_timeout(time_point t, caf::abstract_actor* self, caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  /// Called by every dying actor.
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t, caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t, caf::group target, caf::strong_actor_ptr sender,
                        caf::message content) override;
  void cancel_all() override;

private:
  struct entry;
  struct schedule;

  template <class Content>
  void add(time_point t, caf::strong_actor_ptr actor, Content content);
  entry& take_out(const entry& e); // lock held, like the next one
  void arm_if_earlier();
  void on_timer();
  template <class Predicate>
  void cancel_if(const caf::actor_control_block* actor, Predicate matches);
  std::atomic<uint32_t>& filter_of(const caf::actor_control_block* actor) noexcept;

  // Counts entries per hashed actor, so that most actors are known to have none without a lock.
  static constexpr size_t filter_size = 1024;
  std::array<std::atomic<uint32_t>, filter_size> filter_{};
  std::atomic<size_t> size_{0};
  std::unique_ptr<schedule> schedule_;
};

} // namespace reliable_signaler::net
