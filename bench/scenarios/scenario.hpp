// What all scenarios have in common: one load on one server, run window by window. No statistics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../load/histogram.hpp"
#include "../load/target.hpp"
#include "settings.hpp"

namespace reliable_signaler::bench {

/// What one window yielded.
struct window_result {
  std::uint64_t operations = 0;
  double seconds = 0;
  /// Nanoseconds of server CPU for these operations. The runner measures the whole window unless
  /// the scenario sets it, because only part of what it does counts.
  std::optional<std::uint64_t> cpu;
  /// Of the server at the end of the window; the runner looks.
  std::optional<memory_use> memory;
  std::uint64_t errors = 0;
  std::string first_error;
  histogram latency;
  /// Further figures by name, with their unit in the name.
  std::map<std::string, double> figures;
  /// Points for a plot: (connections, bytes).
  std::vector<std::pair<double, double>> curve;

  void fail(const std::string& why) {
    if (errors++ == 0) first_error = why;
  }
};

/// What a scenario works with; outlives it.
struct scenario_context {
  load_context load;
  target& server;
  const settings& options;
};

/// One load on one server. Runs on the thread of the reactor.
class scenario {
public:
  explicit scenario(const scenario_context& context) : context_(context) {}
  scenario(const scenario&) = delete;
  scenario& operator=(const scenario&) = delete;
  virtual ~scenario() = default;

  /// Everything that is not to be measured: who must be connected, sits in its room. Throws
  /// `failure`.
  virtual void prepare() {}
  /// One window. Leaves nothing under way. What fails is counted; `failure` only when going on
  /// makes no sense.
  virtual void run(window_result& result) = 0;
  /// False for those that do not repeat: they run once, without a window to warm up.
  virtual bool repeats() const { return true; }
  /// Clients that `prepare` brings and that stay (or come back) in every window. 0 for those that
  /// weigh connections themselves.
  virtual std::size_t standing() const { return 0; }

protected:
  steady::duration patience() const { return context_.options.patience; }

  scenario_context context_;
};

struct scenario_kind {
  std::string_view name;
  std::string_view summary;
  /// What one operation is.
  std::string_view operation;
  /// Descriptors of ours for each server.
  std::size_t (*descriptors)(const settings&);
  std::unique_ptr<scenario> (*make)(const scenario_context&);
};

/// All of them, in the order of the help.
const std::vector<scenario_kind>& scenario_kinds();

/// A name that no other run, server or call has had.
std::string fresh_name(std::string_view prefix);

} // namespace reliable_signaler::bench
