// Runs the simulation for a range of seeds; a seed that fails prints itself and the shortest trace.
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "faults.hpp"
#include "runs.hpp"

namespace {

using namespace reliable_signaler::sim;

struct order {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
  std::chrono::seconds seconds{0};
  bool one = false;
};

int usage() {
  std::cerr
      << "usage: signaler_sim [--fault NAME] ORDER\n"
         "  --seeds COUNT [--first SEED]\n"
         "  --seconds COUNT [--first SEED]   as many seeds as that takes, for hours if need be\n"
         "  --seed SEED                      one seed, with all that happens\n"
         "       signaler_sim --planted 1    every planted fault, each in a few seeds\n"
         "       signaler_sim --faults 1     what can be planted\n"
         "A seed that fails prints itself, the promise that was broken, and the shortest trace.\n";
  return 2;
}

void print(const run_report& run) {
  for (const auto& line : run.trace) std::cout << "  " << line << "\n";
}

int report_failure(const run_report& failed) {
  const auto shortest = shorten(failed);
  print(shortest);
  std::cout << "seed " << failed.what.seed << ": " << failed.broken << "\n"
            << "the shortest trace of it is above: " << shortest.broken << "\n"
            << "replay it with --seed " << failed.what.seed << "\n";
  return 1;
}

int run(const order& what) {
  if (what.one) {
    const auto one = run_world({what.first});
    print(one);
    if (!one.broken.empty()) return report_failure(one);
    std::cout << "seed " << what.first << ": every promise kept\n";
    return 0;
  }
  const auto until = std::chrono::steady_clock::now() + what.seconds;
  std::uint64_t done = 0;
  while (done < what.count
         || (what.seconds.count() > 0 && std::chrono::steady_clock::now() < until)) {
    const auto one = run_world({what.first + done});
    if (!one.broken.empty()) return report_failure(one);
    ++done;
  }
  std::cout << done << " seeds, every promise kept\n";
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  order what;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view text = argv[i + 1];
    const auto value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--planted") return find_planted_faults();
    if (name == "--faults") return list_planted_faults();
    if (name == "--fault" && plant(text))
      std::cout << "planted: " << text << "\n";
    else if (name == "--seed")
      what.first = value, what.one = true;
    else if (name == "--seeds")
      what.count = value;
    else if (name == "--seconds")
      what.seconds = std::chrono::seconds{value};
    else if (name == "--first")
      what.first = value;
    else
      return usage();
  }
  if (!what.one && what.count == 0 && what.seconds.count() == 0) return usage();
  if (std::getenv("SIGNALER_SIM_LONG") != nullptr) what.count *= 20;
  return run(what);
}
