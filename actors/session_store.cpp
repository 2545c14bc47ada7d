// The session store.
#include "session_store.hpp"

#include <algorithm>
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
      [this](const track_session& message) { track(message); },
      [this](const forget_session& message) { forget(message); },
      [this](hold_session& message) { hold(message); },
      [this](const claim_session& request) { return claim(request); },
      [this](const holder_gone& message) { yielded(message.who, message.holder, nullptr); },
      [this](const expire_sessions&) { expire(); },
  };
}

void session_store::on_exit() {
  count(-static_cast<std::int64_t>(held_.size()));
  for (auto& [who, known] : entries_)
    for (auto& x : known.waiting) x.promise.deliver(claimed_session{});
  entries_.clear();
  held_.clear();
  held_by_address_.clear();
}

void session_store::track(const track_session& message) {
  const auto [at, added] = entries_.try_emplace(message.who);
  auto& known = at->second;
  if (!added && known.holder != message.holder) return;
  known.nsp = message.nsp;
  known.secret = message.secret;
  known.holder = message.holder;
}

void session_store::forget(const forget_session& message) {
  const auto at = entries_.find(message.who);
  if (at != entries_.end() && at->second.holder == message.holder) session_over(at);
}

void session_store::hold(hold_session& message) {
  const auto at = entries_.find(message.session->id);
  if (at == entries_.end() || at->second.session) return; // its seats are given up
  if (!at->second.waiting.empty()) return hand_over(at, std::move(message.session));
  const auto who = at->first; // others may be erased
  const auto place = line_up(who, message.session->network);
  auto& known = entries_.at(who);
  known.holder = nullptr;
  known.place = place;
  known.session = std::move(message.session);
  count(1);
  if (!timer_runs_) wake_at(place->until);
}

session_store::queue::iterator session_store::line_up(const public_id& who,
                                                      const std::string& network) {
  const auto& bounds = context_->options.limits;
  const auto until = clock().now() + context_->options.grace;
  const auto most = bounds.held_sessions_per_address;
  if (most == 0 || network.empty()) {
    if (held_.size() >= bounds.held_sessions) evict(held_.front().who, "held_sessions");
    return held_.insert(held_.end(), {who, until, {}});
  }
  // Its own address goes first: others are not to suffer from a flood.
  if (const auto same = held_by_address_.find(network);
      same != held_by_address_.end() && same->second.size() >= most)
    evict(same->second.front(), "held_sessions_per_address");
  if (held_.size() >= bounds.held_sessions) evict(held_.front().who, "held_sessions");
  auto& same = held_by_address_[network];
  return held_.insert(held_.end(), {who, until, same.insert(same.end(), who)});
}

caf::result<claimed_session> session_store::claim(const claim_session& request) {
  const auto at = entries_.find(request.who);
  if (at == entries_.end()) {
    if (!request.proven) return claimed_session{};
    track({request.nsp, request.who, {}, caf::actor_cast<caf::actor_addr>(current_sender())});
    entries_.at(request.who).attempt = request.attempt;
    return claimed_session{};
  }
  auto& known = at->second;
  const auto proven =
      request.proven
      || (!known.secret.empty() && same_secret(known.secret.view(), request.secret.view()));
  if (known.nsp != request.nsp || !proven) {
    context_->claim_was_wrong(request.network, "claim_refused", {{"socket", request.who.view()}});
    return claimed_session{};
  }
  if (request.attempt != 0 && request.attempt <= known.attempt)
    return claimed_session{nullptr, true};
  known.attempt = std::max(known.attempt, request.attempt);
  const auto by = caf::actor_cast<caf::actor_addr>(current_sender()); // which a promise takes away
  auto promise = make_response_promise<claimed_session>();
  if (known.session) {
    known.holder = by;
    promise.deliver(claimed_session{release(known)});
    return promise;
  }
  known.waiting.push_back({promise, by, request.proven});
  if (known.waiting.size() == 1) ask_holder(at);
  return promise;
}

void session_store::ask_holder(table::iterator at) {
  const auto who = at->first;
  const auto by = at->second.holder;
  const auto holder = caf::actor_cast<connection_actor>(by);
  // It may have given the session back already, by a message that is still to be read.
  if (!holder) return caf::anon_send(this, holder_gone{who, by});
  request(holder, caf::infinite, yield_session{at->second.nsp, who})
      .then(
          [this, who, by](claimed_session& answer) { yielded(who, by, std::move(answer.session)); },
          [this, who, by](const caf::error&) { yielded(who, by, nullptr); });
}

void session_store::yielded(const public_id& who, const caf::actor_addr& by, session_ptr session) {
  const auto at = entries_.find(who);
  // Otherwise it has lost its transport in the meantime, and its claimant has been served.
  if (at == entries_.end() || at->second.holder != by) return;
  if (!session) return session_over(at);
  hand_over(at, std::move(session));
}

void session_store::hand_over(table::iterator at, session_ptr session) {
  auto& known = at->second;
  auto first = std::move(known.waiting.front());
  known.waiting.erase(known.waiting.begin());
  known.holder = first.connection;
  first.promise.deliver(claimed_session{std::move(session)});
  if (!known.waiting.empty()) ask_holder(at);
}

session_ptr session_store::release(entry& from) {
  const auto same = held_by_address_.find(from.session->network);
  if (same != held_by_address_.end()) {
    same->second.erase(from.place->of_address);
    if (same->second.empty()) held_by_address_.erase(same);
  }
  held_.erase(from.place);
  count(-1);
  return std::exchange(from.session, nullptr);
}

void session_store::session_over(table::iterator at) {
  auto& known = at->second;
  while (!known.waiting.empty()) {
    auto first = std::move(known.waiting.front());
    known.waiting.erase(known.waiting.begin());
    first.promise.deliver(claimed_session{});
    if (!first.proven) continue;
    known.holder = first.connection;
    known.secret = {};
    if (!known.waiting.empty()) ask_holder(at);
    return;
  }
  erase(at);
}

// Nobody waits for it.
void session_store::erase(table::iterator at) {
  if (at->second.session) release(at->second);
  entries_.erase(at);
}

void session_store::expire() {
  timer_runs_ = false;
  const auto now = clock().now();
  while (!held_.empty() && held_.front().until <= now) drop_oldest("not claimed in time");
  if (!held_.empty()) wake_at(held_.front().until);
}

void session_store::drop_oldest(std::string_view why) {
  const auto at = entries_.find(held_.front().who);
  context_->log(log_level::info, "session_dropped", {{"socket", at->first.view()}, {"why", why}});
  erase(at);
}

// There may be thousands in a second: the log tells of one in a minute, the counter of all.
void session_store::evict(const public_id& oldest, std::string_view limit) {
  const auto at = entries_.find(oldest);
  const auto network = at->second.session->network;
  const auto number = context_->counters.evicted_sessions.fetch_add(1) + 1;
  const auto now =
      std::chrono::duration_cast<std::chrono::minutes>(clock().now().time_since_epoch()).count();
  const auto level =
      std::exchange(last_eviction_logged_, now) == now ? log_level::debug : log_level::warning;
  context_->log(level, "session_evicted",
                {{"limit", limit}, {"network", network}, {"evicted", std::to_string(number)}});
  erase(at);
}

void session_store::count(std::int64_t change) {
  context_->counters.held_sessions.fetch_add(change, std::memory_order_relaxed);
}

void session_store::wake_at(time_point when) {
  timer_runs_ = true;
  scheduled_send(this, when, expire_sessions{});
}

} // namespace reliable_signaler
