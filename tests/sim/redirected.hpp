// Calls of the product that the linker redirects in the simulation (see CMakeLists.txt): some to
// replace randomness, some to watch, some to plant a fault. The product knows nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <caf/type_erased_tuple.hpp>

#include "actors/ids.hpp"

namespace reliable_signaler::sim {

/// What becomes of a message on its way to an actor.
enum class fate : std::uint8_t { arrives, is_lost, arrives_twice };
using meddler = fate (*)(caf::type_erased_tuple& message);

/// What a redirected function does wrong.
enum class wrong : std::uint8_t {
  nothing,
  // -- actors
  frees_with_any_grant,
  second_opener_is_member,
  keeps_who_is_away,
  tells_no_displaced,
  believes_no_owner,
  hears_of_nothing_left,
  opens_exclusive_rooms_twice,
  drops_answers,
  answers_what_is_revoked,
  // -- outboxes and their logs
  logs_no_bytes,
  replays_too_little,
  replays_everything,
  believes_every_offset,
  logs_without_bound,
  never_clears_logs,
  charges_addresses_for_ever,
  // -- our extension
  tells_no_gap,
  reads_no_token,
  // -- the wire
  never_ticks,
  ignores_pongs,
  upgrade_forgets_queue,
  polls_find_nothing,
  ignores_closed_sockets,
  loses_attachments,
  takes_posts_late,
  misses_aborted_polls,
  drops_early_events,
};

/// From now on. Null and `nothing`: no fault.
void meddle_with(meddler messages, wrong function);
bool goes_wrong(wrong how);

/// Ids and secrets are drawn from this seed from now on; the logs are counted anew.
void begin_redirected_run(std::uint64_t seed);

struct log_sizes {
  /// The most that one has held since the run began.
  std::size_t largest = 0;
  /// What all of them hold now, and those of each address.
  std::int64_t all = 0;
  std::map<std::string, std::int64_t> of_address;
};
const log_sizes& logged_bytes();

/// What one log, all of them, and those of its address held when it had been given something.
struct log_growth {
  std::size_t bytes;
  std::int64_t all;
  std::int64_t of_address;
};
/// Of all that has been given since the last look.
std::vector<log_growth> logs_that_grew();

/// Who has been given a seat first after an opening was judged, since the last look: who opened,
/// or, where nothing was opened, who waited.
std::vector<public_id> seated_by_opening();

} // namespace reliable_signaler::sim
