// Runs one scenario on all servers, window by window in turn, and gathers what comes out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "load/target.hpp"
#include "options.hpp"
#include "scenarios/scenario.hpp"

namespace reliable_signaler::bench {

/// What all windows on one server yielded. The n-th window of each server belongs to one round.
struct server_result {
  std::string name;
  std::vector<window_result> windows;
  /// Nanoseconds of our own CPU in each window.
  std::vector<std::uint64_t> load_cpu;
};

struct run_result {
  std::vector<server_result> servers;
  /// Why it ended early; empty when it is complete.
  std::string partial;
  /// What the process exits with.
  int code = 0;
};

/// Connects to or starts the servers, looks whether they can be measured, measures. Throws
/// `failure` as long as there are no results; afterwards what there is comes back, marked. SIGINT
/// and SIGTERM end it after the running window, with what there is.
run_result run(const command_line& line);

} // namespace reliable_signaler::bench
