// The rounds of one I/O thread, and what is left of them when it ends.
#include "io_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduled_actor.hpp>
#include <chrono>

namespace reliable_signaler::net {

namespace {

thread_local io_loop* current_loop = nullptr;

/// Between events that come one by one; where many are under way the loop sleeps for less.
constexpr auto long_sleep = std::chrono::microseconds{200};

// Ends actors that will never run again. CAF's own cleanup_and_release forgets to release those
// that are woken by the end of another one.
class cleaning_unit final : public caf::execution_unit {
public:
  using caf::execution_unit::execution_unit;

  // Cleaning an actor up wakes those that watch it; they wait for their turn here, so that a long
  // chain of them does not become a deep recursion.
  static void clean_up_and_release(caf::resumable* job) {
    if (active_ != nullptr) return active_->jobs_.push_back(job);
    cleaning_unit unit{nullptr};
    active_ = &unit;
    unit.jobs_.push_back(job);
    while (!unit.jobs_.empty()) {
      auto next = unit.jobs_.back();
      unit.jobs_.pop_back();
      unit.clean_up(next);
      caf::intrusive_ptr_release(next);
    }
    active_ = nullptr;
  }

  void exec_later(caf::resumable* job) override { jobs_.push_back(job); }

private:
  void clean_up(caf::resumable* job) {
    auto kind = job->subtype();
    if (kind != caf::resumable::scheduled_actor && kind != caf::resumable::io_actor) return;
    auto actor = static_cast<caf::scheduled_actor*>(job);
    system_ = &actor->home_system();
    actor->cleanup(caf::make_error(caf::exit_reason::user_shutdown), this);
  }

  static thread_local cleaning_unit* active_;
  std::vector<caf::resumable*> jobs_;
};

thread_local cleaning_unit* cleaning_unit::active_ = nullptr;

} // namespace

io_loop::io_loop(size_t index, caf::actor_system* system, size_t max_throughput)
    : caf::execution_unit(system),
      index_(index),
      max_throughput_(max_throughput),
      deadlines_(std::chrono::steady_clock::now()),
      deadline_timer_(context_) {}

io_loop::~io_loop() {
  close();
}

io_loop* io_loop::current() noexcept {
  return current_loop;
}

void io_loop::exec_later(caf::resumable* job) {
  if (in_thread()) return ready_.push_back(job);
  {
    std::lock_guard guard{inbox_mutex_};
    if (!closed_) {
      wake_for_inbox();
      return inbox_.jobs.push_back(job);
    }
  }
  cleaning_unit::clean_up_and_release(job);
}

void io_loop::put_task(std::unique_ptr<task> t) {
  std::lock_guard guard{inbox_mutex_};
  if (closed_) return; // the caller's frame destroys it, after the lock
  wake_for_inbox();
  inbox_.tasks.push_back(std::move(t));
}

// One post per batch. Under the lock: once closed, nobody may touch the context any more.
void io_loop::wake_for_inbox() {
  if (inbox_.empty()) boost::asio::post(context_, [this] { take_inbox(); });
}

void io_loop::take_inbox() {
  {
    std::lock_guard guard{inbox_mutex_};
    std::swap(inbox_, taken_);
  }
  ready_.insert(ready_.end(), taken_.jobs.begin(), taken_.jobs.end());
  taken_.jobs.clear();
  for (auto& t : taken_.tasks) t->run();
  taken_.tasks.clear();
}

void io_loop::run() {
  current_loop = this;
  auto guard = boost::asio::make_work_guard(context_);
  while (!stopping_.load(std::memory_order_relaxed)) {
    arm_deadlines();
    run_handlers(ready_.empty() && soon_.empty() && dirty_.empty());
    run_actors();
    flush_dirty();
  }
  current_loop = nullptr;
}

void io_loop::stop() noexcept {
  stopping_.store(true, std::memory_order_relaxed);
  context_.stop();
}

void io_loop::run_handlers(bool may_block) {
  bool alone = false;
  // Blocking comes first and only here: whatever woke us is then followed by what else is ready.
  // After a long sleep that is nearly always nothing, and not worth a system call; soon enough the
  // next round looks anyway.
  if (may_block) {
    const auto began = std::chrono::steady_clock::now();
    context_.run_one();
    alone = std::chrono::steady_clock::now() - began > long_sleep;
  }
  for (size_t n = may_block ? 1 : 0; n < max_handlers_per_round; ++n) {
    if (soon_.empty()) {
      if (alone || context_.poll_one() == 0) break;
    } else if (stopping_.load(std::memory_order_relaxed)) {
      return;
    } else {
      const auto next = std::move(soon_.front());
      soon_.pop_front();
      next->run();
    }
  }
}

void io_loop::run_actors() {
  for (size_t n = 0; n < max_resumes_per_round && !ready_.empty(); ++n) {
    if (stopping_.load(std::memory_order_relaxed)) return;
    auto job = ready_.front();
    ready_.pop_front();
    if (job->resume(this, max_throughput_) == caf::resumable::resume_later)
      ready_.push_back(job);
    else
      caf::intrusive_ptr_release(job);
  }
}

void io_loop::flush_dirty() {
  flush_list now;
  now.swap(dirty_);
  while (!now.empty()) {
    auto& f = now.front();
    now.pop_front();
    f.flush();
  }
}

void io_loop::arm_deadlines() {
  auto next = deadlines_.next();
  // A timer that is armed too early is left alone: it costs one wakeup, not one system call a
  // round.
  if (next >= armed_for_) return;
  armed_for_ = next;
  deadline_timer_.expires_at(next);
  deadline_timer_.async_wait([this](boost::system::error_code failed) {
    if (failed) return;
    armed_for_ = deadline_queue::never;
    deadlines_.expire(std::chrono::steady_clock::now());
  });
}

void io_loop::close() {
  release_jobs();
  dirty_.clear();
  soon_.clear();
  context_.drop_handlers();
}

void io_loop::release_jobs() {
  for (;;) {
    for (; !ready_.empty(); ready_.pop_front()) cleaning_unit::clean_up_and_release(ready_.front());
    inbox left;
    {
      std::lock_guard guard{inbox_mutex_};
      if (inbox_.empty()) {
        closed_ = true;
        return;
      }
      std::swap(left, inbox_);
    }
    ready_.insert(ready_.end(), left.jobs.begin(), left.jobs.end());
  }
}

} // namespace reliable_signaler::net
