// Fan-out: one speaks, a room of many hears.
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

class fan_out_scenario final : public scenario {
public:
  explicit fan_out_scenario(const scenario_context& context)
      : scenario(context),
        room_(context, context.options.members + 1, context.options.members + 1),
        message_(0, context.options.padding) {}

  void prepare() override {
    room_.gather();
    room_.heard = [this](client&, std::string_view arguments) { hear(arguments); };
    room_.lost = [this](client&, const std::string& reason) {
      if (result_ != nullptr) result_->fail(reason);
    };
  }

  std::size_t standing() const override { return room_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    said_ = heard_ = 0;
    running_ = true;
    const auto begin = steady::now();
    const auto end = begin + context_.options.window;
    for (std::size_t turn = 0; turn < context_.options.in_flight; ++turn) say();
    context_.load.io.run_until([&] { return result.errors > 0; }, end);
    running_ = false;
    const auto drained = [&] { return heard_ == said_ * members() || result.errors > 0; };
    if (!context_.load.io.run_until(drained, end + patience()))
      result.fail("a message never arrived");
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    result.operations = heard_;
    result_ = nullptr;
  }

private:
  std::size_t members() const { return context_.options.members; }

  void say() {
    ++said_;
    room_[0].emit(message_.stamp(nanoseconds(steady::now())));
  }

  // The next message follows as soon as as many were heard as one makes.
  void hear(std::string_view arguments) {
    const auto stamp = read_stamp(arguments);
    if (!stamp || result_ == nullptr) return;
    result_->latency.record(nanoseconds(steady::now()) - stamp->value);
    if (++heard_ % members() == 0 && running_) say();
  }

  crowd room_;
  stamped_message message_;
  std::uint64_t said_ = 0;
  std::uint64_t heard_ = 0;
  bool running_ = false;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_fan_out(const scenario_context& context) {
  return std::make_unique<fan_out_scenario>(context);
}

} // namespace reliable_signaler::bench
