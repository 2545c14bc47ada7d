// Command line and configuration file of the standalone server, on CAF's option system.
#pragma once

#include <caf/actor_system_config.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server_options.hpp"

namespace reliable_signaler::net {

/// What `main` has to do after parsing.
struct parse_outcome {
  std::optional<int> exit_code; ///< set: print `text` and leave with it; unset: run the server
  std::string text;             ///< for stdout if the exit code is 0, else one line for stderr
};

/// The configuration of an actor system of a server's own, such as the standalone server's. It
/// loads `io_scheduler` unless the options say otherwise. CAF's own options stay at their defaults
/// and are not offered; no configuration file is read unless `--config-file` names one.
class server_config : public caf::actor_system_config {
public:
  server_config() = default;
  /// The configuration of an actor system for a server with these options.
  explicit server_config(server_options options);

  /// Reads `arguments` (without the program's name). Options are `--name=value` or `--name value`,
  /// switches `--name`, `--name=true` or `--name=false`; values on the command line win over those
  /// of `--config-file FILE`. Exit code 2 and one line for anything unknown, malformed, out of
  /// bounds or contradictory; 0 for `--help` and `--version`. To be called once.
  parse_outcome parse_arguments(std::vector<std::string> arguments);

  const server_options& options() const noexcept { return options_; }

private:
  void apply();

  server_options options_ = standalone_options();
};

/// The text of `--help`: every option with its unit and default, in groups, 80 columns wide.
std::string help_text();

/// `reliable-signaler` and the version, without a line break.
std::string version_text();

} // namespace reliable_signaler::net
