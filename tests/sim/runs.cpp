// Running worlds by name.
#include "runs.hpp"

#include <utility>

#include "returning_world.hpp"
#include "world.hpp"

namespace reliable_signaler::sim {

namespace {

template <class World>
run_report run(const plan& what) {
  World w{what};
  std::string broken;
  try {
    w.run();
  } catch (const broken_promise& promise) {
    broken = promise.what();
  }
  return {what, std::move(broken), w.trace(), w.actions()};
}

} // namespace

run_report run_world(std::string_view world, const plan& what) {
  return world == "returning" ? run<returning_world>(what) : run<sim::world>(what);
}

run_report shorten(std::string_view world, run_report failed) {
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (int i = failed.actions; i > 0; --i) {
      auto less = failed.what;
      if (!less.left_out.insert(i).second) continue;
      auto again = run_world(world, less);
      if (again.broken.empty()) continue;
      failed = std::move(again);
      shorter = true;
    }
  }
  return failed;
}

} // namespace reliable_signaler::sim
