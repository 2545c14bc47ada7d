// The number that a client of our own puts behind its events, and what is left without it. No
// state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reliable_signaler {

/// `{"n": N}` or `{"n": N, "skipped": K}` as the last argument of an event.
struct event_number {
  /// From 1 on, without holes but for the K before it.
  std::uint64_t n = 0;
  std::uint64_t skipped = 0;
  /// The argument array without it.
  std::string rest;
};

/// Nothing when the last argument is something else. `json` is the text of a valid array.
std::optional<event_number> split_number(const std::string& json);

} // namespace reliable_signaler
