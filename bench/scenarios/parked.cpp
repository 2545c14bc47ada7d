// Parked joiners: many wait for one room; then it opens. What waiting costs, and how soon they
// know.
#include <memory>
#include <optional>
#include <string>

#include "crowd.hpp"
#include "kinds.hpp"

namespace reliable_signaler::bench {

namespace {

constexpr std::uint64_t opening_id = 1;
constexpr std::uint64_t question_id = 2;

class parked_scenario final : public scenario {
public:
  // The last one is the owner. The server seats nobody before.
  explicit parked_scenario(const scenario_context& context)
      : scenario(context), all_(context, context.options.joiners + 1, 0) {}

  void prepare() override {
    all_.gather();
    all_.answered = [this](client&, std::uint64_t id) { answer(id); };
    all_.lost = [this](client&, const std::string& reason) {
      if (result_ != nullptr) result_->fail(reason);
    };
  }

  std::size_t standing() const override { return all_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    awake_ = 0;
    const auto room = fresh_name("parked");
    const packet question{event_text("get-session-info", room, question_id)};
    const auto joiners = context_.options.joiners;
    const auto before = context_.server.cpu();
    for (std::size_t i = 0; i < joiners; ++i) all_[i].emit(question);
    // Nothing acknowledges that a question is parked.
    come_to_rest();
    if (const auto spent = cpu_between(before, context_.server.cpu()))
      result.figures["cpu_us_per_joiner_parking"] =
          static_cast<double>(*spent) / 1000 / static_cast<double>(joiners);
    wait(result, joiners);
    open(result, room, joiners);
    result_ = nullptr;
  }

private:
  // Until the server does next to nothing. What is running counts a tick of the kernel later, and
  // a step is longer than that; the limit is for servers that are never quiet, or are not known.
  void come_to_rest() {
    constexpr std::chrono::milliseconds step{50};
    constexpr std::uint64_t quiet = 1'000'000; // ns: 2 % of a step
    const auto limit = steady::now() + 20 * step;
    std::optional<std::uint64_t> spent;
    do {
      const auto before = context_.server.cpu();
      context_.load.io.run_for(step);
      spent = cpu_between(before, context_.server.cpu());
    } while (steady::now() < limit && (!spent || *spent > quiet));
  }

  void wait(window_result& result, std::size_t joiners) {
    auto& io = context_.load.io;
    const auto before = context_.server.cpu();
    io.run_for(context_.options.window);
    const auto spent = cpu_between(before, context_.server.cpu());
    if (awake_ > 0) result.fail("answered before the room was open");
    if (!spent) return;
    const auto seconds = std::chrono::duration<double>(context_.options.window).count();
    result.figures["cpu_us_per_joiner_and_second_parked"] =
        static_cast<double>(*spent) / 1000 / seconds / static_cast<double>(joiners);
  }

  void open(window_result& result, const std::string& room, std::size_t joiners) {
    const auto before = context_.server.cpu();
    opened_ = steady::now();
    all_[joiners].emit(packet{event_text("keep-in-server", room, opening_id)});
    const auto over = [&] { return awake_ >= joiners || result.errors > 0; };
    if (!context_.load.io.run_until(over, opened_ + patience())) result.fail("some never woke");
    const auto taken = steady::now() - opened_;
    come_to_rest(); // the last one hears it while the server still runs
    result.cpu = cpu_between(before, context_.server.cpu());
    result.operations = awake_;
    result.seconds = std::chrono::duration<double>(taken).count();
    result.figures["last_awake_ms"] = std::chrono::duration<double, std::milli>(taken).count();
  }

  void answer(std::uint64_t id) {
    if (id != question_id || result_ == nullptr) return;
    ++awake_;
    result_->latency.record(static_cast<std::uint64_t>((steady::now() - opened_).count()));
  }

  crowd all_;
  time_point opened_;
  std::size_t awake_ = 0;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_parked(const scenario_context& context) {
  return std::make_unique<parked_scenario>(context);
}

} // namespace reliable_signaler::bench
