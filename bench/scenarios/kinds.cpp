// The table of scenarios.
#include "kinds.hpp"

#include <unistd.h>

namespace reliable_signaler::bench {

const std::vector<scenario_kind>& scenario_kinds() {
  static const std::vector<scenario_kind> kinds{
      {"churn", "connect, open or join a room with its acknowledgement, disconnect",
       "one connection", [](const settings& s) { return 4 * s.width + s.background; }, make_churn},
      {"relay", "messages to and fro between pairs: closed loop, or open with --rate",
       "one message delivered", [](const settings& s) { return 2 * s.pairs + s.background; },
       make_relay},
      {"fan-out", "one speaks, a room of many hears", "one message delivered",
       [](const settings& s) { return s.members + 1; }, make_fan_out},
      {"idle", "connections in rooms of two: memory of each, CPU at rest", "one connection",
       [](const settings& s) { return s.connections + 20; }, make_idle},
      {"storm", "all are dropped at once and come back at once: until all are in their rooms",
       "one client back", [](const settings& s) { return s.connections; }, make_storm},
      {"parked", "many wait for a room that is not open; then it opens", "one joiner woken",
       [](const settings& s) { return s.joiners + 1; }, make_parked},
      {"resume", "clients are dropped, miss messages, come back and get exactly those",
       "one client back", [](const settings& s) { return 2 * s.pairs; }, make_resume},
  };
  return kinds;
}

std::string fresh_name(std::string_view prefix) {
  static unsigned last = 0;
  std::string name{prefix};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return name.append("-").append(std::to_string(now)).append("-").append(std::to_string(++last));
}

} // namespace reliable_signaler::bench
