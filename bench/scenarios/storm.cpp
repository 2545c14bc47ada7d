// Storm: everybody is dropped at once, by resets or because the server dies and is started again,
// and comes back at once. How long until all are in their rooms?
#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "../load/failure.hpp"
#include "crowd.hpp"
#include "kinds.hpp"

namespace reliable_signaler::bench {

namespace {

class storm_scenario final : public scenario {
public:
  explicit storm_scenario(const scenario_context& context)
      : scenario(context),
        all_(context, context.options.connections / 2 * 2, 2, true),
        tries_(all_.size()),
        is_back_(all_.size()) {}

  void prepare() override {
    if (is_kill() && !context_.server.process)
      throw failure(exit_usage, "--drop=kill needs a server that --launch starts");
    all_.gather();
    all_.seated = [this](client& who) { come_back(who.index); };
    all_.lost = [this](client& who, const std::string& reason) { retry(who.index, reason); };
  }

  std::size_t standing() const override { return all_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    ++window_;
    start_over();
    if (all_.seated_count() < all_.size()) seat_the_missing();
    begun_ = steady::now();
    const auto before = is_kill() ? std::optional<std::uint64_t>{0} : context_.server.cpu();
    if (is_kill())
      crash();
    else
      reset();
    const auto over = [&] { return back_ == all_.size(); };
    if (!context_.load.io.run_until(over, begun_ + patience())) result.fail(missing());
    const auto taken = steady::now() - begun_;
    result.cpu = cpu_between(before, context_.server.cpu());
    result.operations = back_;
    result.seconds = std::chrono::duration<double>(taken).count();
    result.figures["all_back_ms"] = std::chrono::duration<double, std::milli>(taken).count();
    result.figures["failed_handshakes"] = static_cast<double>(failed_);
    result.figures["refused_while_down"] = static_cast<double>(refused_);
    result_ = nullptr;
  }

private:
  bool is_kill() const { return context_.options.drop == drop_kind::kill; }

  std::string missing() const {
    return std::to_string(all_.size() - back_) + " of " + std::to_string(all_.size())
           + " are not back";
  }

  void start_over() {
    back_ = refused_ = failed_ = 0;
    is_back_.assign(all_.size(), false);
    tries_.assign(all_.size(), 0);
  }

  // The window before may have ended without them, and nobody tries again between windows.
  void seat_the_missing() {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (!all_.is_seated(i)) all_.rejoin(i);
    const auto over = [&] { return all_.seated_count() == all_.size(); };
    context_.load.io.run_until(over, steady::now() + patience());
    result_->latency = {};
    start_over();
  }

  void crash() {
    context_.server.process->kill();
    context_.server.process->start();
  }

  void reset() {
    for (std::size_t i = 0; i < all_.size(); ++i) all_.drop(i);
    for (std::size_t i = 0; i < all_.size(); ++i) all_.rejoin(i);
  }

  // As the stock client: after a random time around the backoff, doubled each time up to tenfold.
  void retry(std::size_t i, const std::string& reason) {
    if (result_ == nullptr) return;
    if (is_back_[i]) --back_;
    is_back_[i] = false;
    // Nobody listens between a crash and the start; that is not the server's failure.
    if (tries_[i] > 0 && reason == "Connection refused")
      ++refused_;
    else if (tries_[i] > 0 || !is_kill())
      ++failed_;
    const auto factor = std::min(1 << std::min(tries_[i]++, 10), 10);
    std::uniform_real_distribution<double> around{0.5, 1.5};
    const std::chrono::duration<double, std::milli> wait =
        around(random_) * factor * context_.options.backoff;
    context_.load.io.at(steady::now() + std::chrono::duration_cast<steady::duration>(wait),
                        [this, i, window = window_] {
                          if (result_ != nullptr && window == window_) all_.rejoin(i);
                        });
  }

  void come_back(std::size_t i) {
    if (result_ == nullptr || is_back_[i]) return;
    is_back_[i] = true;
    ++back_;
    result_->latency.record(static_cast<std::uint64_t>((steady::now() - begun_).count()));
  }

  crowd all_;
  std::vector<int> tries_;
  std::vector<bool> is_back_;
  std::size_t back_ = 0;
  std::uint64_t window_ = 0; // timers of another one are void
  std::mt19937 random_{42};  // the same storm in every run
  std::size_t refused_ = 0;
  std::size_t failed_ = 0;
  time_point begun_;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_storm(const scenario_context& context) {
  return std::make_unique<storm_scenario>(context);
}

} // namespace reliable_signaler::bench
