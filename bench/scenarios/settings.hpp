// What a run is asked to do: every option with its default. Parses nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "../load/transport.hpp"

namespace reliable_signaler::bench {

enum class churn_kind { create, join };
enum class drop_kind { reset, kill };
enum class return_kind { recovered, anew };

struct settings {
  // Any scenario.
  unsigned rounds = 9;
  std::chrono::milliseconds window{1000};
  /// For anything that must happen but is not timed: a handshake, an answer, everybody being back.
  std::chrono::milliseconds patience{30'000};
  transport_kind transport = transport_kind::websocket;
  unsigned sources = 64;
  int core = -1;
  int server_core = -1;
  /// Idle connections beside the load.
  std::size_t background = 0;
  /// Empty: standard output.
  std::string output;
  /// Whatever the caller wants to find again in the results.
  std::string label;

  // One or some scenarios; the table of options says which.
  churn_kind churn = churn_kind::create;
  parting close = parting::clean;
  std::size_t width = 32;
  std::size_t pairs = 100;
  std::size_t in_flight = 4;
  /// Messages a second over all pairs; 0 is the closed loop.
  double rate = 0;
  /// Bytes of padding in each message, beyond its usual 260.
  std::size_t padding = 0;
  std::size_t members = 100;
  std::size_t connections = 2000;
  std::chrono::milliseconds rest{5000};
  drop_kind drop = drop_kind::reset;
  std::chrono::milliseconds backoff{100};
  std::size_t joiners = 1000;
  std::size_t missed = 10;
  return_kind back = return_kind::recovered;
};

} // namespace reliable_signaler::bench
