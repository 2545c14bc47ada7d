// Runs the simulation for a range of seeds; a seed that fails prints itself and what happened.
#include <cstdlib>
#include <iostream>
#include <string>

#include "returning_world.hpp"
#include "world.hpp"

namespace {

using reliable_signaler::sim::broken_promise;
using reliable_signaler::sim::returning_world;
using reliable_signaler::sim::world;

template <class World>
int run(std::uint64_t seed, bool verbose) {
  World w{seed};
  try {
    w.run();
  } catch (const broken_promise& broken) {
    for (const auto& line : w.trace()) std::cout << "  " << line << "\n";
    std::cout << "seed " << seed << ": " << broken.what() << "\n"
              << "replay it with --seed " << seed << "\n";
    return 1;
  }
  if (verbose) {
    for (const auto& line : w.trace()) std::cout << "  " << line << "\n";
    std::cout << "seed " << seed << ": every promise kept\n";
  }
  return 0;
}

int usage() {
  std::cerr << "usage: signaler_sim [--world returning] --seeds COUNT [--first SEED]\n"
               "       signaler_sim [--world returning] --seed SEED      one seed, with all that "
               "happens\n";
  return 2;
}

} // namespace

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
  auto run_one = run<world>;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--world") {
      if (std::string{argv[i + 1]} == "returning") run_one = run<returning_world>;
      continue;
    }
    const auto value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seed") return run_one(value, true);
    if (name == "--seeds")
      count = value;
    else if (name == "--first")
      first = value;
    else
      return usage();
  }
  if (count == 0) return usage();
  if (std::getenv("SIGNALER_SIM_LONG") != nullptr) count *= 20;
  for (auto seed = first; seed < first + count; ++seed)
    if (const auto status = run_one(seed, false); status != 0) return status;
  std::cout << count << " seeds, every promise kept\n";
}
