// Churn: connect, open a room or join one, disconnect, over and over.
#include <memory>
#include <string>
#include <vector>

#include "crowd.hpp"
#include "kinds.hpp"

namespace reliable_signaler::bench {

namespace {

class churn_scenario final : public scenario, public client_user {
public:
  explicit churn_scenario(const scenario_context& context)
      : scenario(context),
        standing_(context, context.options.churn == churn_kind::join ? context.options.width : 0,
                  1),
        background_(context, context.options.background, 2),
        workers_(context.options.width),
        prefix_(fresh_name("churn")) {}

  void prepare() override {
    standing_.gather();
    background_.gather();
  }

  std::size_t standing() const override { return standing_.size() + background_.size(); }

  void run(window_result& result) override {
    result_ = &result;
    const auto begin = steady::now();
    end_ = begin + context_.options.window;
    active_ = workers_.size();
    for (std::size_t i = 0; i < workers_.size(); ++i) start(i);
    const auto over = [&] { return active_ == 0; };
    if (!context_.load.io.run_until(over, end_ + patience())) result.fail("an answer never came");
    result.seconds = std::chrono::duration<double>(steady::now() - begin).count();
    for (auto& slot : workers_) slot.current.reset();
    result_ = nullptr;
  }

private:
  struct worker {
    std::unique_ptr<client> current;
    time_point begun;
    bool answered = false;
  };

  void start(std::size_t i) {
    auto& slot = workers_[i];
    slot.answered = false;
    slot.begun = steady::now();
    slot.current = std::make_unique<client>(context_.load, context_.server.where,
                                            context_.options.transport, *this);
    slot.current->index = i;
  }

  void on_connected(client& who) override {
    if (context_.options.churn == churn_kind::join)
      return who.emit(packet{event_text("get-session-info", standing_.room_of(who.index), 0)});
    const auto room = prefix_ + std::to_string(++last_room_);
    who.emit(packet{event_text("keep-in-server", room, 0)});
  }

  void on_answer(client& who, std::uint64_t, std::string_view) override {
    auto& slot = workers_[who.index];
    slot.answered = true;
    result_->latency.record(static_cast<std::uint64_t>((steady::now() - slot.begun).count()));
    who.part(context_.options.close);
    if (context_.options.close != parting::clean) finish(who);
  }

  void on_gone(client& who, const std::string& reason) override {
    if (result_ == nullptr) return;
    if (!workers_[who.index].answered) result_->fail(reason);
    finish(who);
  }

  void finish(client& who) {
    auto& slot = workers_[who.index];
    const auto i = who.index;
    if (slot.answered) ++result_->operations;
    context_.load.io.bury(std::move(slot.current));
    const auto now = steady::now();
    if (now >= end_) {
      --active_;
    } else if (slot.answered) {
      start(i);
    } else { // a server that refuses must not make us spin
      context_.load.io.at(now + std::chrono::milliseconds{10}, [this, i] {
        if (result_ != nullptr) start(i);
      });
    }
  }

  crowd standing_;
  crowd background_;
  std::vector<worker> workers_;
  std::string prefix_;
  std::uint64_t last_room_ = 0;
  std::size_t active_ = 0;
  time_point end_;
  window_result* result_ = nullptr;
};

} // namespace

std::unique_ptr<scenario> make_churn(const scenario_context& context) {
  return std::make_unique<churn_scenario>(context);
}

} // namespace reliable_signaler::bench
