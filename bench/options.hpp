// The command line of signaler-bench: what it asks for, or what is wrong with it.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace reliable_signaler::bench {

/// A server as the command line names it: one that runs, or a command that starts one.
struct server_spec {
  std::string name;
  /// Empty for one that is to be started.
  std::string url;
  std::string command;
  long pid = -1;
};

struct command_line {
  /// Null when only help was asked for.
  const scenario_kind* scenario = nullptr;
  settings options;
  std::vector<server_spec> servers;
  /// As given, without the servers; for the results.
  std::vector<std::string> arguments;
};

/// Throws `failure` with one sentence.
command_line parse_command_line(const std::vector<std::string>& arguments);

std::string help_text();

} // namespace reliable_signaler::bench
