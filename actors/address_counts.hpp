// How many things of one kind each network address has, and their bytes. Counts only: limits are
// their users'.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include <caf/intrusive_ptr.hpp>

namespace reliable_signaler {

/// Keeps a number for each address that has any, and nothing for the others. Any thread.
class address_counts : public std::enable_shared_from_this<address_counts> {
  struct entry {
    /// As long as the address has anything, it keeps the counts.
    std::shared_ptr<address_counts> of;
    std::size_t things = 0; // guarded
    std::atomic<std::int64_t> bytes{0};
  };
  using table = std::unordered_map<std::string, entry>;

public:
  /// One thing that an address has, as long as this lives. It keeps the counts. Every connection,
  /// session and seat has one, so it is no larger than it must be.
  class share {
  public:
    share(table::value_type& of, std::size_t number) noexcept
        : of_(of), number_(static_cast<std::uint32_t>(number)) {}
    ~share() { give_back(of_); }
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    /// How many the address had with this one, when it was taken.
    std::size_t number() const noexcept { return number_; }

  private:
    friend void intrusive_ptr_add_ref(const share* x) noexcept {
      x->references_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const share* x) noexcept {
      if (x->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete x;
    }

    table::value_type& of_;
    const std::uint32_t number_;
    mutable std::atomic<std::uint32_t> references_{0};
  };
  using share_ptr = caf::intrusive_ptr<const share>;

  /// The same for a thing with a size: the bytes of all things of an address are counted together.
  /// Each thing owns one account, and takes its bytes back itself before it goes. An empty one
  /// counts nothing.
  class account {
  public:
    account() noexcept = default;
    account(account&& from) noexcept : of_(std::exchange(from.of_, nullptr)) {}
    account& operator=(account&&) = delete;
    ~account() {
      if (of_ != nullptr) give_back(*of_);
    }

    /// Adds to the bytes of the address and returns what they are now; 0 when it counts nothing.
    std::int64_t add(std::int64_t change) const noexcept {
      if (of_ == nullptr) return 0;
      return of_->second.bytes.fetch_add(change, std::memory_order_relaxed) + change;
    }
    /// Whose bytes they are, or null.
    const std::string* address() const noexcept { return of_ == nullptr ? nullptr : &of_->first; }

  private:
    friend class address_counts;
    explicit account(table::value_type& of) noexcept : of_(&of) {}

    table::value_type* of_ = nullptr;
  };

  static std::shared_ptr<address_counts> make() { return std::make_shared<address_counts>(); }

  /// One more. Whoever finds that it is one too many drops it.
  share_ptr take(const std::string& address);
  /// One more, that has no bytes yet.
  account open_account(const std::string& address);

  std::size_t of(const std::string& address) const;
  std::int64_t bytes_of(const std::string& address) const;
  /// Addresses that have any.
  std::size_t size() const;

private:
  table::value_type& add_to(const std::string& address); // locked
  static void give_back(table::value_type& of);

  mutable std::mutex mutex_;
  table counts_; // its elements stay where they are
};

} // namespace reliable_signaler
