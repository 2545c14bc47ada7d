// Relay between pairs: in a closed loop with a window, or in an open loop at a fixed rate.
#include <memory>
#include <string>
#include <vector>

#include "crowd.hpp"
#include "kinds.hpp"
#include "message.hpp"

namespace reliable_signaler::bench {

namespace {

std::uint64_t nanoseconds(time_point when) {
  return static_cast<std::uint64_t>(when.time_since_epoch().count());
}

class relay_scenario final : public scenario {
public:
  explicit relay_scenario(const scenario_context& context)
      : scenario(context),
        pairs_(context, 2 * context.options.pairs, 2),
        background_(context, context.options.background, 2) {
    for (std::size_t i = 0; i < pairs_.size(); ++i)
      messages_.emplace_back(i / 2, context.options.padding);
  }

  void prepare() override {
    pairs_.gather();
    background_.gather();
    pairs_.heard = [this](client& who, std::string_view arguments) { hear(who, arguments); };
    pairs_.lost = [this](client&, const std::string& reason) {
      if (result_ != nullptr) result_->fail(reason);
    };
  }

  std::size_t standing() const override { return pairs_.size() + background_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    under_way_ = 0;
    const auto begin = steady::now();
    end_ = begin + context_.options.window;
    if (context_.options.rate > 0)
      run_open_loop(begin);
    else
      run_closed_loop();
    running_ = false;
    const auto drained = [&] { return under_way_ == 0 || result.errors > 0; };
    if (!context_.load.io.run_until(drained, end_ + patience()))
      result.fail("a message never arrived");
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    result_ = nullptr;
  }

private:
  void say(std::size_t i, time_point when) {
    ++under_way_;
    pairs_[i].emit(messages_[i].stamp(nanoseconds(when)));
  }

  // What one hears it answers, so each pair keeps its messages under way.
  void run_closed_loop() {
    running_ = true;
    for (std::size_t i = 0; i < pairs_.size(); i += 2)
      for (std::size_t turn = 0; turn < context_.options.in_flight; ++turn) say(i, steady::now());
    context_.load.io.run_until([&] { return result_->errors > 0; }, end_);
  }

  // A message carries the time at which it was due, not the one at which it was sent: so a server
  // (or a generator) that holds up the next ones does not hide that.
  void run_open_loop(time_point begin) {
    const auto step = std::chrono::duration<double, std::nano>(1e9 / context_.options.rate);
    for (std::uint64_t k = 0;; ++k) {
      const auto due =
          begin + std::chrono::duration_cast<steady::duration>(step * static_cast<double>(k));
      if (due >= end_ || result_->errors > 0) return;
      const auto wait = std::max(due, steady::now() + std::chrono::microseconds{1});
      context_.load.io.run_until([&] { return result_->errors > 0; }, wait);
      say(turn_++ % pairs_.size(), due);
    }
  }

  void hear(client& who, std::string_view arguments) {
    const auto stamp = read_stamp(arguments);
    if (!stamp || stamp->channel != who.index / 2 || result_ == nullptr) return;
    const auto now = steady::now();
    ++result_->operations;
    --under_way_;
    result_->latency.record(nanoseconds(now) - stamp->value);
    if (running_ && context_.options.rate <= 0) say(who.index, now);
  }

  crowd pairs_;
  crowd background_;
  std::vector<stamped_message> messages_;
  std::size_t under_way_ = 0;
  std::size_t turn_ = 0;
  bool running_ = false;
  time_point end_;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_relay(const scenario_context& context) {
  return std::make_unique<relay_scenario>(context);
}

} // namespace reliable_signaler::bench
