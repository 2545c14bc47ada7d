// Counting by address.
#include "address_counts.hpp"

#include <utility>

namespace reliable_signaler {

address_counts::share::share(std::shared_ptr<address_counts> of, const std::string& address,
                             std::size_t number)
    : of_(std::move(of)), address_(address), number_(number) {}

address_counts::share::~share() {
  of_->give_back(address_);
}

address_counts::share_ptr address_counts::take(const std::string& address) {
  std::size_t number = 0;
  {
    const std::lock_guard guard{mutex_};
    number = ++counts_[address];
  }
  return std::make_shared<const share>(shared_from_this(), address, number);
}

void address_counts::give_back(const std::string& address) {
  const std::lock_guard guard{mutex_};
  const auto at = counts_.find(address);
  if (--at->second == 0) counts_.erase(at);
}

std::size_t address_counts::of(const std::string& address) const {
  const std::lock_guard guard{mutex_};
  const auto at = counts_.find(address);
  return at == counts_.end() ? 0 : at->second;
}

std::size_t address_counts::size() const {
  const std::lock_guard guard{mutex_};
  return counts_.size();
}

} // namespace reliable_signaler
