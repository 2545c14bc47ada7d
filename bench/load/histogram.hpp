// A histogram of durations with a bounded relative error. No clock, no I/O.
//
// Of its own because Debian 12 packages no HdrHistogram for C or C++; same idea, fewer features.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace reliable_signaler::bench {

/// Counts nanoseconds in log-linear buckets: exact below 256, within 1/128 (0.8 %) above.
/// About 35 kB each; recording allocates nothing.
class histogram {
public:
  /// The longest duration told apart, in nanoseconds (18 minutes); longer ones count as this.
  static constexpr std::uint64_t longest = (std::uint64_t{1} << 40) - 1;

  void record(std::uint64_t nanoseconds) noexcept;
  void add(const histogram& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  /// The largest that was recorded, exactly; 0 when nothing was.
  std::uint64_t max() const noexcept { return max_; }
  double mean() const noexcept;
  /// The smallest value that at least `share` (0 to 1) of all do not exceed, rounded up to its
  /// bucket's end but never above `max`; 0 when nothing was recorded.
  std::uint64_t quantile(double share) const noexcept;

private:
  static constexpr unsigned bits = 7;
  static constexpr std::size_t half = std::size_t{1} << bits;
  static constexpr std::size_t buckets = 2 * half + (40 - bits - 1) * half;

  static std::size_t index_of(std::uint64_t value) noexcept;
  static std::uint64_t end_of(std::size_t index) noexcept;

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

} // namespace reliable_signaler::bench
