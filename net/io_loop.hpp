// One thread's event loop: an io_context that also runs actors and flushes sockets. It owns no
// thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "deadline_queue.hpp"

namespace reliable_signaler::net {

/// Something with output to push out once per round of its loop: a socket's gathering writer.
/// Owned by whoever made it; a dirty one may be destroyed at any time (it unlinks itself). Belongs
/// to one loop: marked, flushed and destroyed on that loop's thread only.
class flushable : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
  flushable(const flushable&) = delete;
  flushable& operator=(const flushable&) = delete;

  /// Called once per round in which it was marked, after the handlers and actors of that round.
  /// May mark itself or others again (they have their turn in the next round) and may destroy
  /// itself or others.
  virtual void flush() noexcept = 0;

  /// True from `io_loop::mark_dirty` until just before `flush`.
  bool dirty() const noexcept { return is_linked(); }

protected:
  flushable() = default;
  ~flushable() = default;
};

/// One thread = one `io_context` = one loop. A round polls ready handlers (at most
/// `max_handlers_per_round`), resumes ready actors (at most `max_resumes_per_round`), flushes dirty
/// sockets, and blocks only when there was nothing to do: an idle loop uses no CPU.
///
/// With `io_scheduler` it is a CAF execution unit: actors pinned to it (or woken by it) run between
/// its handlers, never at the same time. With a stock scheduler it only serves sockets.
///
/// Handlers and posted functions must not throw: an exception that leaves one ends the process.
class io_loop final : public caf::execution_unit {
public:
  /// I/O completion handlers run before actors have their turn. Large, since what reaches a socket
  /// within one round leaves in one system call.
  static constexpr size_t max_handlers_per_round = 512;
  /// Actors resumed before sockets are flushed and polled again.
  static constexpr size_t max_resumes_per_round = 256;

  /// @param index position in its group, 0 is the loop that carries the actor clock.
  /// @param system may be null: then nobody may call `exec_later`.
  /// @param max_throughput messages an actor may consume per resume.
  explicit io_loop(size_t index, caf::actor_system* system = nullptr,
                   size_t max_throughput = std::numeric_limits<size_t>::max());
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;
  /// Closes the loop if nobody did. The thread must be gone.
  ~io_loop() override;

  /// The loop whose thread is calling, or null on any other thread.
  static io_loop* current() noexcept;

  /// True on this loop's thread, while it runs.
  bool in_thread() const noexcept { return current() == this; }

  size_t index() const noexcept { return index_; }

  /// For sockets, acceptors and timers, all to be used on this thread only: it takes no locks for
  /// them.
  boost::asio::io_context& context() noexcept { return context_; }

  /// The system whose actors run here, or null.
  caf::actor_system* actor_system() const noexcept { return system_; }

  /// Coarse timers of the connections on this loop. Own thread only; the loop arms one timer for
  /// all of them and calls `expire`.
  deadline_queue& deadlines() noexcept { return deadlines_; }

  /// Runs `f()` on this loop, soon, never inside the call; what one thread posts runs in that
  /// order. Any thread, any time. `f` may be move-only. Costs a system call only when the loop
  /// sleeps. What has not run when the loop ends is destroyed unrun.
  template <class F>
  void post(F f) {
    if (in_thread())
      boost::asio::post(context_, std::move(f));
    else
      put_task(std::make_unique<task_of<F>>(std::move(f)));
  }

  /// For handlers of this loop's sockets, as their associated executor (Networking TS, Executor):
  /// what is posted through it runs before the sockets are polled again. Beast posts the handler of
  /// a frame that was in its buffer already; asio's own executor asks the kernel for events after
  /// every such frame. Own thread only.
  class soon_executor {
  public:
    explicit soon_executor(io_loop& loop) noexcept : loop_(&loop) {}
    boost::asio::io_context& context() const noexcept { return loop_->context(); }
    void on_work_started() const noexcept {}
    void on_work_finished() const noexcept {}
    template <class F, class Allocator>
    void dispatch(F&& f, const Allocator&) const {
      std::decay_t<F>{std::forward<F>(f)}();
    }
    template <class F, class Allocator>
    void post(F&& f, const Allocator&) const {
      loop_->soon_.push_back(std::make_unique<task_of<std::decay_t<F>>>(std::forward<F>(f)));
    }
    template <class F, class Allocator>
    void defer(F&& f, const Allocator& allocator) const {
      post(std::forward<F>(f), allocator);
    }
    bool operator==(const soon_executor& other) const noexcept = default;

  private:
    io_loop* loop_;
  };

  /// Puts `f` on the list that is flushed at the end of this round; again is a no-op. Own thread.
  void mark_dirty(flushable& f) noexcept {
    if (!f.is_linked()) dirty_.push_back(f);
  }

  /// Takes over one reference to `job` and resumes it here, soon. Any thread. After `close` the
  /// job is cleaned up (an actor ends with `user_shutdown`) and released instead.
  void exec_later(caf::resumable* job) override;

  /// Runs rounds on the calling thread until `stop`. Once.
  void run();

  /// Asks `run` to return after the current handler or actor. Any thread, any number of times.
  void stop() noexcept;

  /// Cleans up what `run` left behind, in this order: jobs (actors end with `user_shutdown`),
  /// dirty list, pending handlers of the io_context (destroyed unrun). After `run` has returned,
  /// from one thread. Sockets of this context may be destroyed afterwards, but not used.
  void close();

private:
  // Gives us the documented but protected way to destroy pending handlers before the context.
  struct context_type : boost::asio::io_context {
    context_type() : boost::asio::io_context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO) {}
    void drop_handlers() { shutdown(); }
  };
  using flush_list = boost::intrusive::list<flushable, boost::intrusive::constant_time_size<false>>;

  // A posted function on its way between threads. std::function would demand copies.
  struct task {
    virtual ~task() = default;
    virtual void run() = 0;
  };
  template <class F>
  struct task_of final : task {
    explicit task_of(F f) : function(std::move(f)) {}
    void run() override { function(); }
    F function;
  };
  struct inbox {
    std::vector<caf::resumable*> jobs;
    std::vector<std::unique_ptr<task>> tasks;
    bool empty() const noexcept { return jobs.empty() && tasks.empty(); }
  };

  void put_task(std::unique_ptr<task> t);
  void wake_for_inbox();
  void take_inbox();
  void run_handlers(bool may_block);
  void run_actors();
  void flush_dirty();
  void arm_deadlines();
  void release_jobs();

  const size_t index_;
  const size_t max_throughput_;
  context_type context_;
  deadline_queue deadlines_;
  boost::asio::steady_timer deadline_timer_;
  deadline_queue::time_point armed_for_ = deadline_queue::never;
  std::atomic<bool> stopping_{false};

  std::deque<caf::resumable*> ready_; // own thread only, like the next two
  std::deque<std::unique_ptr<task>> soon_;
  flush_list dirty_;

  std::mutex inbox_mutex_;
  inbox inbox_;         // guarded by the mutex, like the next one
  bool closed_ = false; // nobody takes anything out of the inbox any more
  inbox taken_;         // the inbox's other buffer, own thread only
};

} // namespace reliable_signaler::net
