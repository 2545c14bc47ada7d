// Running the world, once and again.
#include "runs.hpp"

#include <utility>

#include "world.hpp"

namespace reliable_signaler::sim {

run_report run_world(const plan& what) {
  world w{what};
  std::string broken;
  try {
    w.run();
  } catch (const broken_promise& promise) {
    broken = promise.what();
  }
  return {what, std::move(broken), w.trace(), w.actions()};
}

run_report shorten(run_report failed) {
  for (bool shorter = true; shorter;) {
    shorter = false;
    for (int i = failed.actions; i > 0; --i) {
      auto less = failed.what;
      if (!less.left_out.insert(i).second) continue;
      auto again = run_world(less);
      if (again.broken.empty()) continue;
      failed = std::move(again);
      shorter = true;
    }
  }
  return failed;
}

} // namespace reliable_signaler::sim
