// Idle connections, two in each room: memory while they come, CPU while they do nothing.
#include <memory>
#include <optional>
#include <string>

#include "../load/failure.hpp"
#include "../load/interrupt.hpp"
#include "crowd.hpp"
#include "kinds.hpp"

namespace reliable_signaler::bench {

namespace {

constexpr std::size_t steps = 10;

class idle_scenario final : public scenario {
public:
  explicit idle_scenario(const scenario_context& context)
      : scenario(context), first_(context, 20, 2), all_(context, context.options.connections, 2) {}

  // What a server allocates once must not count for the first connection.
  void prepare() override { first_.gather(); }
  bool repeats() const override { return false; }

  void run(window_result& result) override {
    all_.lost = [&](client&, const std::string& reason) { result.fail(reason); };
    const auto begin = steady::now();
    try {
      fill(result);
      rest(result);
    } catch (const failure&) { // what was weighed until then stays
      finish(result, begin);
      throw;
    }
    finish(result, begin);
  }

private:
  std::optional<std::uint64_t> weigh() {
    context_.load.io.run_for(std::chrono::milliseconds{50});
    context_.server.collect_garbage();
    const auto used = context_.server.memory();
    return used ? std::optional{used->own} : std::nullopt;
  }

  void fill(window_result& result) {
    const auto base = weigh();
    for (std::size_t step = 1; step <= steps; ++step) {
      // Rooms hold two, so an even number.
      const auto count = all_.size() * step / steps / 2 * 2;
      all_.gather(count);
      const auto now = weigh();
      if (result.errors > 0) throw failure(exit_server, result.first_error);
      result.operations = count;
      if (!base || !now || count == 0) continue;
      const auto grown = static_cast<double>(*now) - static_cast<double>(*base);
      result.curve.emplace_back(count, grown);
      result.figures["bytes_per_connection"] = grown / static_cast<double>(count);
    }
  }

  void rest(window_result& result) {
    const auto before = context_.server.cpu();
    const auto begin = steady::now();
    const auto disturbed = [&] { return result.errors > 0 || interrupted(); };
    if (context_.load.io.run_until(disturbed, begin + context_.options.rest))
      throw failure(interrupted() ? exit_partial : exit_server,
                    interrupted() ? "interrupted" : result.first_error);
    result.cpu = cpu_between(before, context_.server.cpu());
    if (!result.cpu) return;
    const auto seconds = std::chrono::duration<double>(steady::now() - begin).count();
    result.figures["cpu_us_per_connection_and_second"] =
        static_cast<double>(*result.cpu) / 1000 / static_cast<double>(result.operations) / seconds;
  }

  void finish(window_result& result, time_point begin) {
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    all_.lost = [](client&, const std::string&) {};
  }

  crowd first_;
  crowd all_;
};

} // namespace

std::unique_ptr<scenario> make_idle(const scenario_context& context) {
  return std::make_unique<idle_scenario>(context);
}

} // namespace reliable_signaler::bench
