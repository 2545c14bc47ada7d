// What one socket has been given lately, so that a client that comes back gets what it missed. No
// lock, no clock, no wire.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_clock.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "address_counts.hpp"
#include "event.hpp"
#include "ids.hpp"
#include "ports.hpp"

namespace reliable_signaler {

/// What all outboxes of one server share: how events become bytes, how they are named, and how much
/// of them is kept. Any thread.
class delivery_rules : public caf::ref_counted {
public:
  using time_point = caf::actor_clock::time_point;

  struct bounds {
    /// Bytes one log may hold; what a fan-out shares is charged to each of its logs.
    std::size_t bytes = 0;
    /// Bytes of all logs together; beyond that each keeps a sixteenth of its own bound.
    std::size_t bytes_in_all = 0;
    std::chrono::milliseconds age{0};
    /// Bytes of the logs of one network address together; beyond that each of those keeps a
    /// sixteenth. 0: without bound.
    std::size_t bytes_of_address = 0;
  };

  /// Without recovery: nothing is kept, events carry no offset.
  explicit delivery_rules(encoder_ptr codec);
  /// With recovery. `clock` must outlive the rules.
  delivery_rules(encoder_ptr codec, std::uint64_t epoch, const caf::actor_clock& clock,
                 bounds limits);

  const encoder& codec() const noexcept { return *codec_; }
  bool keeps() const noexcept { return clock_ != nullptr; }
  std::uint64_t epoch() const noexcept { return epoch_; }
  const bounds& limits() const noexcept { return limits_; }
  time_point now() const { return keeps() ? clock_->now() : time_point{}; }

  /// An event that asks for no answer; with recovery its id goes along as its last argument.
  encoded_ptr encode(std::string_view nsp, const arguments& args, const event_id& id) const;

  /// The name of the server's next event to one socket. Numbers rise; to keep them in order for
  /// that socket, take and write under its outbox's lock.
  event_id next_own() const;
  /// The name of an event to many, with a sender of its own: such events need no order.
  event_id next_unique() const;

  /// Bytes in all logs now.
  std::int64_t bytes_kept() const noexcept { return kept_.load(std::memory_order_relaxed); }
  /// Counts bytes that a log has more, or less, than before. Returns how many it may have now.
  std::size_t count_bytes(const address_counts::account& of, std::int64_t change) const noexcept;

private:
  const encoder_ptr codec_;
  const std::uint64_t epoch_ = 0;
  const std::string epoch_text_;
  const caf::actor_clock* const clock_ = nullptr;
  const bounds limits_;
  mutable std::atomic<std::uint64_t> last_number_{0};
  mutable std::atomic<std::int64_t> kept_{0};
};

using delivery_rules_ptr = caf::intrusive_ptr<const delivery_rules>;

/// The latest events given to one socket, in their one order, within the bounds of the rules. Not
/// thread-safe.
class delivery_log {
public:
  using time_point = delivery_rules::time_point;

  /// @param of what its bytes are charged to, beside what all logs have.
  explicit delivery_log(address_counts::account of = {}) noexcept : of_(std::move(of)) {}

  /// Adds an event, given at `now`, and lets go of what is over the bounds. A null packet is
  /// remembered by its name only: it can be the last one a client has had, but is never replayed.
  void append(const delivery_rules& rules, const event_id& id, encoded_ptr packet, time_point now);

  /// Where what came after that event begins, if all of it is still here.
  std::optional<std::size_t> after(const event_id& id) const;

  /// Calls `f` with every packet from a position on, and with where it stands, see end().
  template <class F>
  void replay(std::size_t from, F f) const {
    for (auto i = from; i < count_; ++i)
      if (const auto& x = slots_[place(i)]; x.packet) f(x.packet, gone_ + i);
  }

  /// Where the next event will stand, counted from the first one ever: for what follows.
  std::uint64_t end() const noexcept { return gone_ + count_; }
  bool holds(std::uint64_t position) const noexcept {
    return position >= gone_ && position < end();
  }
  /// Like replay(), for all that is still here from there on.
  template <class F>
  void replay_since(std::uint64_t position, F f) const {
    replay(position > gone_ ? static_cast<std::size_t>(position - gone_) : 0, f);
  }
  /// The event that was appended there without a packet gets one, if it is still here.
  void fill(const delivery_rules& rules, std::uint64_t position, encoded_ptr packet);

  /// Must be called before it goes, if it was given anything.
  void clear(const delivery_rules& rules);
  const address_counts::account& charged_to() const noexcept { return of_; }
  std::size_t bytes() const noexcept { return bytes_; }

private:
  struct entry {
    public_id sender;
    std::uint32_t series = 0;
    std::uint64_t number = 0;
    encoded_ptr packet;
    time_point at;

    bool is(const event_id& id) const {
      return number == id.number && series == id.series && sender == id.sender;
    }
  };

  static std::size_t charge(const entry& x) {
    return sizeof(entry) + (x.packet ? x.packet->size() : 0);
  }
  std::size_t place(std::size_t i) const noexcept { return (first_ + i) & (slots_.size() - 1); }
  void make_room();
  void move_to(std::size_t slots);
  void drop_first();
  void drop_to(std::size_t allowed);
  void keep_to_bounds(const delivery_rules& rules, std::size_t counted);

  // A ring, as many as a power of two: a full log takes and drops all the time, and never moves or
  // allocates anything then. One slot stays free once something was dropped: the one before the
  // first entry has the name of that, without a packet.
  std::vector<entry> slots_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t gone_ = 0;
  std::size_t bytes_ = 0;
  const address_counts::account of_;
};

} // namespace reliable_signaler
