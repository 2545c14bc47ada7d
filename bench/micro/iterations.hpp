// How often each micro-benchmark runs when its instructions are counted. Measures nothing.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdlib>

namespace reliable_signaler::bench {

/// For `BENCHMARK(...)->Apply(as_often_as_told)`: with MICRO_ITERATIONS in the environment it runs
/// exactly that often, so that two runs differ in nothing but this number. See
/// ../reporting/count_instructions.mjs.
inline void as_often_as_told(benchmark::internal::Benchmark* one) {
  const char* const told = std::getenv("MICRO_ITERATIONS");
  if (told != nullptr) one->Iterations(std::strtol(told, nullptr, 10));
}

} // namespace reliable_signaler::bench
