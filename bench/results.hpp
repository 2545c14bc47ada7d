// Results as lines of JSON, and as a table for people. Measures nothing.
#pragma once

#include <ostream>

#include "runner.hpp"

namespace reliable_signaler::bench {

/// One line for each server: medians with quartiles over the windows, ratios to each other server
/// formed inside each round, latencies of all windows together.
void write_json(std::ostream& out, const command_line& line, const run_result& result);

void write_table(std::ostream& out, const command_line& line, const run_result& result);

} // namespace reliable_signaler::bench
