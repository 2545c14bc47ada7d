// signaler-bench: reads the command line, runs, prints. Everything else is elsewhere.
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "load/failure.hpp"
#include "options.hpp"
#include "results.hpp"
#include "runner.hpp"

namespace {

using namespace reliable_signaler::bench;

int measure(const command_line& line) {
  std::ofstream file;
  if (!line.options.output.empty()) {
    file.open(line.options.output, std::ios::app);
    if (!file) throw failure(exit_usage, "cannot write '" + line.options.output + "'");
  }
  const auto result = run(line);
  write_json(line.options.output.empty() ? std::cout : file, line, result);
  write_table(std::cerr, line, result);
  if (!result.partial.empty())
    std::cerr << "signaler-bench: " << result.partial << "; the results are partial" << std::endl;
  return result.code;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const auto line = parse_command_line({argv + 1, argv + argc});
    if (line.scenario == nullptr) {
      std::cout << help_text();
      return 0;
    }
    return measure(line);
  } catch (const failure& error) {
    std::cerr << "signaler-bench: " << error.what() << std::endl;
    return error.code();
  } catch (const std::exception& error) {
    std::cerr << "signaler-bench: " << error.what() << std::endl;
    return exit_internal;
  }
}
