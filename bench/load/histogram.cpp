// Buckets of the log-linear histogram: the highest eight bits of a value name its bucket.
#include "histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace reliable_signaler::bench {

std::size_t histogram::index_of(std::uint64_t value) noexcept {
  if (value < 2 * half) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - (bits + 1);
  return 2 * half + (shift - 1) * half + ((value >> shift) - half);
}

std::uint64_t histogram::end_of(std::size_t index) noexcept {
  if (index < 2 * half) return index;
  const auto shift = (index - 2 * half) / half + 1;
  const auto head = (index - 2 * half) % half + half;
  return ((head + 1) << shift) - 1;
}

void histogram::record(std::uint64_t nanoseconds) noexcept {
  const auto value = std::min(nanoseconds, longest);
  ++counts_[index_of(value)];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value);
}

void histogram::add(const histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t histogram::quantile(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = std::ceil(share * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(end_of(i), max_);
  }
  return max_;
}

} // namespace reliable_signaler::bench
