// One run of a simulated world, and the shortest that breaks a promise too.
#pragma once

#include <string>
#include <string_view>
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

/// `world`: "rooms" or "returning".
run_report run_world(std::string_view world, const plan& what);

/// Leaves out of a run that failed whatever it fails without.
run_report shorten(std::string_view world, run_report failed);

} // namespace reliable_signaler::sim
