// One run of the simulated world, and the shortest that breaks a promise too.
#pragma once

#include <string>
#include <vector>

#include "simulation.hpp"

namespace reliable_signaler::sim {

struct run_report {
  plan what;
  /// The promise that was broken; empty when all were kept.
  std::string broken;
  std::vector<std::string> trace;
  int actions = 0;
};

run_report run_world(const plan& what);

/// Leaves out of a run that failed whatever it fails without.
run_report shorten(run_report failed);

} // namespace reliable_signaler::sim
