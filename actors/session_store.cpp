// The session store.
#include "session_store.hpp"

#include <utility>

#include "socket_session.hpp"
#include "supervision.hpp"

namespace reliable_signaler {

session_store::session_store(caf::actor_config& config, caf::execution_unit* home,
                             context_ptr context)
    : pinned_actor(config, home), context_(std::move(context)) {}

session_store::~session_store() = default;

session_store::behavior_type session_store::make_behavior() {
  keep_quiet(this, context_, name());
  return {
      [this](hold_session& message) { hold(message); },
      [this](const claim_session& request) { return claim(request); },
      [this](const expire_sessions&) { expire(); },
  };
}

void session_store::on_exit() {
  count(-static_cast<std::int64_t>(sessions_.size()));
  by_secret_.clear();
  sessions_.clear();
}

void session_store::hold(hold_session& message) {
  const auto& bounds = context_->options.limits;
  if (sessions_.size() >= bounds.held_sessions) drop(sessions_.begin(), "too many are held");
  const auto until = clock().now() + context_->options.grace;
  const auto at = sessions_.insert(sessions_.end(), {std::move(message.session), until});
  by_secret_.emplace(at->session->secret, at);
  count(1);
  if (!timer_runs_) wake_at(until);
}

caf::result<claimed_session> session_store::claim(const claim_session& request) {
  const auto i = by_secret_.find(request.secret);
  if (i == by_secret_.end() || i->second->session->nsp != request.nsp) return claimed_session{};
  const auto at = i->second;
  claimed_session result{std::move(at->session)};
  by_secret_.erase(i);
  sessions_.erase(at);
  count(-1);
  return result;
}

void session_store::expire() {
  timer_runs_ = false;
  const auto now = clock().now();
  while (!sessions_.empty() && sessions_.front().until <= now)
    drop(sessions_.begin(), "not claimed in time");
  if (!sessions_.empty()) wake_at(sessions_.front().until);
}

void session_store::drop(queue::iterator which, std::string_view why) {
  context_->log(log_level::info, "session_dropped",
                {{"socket", which->session->id.view()}, {"why", why}});
  by_secret_.erase(which->session->secret);
  sessions_.erase(which);
  count(-1);
}

void session_store::count(std::int64_t change) {
  context_->counters.held_sessions.fetch_add(change, std::memory_order_relaxed);
}

void session_store::wake_at(time_point when) {
  timer_runs_ = true;
  scheduled_send(this, when, expire_sessions{});
}

} // namespace reliable_signaler
