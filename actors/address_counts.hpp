// How many things of one kind each network address has. Counts only: limits are their users'.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace reliable_signaler {

/// Keeps a number for each address that has any, and nothing for the others. Any thread.
class address_counts : public std::enable_shared_from_this<address_counts> {
public:
  /// One thing that an address has, as long as this lives. It keeps the counts.
  class share {
  public:
    share(std::shared_ptr<address_counts> of, const std::string& address, std::size_t number);
    ~share();
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    /// How many the address had with this one, when it was taken.
    std::size_t number() const noexcept { return number_; }

  private:
    const std::shared_ptr<address_counts> of_;
    const std::string address_;
    const std::size_t number_;
  };
  using share_ptr = std::shared_ptr<const share>;

  static std::shared_ptr<address_counts> make() { return std::make_shared<address_counts>(); }

  /// One more. Whoever finds that it is one too many drops it.
  share_ptr take(const std::string& address);

  std::size_t of(const std::string& address) const;
  /// Addresses that have any.
  std::size_t size() const;

private:
  void give_back(const std::string& address);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> counts_;
};

} // namespace reliable_signaler
