// Why the harness gives up, with the exit code for it. Thrown anywhere in it, caught in main.
#pragma once

#include <stdexcept>
#include <string>

namespace reliable_signaler::bench {

/// Exit codes; 0 is a complete result.
enum exit_code : int {
  /// A bug, or the machine refused something that it should not, like writing the results.
  exit_internal = 1,
  /// Wrong options, or a limit of this machine (descriptors) that the scenario does not fit into.
  exit_usage = 2,
  /// The server cannot be measured: not there, not Socket.IO, other events, does not answer.
  exit_server = 3,
  /// The server went away in the middle, or an interrupt came; what was measured until then is
  /// printed, marked partial.
  exit_partial = 4,
};

/// A sentence for the terminal, without a full stop.
class failure : public std::runtime_error {
public:
  failure(exit_code code, const std::string& sentence)
      : std::runtime_error(sentence), code_(code) {}
  exit_code code() const noexcept { return code_; }

private:
  exit_code code_;
};

} // namespace reliable_signaler::bench
