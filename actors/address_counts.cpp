// Counting by address.
#include "address_counts.hpp"

namespace reliable_signaler {

address_counts::share_ptr address_counts::take(const std::string& address) {
  const std::lock_guard guard{mutex_};
  auto& of = add_to(address);
  return share_ptr{new share(of, of.second.things)};
}

address_counts::account address_counts::open_account(const std::string& address) {
  const std::lock_guard guard{mutex_};
  return account{add_to(address)};
}

address_counts::table::value_type& address_counts::add_to(const std::string& address) {
  auto& of = *counts_.try_emplace(address).first;
  if (++of.second.things == 1) of.second.of = shared_from_this();
  return of;
}

void address_counts::give_back(table::value_type& of) {
  const auto counts = of.second.of; // may be the last to keep the mutex
  const std::lock_guard guard{counts->mutex_};
  if (--of.second.things == 0) counts->counts_.erase(counts->counts_.find(of.first));
}

std::size_t address_counts::of(const std::string& address) const {
  const std::lock_guard guard{mutex_};
  const auto at = counts_.find(address);
  return at == counts_.end() ? 0 : at->second.things;
}

std::int64_t address_counts::bytes_of(const std::string& address) const {
  const std::lock_guard guard{mutex_};
  const auto at = counts_.find(address);
  return at == counts_.end() ? 0 : at->second.bytes.load(std::memory_order_relaxed);
}

std::size_t address_counts::size() const {
  const std::lock_guard guard{mutex_};
  return counts_.size();
}

} // namespace reliable_signaler
