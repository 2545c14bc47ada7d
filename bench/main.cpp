// signaler-bench: reads the command line, runs, prints. Everything else is elsewhere.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

// A standard stream that is closed would have its number given to the next socket, and words for
// people sent to a server. Whether standard output was open.
bool fill_standard_streams() {
  const bool open_output = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd > STDERR_FILENO) close(fd);
  return open_output;
}

// A full disk shows only when the buffer is written. `errno` was 0 before that.
void need_written(std::ostream& out, const std::string& where) {
  if (out.flush()) return;
  const std::string why = errno != 0 ? std::string{": "} + std::strerror(errno) : "";
  throw failure(exit_internal, "cannot write to " + where + why);
}

int measure(const command_line& line, bool open_output) {
  const auto& path = line.options.output;
  std::ofstream file;
  if (!path.empty()) {
    file.open(path, std::ios::app);
    if (!file) throw failure(exit_usage, "cannot write '" + path + "'");
  } else if (!open_output) {
    throw failure(exit_usage, "standard output is closed, and there is no --output");
  }
  const auto result = run(line);
  write_table(std::cerr, line, result);
  if (!result.partial.empty())
    std::cerr << "signaler-bench: " << result.partial << "; the results are partial" << std::endl;
  auto& out = path.empty() ? std::cout : file;
  errno = 0;
  write_json(out, line, result);
  need_written(out, path.empty() ? "standard output" : "'" + path + "'");
  return result.code;
}

} // namespace

int main(int argc, char** argv) {
  try {
    const bool open_output = fill_standard_streams();
    const auto line = parse_command_line({argv + 1, argv + argc});
    if (line.scenario == nullptr) {
      errno = 0;
      std::cout << help_text();
      need_written(std::cout, "standard output");
      return 0;
    }
    return measure(line, open_output);
  } catch (const failure& error) {
    std::cerr << "signaler-bench: " << error.what() << std::endl;
    return error.code();
  } catch (const std::exception& error) {
    std::cerr << "signaler-bench: " << error.what() << std::endl;
    return exit_internal;
  }
}
