// Idle connections, two in each room: memory while they come, CPU while they do nothing.
#include <memory>
#include <optional>

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
    const auto base = weigh();
    auto last = base;
    for (std::size_t step = 1; step <= steps; ++step) {
      // Rooms hold two, so an even number.
      const auto count = all_.size() * step / steps / 2 * 2;
      all_.gather(count);
      last = weigh();
      if (base && last)
        result.curve.emplace_back(count, static_cast<double>(*last) - static_cast<double>(*base));
    }
    const auto seated = all_.size() / 2 * 2;
    result.operations = seated;
    if (base && last && seated > 0)
      result.figures["bytes_per_connection"] =
          (static_cast<double>(*last) - static_cast<double>(*base)) / static_cast<double>(seated);
    rest(result, seated);
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    all_.lost = [](client&, const std::string&) {};
  }

private:
  std::optional<std::uint64_t> weigh() {
    context_.load.io.run_for(std::chrono::milliseconds{50});
    context_.server.collect_garbage();
    return context_.server.memory();
  }

  void rest(window_result& result, std::size_t seated) {
    const auto before = context_.server.cpu();
    context_.load.io.run_for(context_.options.rest);
    const auto after = context_.server.cpu();
    if (!before || !after) return;
    result.cpu = *after - *before;
    const auto seconds = std::chrono::duration<double>(context_.options.rest).count();
    const auto microseconds = static_cast<double>(*result.cpu) / 1000;
    result.figures["cpu_us_per_connection_and_second"] =
        microseconds / static_cast<double>(seated) / seconds;
  }

  crowd first_;
  crowd all_;
};

} // namespace

std::unique_ptr<scenario> make_idle(const scenario_context& context) {
  return std::make_unique<idle_scenario>(context);
}

} // namespace reliable_signaler::bench
