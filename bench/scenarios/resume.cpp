// Resume: one of each pair is dropped, misses messages, comes back and gets exactly those, in
// order. For comparison: it comes back as somebody new.
#include <memory>
#include <string>
#include <vector>

#include "../load/failure.hpp"
#include "crowd.hpp"
#include "kinds.hpp"
#include "message.hpp"

namespace reliable_signaler::bench {

namespace {

constexpr std::uint64_t barrier_id = 1;

class resume_scenario final : public scenario {
public:
  explicit resume_scenario(const scenario_context& context)
      : scenario(context),
        pairs_(context, 2 * context.options.pairs, 2, true),
        away_(context.options.pairs) {
    for (std::size_t i = 0; i < away_.size(); ++i) messages_.emplace_back(i);
  }

  void prepare() override {
    pairs_.gather();
    pairs_.heard = [this](client& who, std::string_view arguments) { hear(who, arguments); };
    pairs_.answered = [this](client&, std::uint64_t) { ++passed_; };
    pairs_.seated = [this](client& who) { come_back(who); };
    pairs_.lost = [this](client&, const std::string& reason) {
      if (result_ != nullptr) result_->fail(reason);
    };
    if (pairs_[1].recovery().pid.empty())
      throw failure(exit_server,
                    "'" + context_.server.name + "' offers no state recovery (no pid)");
    // Nobody can be recovered before an event.
    say_to_all(1);
  }

  std::size_t standing() const override { return pairs_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    back_ = 0;
    for (std::size_t i = 1; i < pairs_.size(); i += 2) pairs_.drop(i);
    // What is lost is known to the server when it has read the reset.
    context_.load.io.run_for(std::chrono::milliseconds{50});
    say_to_all(context_.options.missed);
    const auto before = context_.server.cpu();
    const auto begin = steady::now();
    for (std::size_t i = 1; i < pairs_.size(); i += 2) {
      away_[i / 2].begun = steady::now();
      if (anew())
        pairs_.join_anew(i);
      else
        pairs_.rejoin(i);
    }
    const auto over = [&] { return back_ == away_.size() || result.errors > 0; };
    if (!context_.load.io.run_until(over, begin + patience())) result.fail("some are not back");
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    result.cpu = cpu_between(before, context_.server.cpu());
    result.operations = back_;
    result_ = nullptr;
  }

private:
  bool anew() const noexcept { return context_.options.back == return_kind::anew; }

  struct absence {
    std::uint64_t said = 0;
    std::uint64_t heard = 0;
    time_point begun;
  };

  // Returns when the server has taken them all: a question that follows is answered after them.
  void say_to_all(std::size_t count) {
    passed_ = 0;
    for (std::size_t i = 0; i < pairs_.size(); i += 2) {
      for (std::size_t n = 0; n < count; ++n)
        pairs_[i].emit(messages_[i / 2].stamp(++away_[i / 2].said));
      pairs_[i].emit(packet{event_text("get-session-info", pairs_.room_of(i), barrier_id)});
    }
    const auto over = [&] { return passed_ == away_.size(); };
    if (!context_.load.io.run_until(over, steady::now() + patience()))
      throw failure(exit_server, "'" + context_.server.name + "' does not take messages");
    context_.load.io.run_for(std::chrono::milliseconds{20});
  }

  void hear(client& who, std::string_view arguments) {
    const auto stamp = read_stamp(arguments);
    if (!stamp || who.index % 2 == 0) return;
    auto& absent = away_[who.index / 2];
    ++absent.heard;
    if (stamp->value != absent.heard && result_ != nullptr)
      result_->fail("message " + std::to_string(stamp->value) + " came instead of "
                    + std::to_string(absent.heard));
  }

  // Missed events come before the answer to CONNECT, so now all must be there.
  void come_back(client& who) {
    if (result_ == nullptr) return;
    auto& absent = away_[who.index / 2];
    if (anew()) absent.heard = absent.said; // who has never been there has missed nothing
    if (who.recovered() == anew())
      return result_->fail("the session was not recovered, or should not have been");
    if (absent.heard != absent.said) return result_->fail("missed messages are missing");
    ++back_;
    result_->latency.record(static_cast<std::uint64_t>((steady::now() - absent.begun).count()));
  }

  crowd pairs_;
  std::vector<absence> away_;
  std::vector<stamped_message> messages_;
  std::size_t passed_ = 0;
  std::size_t back_ = 0;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_resume(const scenario_context& context) {
  return std::make_unique<resume_scenario>(context);
}

} // namespace reliable_signaler::bench
