// The log-linear histogram: exact where it is small, bounded error where it is large.
#include "bench/load/histogram.hpp"

#include <cstdint>

#define CAF_SUITE bench_histogram
#include "caf/test/dsl.hpp"

using reliable_signaler::bench::histogram;

CAF_TEST(an_empty_histogram_says_zero) {
  const histogram empty;
  CAF_CHECK_EQUAL(empty.count(), 0u);
  CAF_CHECK_EQUAL(empty.quantile(0.5), 0u);
  CAF_CHECK_EQUAL(empty.max(), 0u);
}

CAF_TEST(small_values_are_exact) {
  histogram numbers;
  for (std::uint64_t i = 1; i <= 100; ++i) numbers.record(i);
  CAF_CHECK_EQUAL(numbers.quantile(0), 1u);
  CAF_CHECK_EQUAL(numbers.quantile(0.5), 50u);
  CAF_CHECK_EQUAL(numbers.quantile(0.99), 99u);
  CAF_CHECK_EQUAL(numbers.quantile(1), 100u);
  CAF_CHECK_EQUAL(numbers.mean(), 50.5);
}

CAF_TEST(large_values_are_right_within_one_percent_and_never_above_the_largest) {
  for (std::uint64_t value = 200; value < histogram::longest; value = value * 3 / 2) {
    histogram one;
    one.record(value);
    one.record(histogram::longest);
    const auto found = one.quantile(0.5);
    CAF_CHECK(found >= value);
    CAF_CHECK(found - value <= value / 100);
  }
  histogram alone;
  alone.record(1'000'001);
  CAF_CHECK_EQUAL(alone.quantile(0.999), 1'000'001u);
}

CAF_TEST(what_is_too_long_counts_as_the_longest) {
  histogram one;
  one.record(~std::uint64_t{0});
  CAF_CHECK_EQUAL(one.max(), histogram::longest);
  CAF_CHECK_EQUAL(one.quantile(1), histogram::longest);
}

CAF_TEST(histograms_add_up) {
  histogram all;
  for (const std::uint64_t value : {10u, 20u}) {
    histogram part;
    part.record(value);
    all.add(part);
  }
  CAF_CHECK_EQUAL(all.count(), 2u);
  CAF_CHECK_EQUAL(all.quantile(0.5), 10u);
  CAF_CHECK_EQUAL(all.max(), 20u);
}
