// The connection actor.
#include "connection.hpp"

#include <algorithm>
#include <utility>

#include "in_handler.hpp"
#include "introduction.hpp"
#include "supervision.hpp"

namespace reliable_signaler {

bool in_handler() noexcept {
  return connection::runs_here();
}

connection::connection(caf::actor_config& config, caf::execution_unit* home, context_ptr context,
                       room_registry_actor registry, session_store_actor sessions,
                       std::shared_ptr<const lobby_table> lobbies, session_port_ptr port,
                       handshake_ptr request)
    : pinned_actor(config, home),
      context_(std::move(context)),
      registry_(std::move(registry)),
      sessions_(std::move(sessions)),
      lobbies_(std::move(lobbies)),
      port_(std::move(port)),
      request_(std::move(request)) {
  context_->counters.connections.fetch_add(1, std::memory_order_relaxed);
}

connection::~connection() {
  uncount();
}

void connection::uncount() {
  if (std::exchange(counted_, false))
    context_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
}

connection::behavior_type connection::make_behavior() {
  keep_quiet(this, context_, name());
  // Never destroyed: a static server still begins actors when the statics of here have ended.
  static const auto& shared = *new behavior_type{
      [](socket_event& message) { self().handle(message); }, // the first is found soonest
      [](const namespace_connect& message) { self().connect(message); },
      [](const socket_answer& message) {
        if (auto* s = self().find(message.nsp)) s->answer(message.id, &message.args);
        self().bury();
      },
      [](const answer_overdue& message) {
        if (auto* s = self().find(message.who)) s->answer(message.id, nullptr);
        self().bury();
      },
      [](run_on_socket& message) { self().run(message); },
      [](connect_verdict& message) { self().judged(message); },
      [](const namespace_disconnect& message) {
        self().disconnect(message.nsp, "client namespace disconnect");
        self().bury();
      },
      [](const session_ended& message) { self().end(message.reason); },
      [](const lane_clear& message) {
        if (auto* s = self().find(message.who)) s->lane_cleared(message.number);
        self().bury();
      },
      [](const yield_session& message) { return self().yield(message); },
      [](const drain_connection& message) { self().drain(message); },
      [](const end_connection&) {
        self().end_politely();
        self().bury();
      },
  };
  return shared;
}

// Also runs when the actor fails: then too nothing may stay behind.
void connection::on_exit() {
  uncount(); // the object itself lives on as long as a timer or a handle refers to it
  for (auto& s : std::exchange(sockets_, {})) {
    context_->counters.sockets.fetch_sub(1, std::memory_order_relaxed);
    s->end("server error");
  }
  gone_.clear();
  if (port_) port_->close(close_cause::server_request);
  port_ = nullptr;
  registry_ = nullptr;
  sessions_ = nullptr;
  lobbies_ = nullptr;
}

void connection::connect(const namespace_connect& message) {
  const auto* handlers = context_->handlers_of(message.nsp);
  if (handlers == nullptr) return refuse(message.nsp, "Invalid namespace", {});
  auto what = std::make_shared<connect_attempt::shared>();
  what->nsp = message.nsp;
  what->auth = message.auth;
  what->request = request_;
  pending p{++last_attempt_, handlers, std::move(what)};
  if (context_->options.recovers()) introduce(p);
  if (handlers->checks().empty()) return let_in(p);
  if (context_->options.skip_middleware_on_recovery && p.claims()) return claim(p);
  pending_.push_back(p);
  ask_middleware(p);
}

void connection::refuse(const std::string& nsp, const std::string& message,
                        const std::string& data) {
  port_->namespace_refused(nsp);
  port_->write(context_->codec->refused(nsp, message, data));
}

void connection::ask_middleware(const pending& p) {
  const auto self = caf::actor_cast<connection_actor>(this);
  const connect_attempt attempt{
      p.what, [self, number = p.number, stage = p.stage](connect_verdict_text verdict) {
        caf::anon_send(self, connect_verdict{number, stage, std::move(verdict)});
      }};
  try {
    p.handlers->checks()[p.stage](attempt);
  } catch (...) {
    context_->log(log_level::error, "middleware_failed",
                  {{"nsp", p.what->nsp}, {"what", text_of(std::current_exception())}});
    attempt.refuse("internal error");
  }
  if (attempt.answered()) return;
  delayed_send(this, context_->options.middleware_timeout,
               connect_verdict{p.number, p.stage, {false, "timeout", {}}});
}

void connection::judged(connect_verdict& message) {
  const auto i = std::find_if(pending_.begin(), pending_.end(), [&](const pending& p) {
    return p.number == message.number && p.stage == message.stage;
  });
  if (i == pending_.end()) return;
  const auto& verdict = message.verdict;
  if (verdict.accepted && ++i->stage < i->handlers->checks().size()) {
    const auto next = *i; // what it does may change the list
    return ask_middleware(next);
  }
  const auto p = *i;
  pending_.erase(i);
  if (verdict.accepted)
    let_in(p);
  else {
    give_back_name(p);
    refuse(p.what->nsp, verdict.message, verdict.data);
  }
}

void connection::connected(const pending& p, session_ptr claimed, bool intact) {
  const auto& nsp = p.what->nsp;
  if (find(nsp) != nullptr) { // asked twice at once: the session is ending for that
    if (claimed != nullptr) caf::anon_send(sessions_, hold_session{std::move(claimed)});
    return;
  }
  const bool back = claimed != nullptr;
  // Not only looked at before: a room on another thread may write at any moment, and a small log
  // lets go of what is needed.
  if (intact && !claimed->box->resume(port_, p.offset)) return missed(p, std::move(claimed));
  const bool gap = p.announced && !intact && (back || p.known_as);
  if (!back) {
    claimed = std::make_shared<socket_session>();
    claimed->nsp = nsp;
    claimed->id = p.known_as.value_or(make_public_id());
    if (p.known_as) claimed->series = context_->named_sessions.fetch_add(1) + 1;
    claimed->generation = std::uint64_t{claimed->series} << 32U;
  }
  claimed->network = network();
  if (!back)
    claimed->box = caf::make_counted<outbox>(nsp, context_->delivery, gap ? nullptr : port_,
                                             context_->log_account_of(claimed->network));
  if (!back || p.what->data.has_value()) claimed->data = std::move(p.what->data);
  // The client takes the secret it had for a promise that it has missed nothing.
  if (context_->options.recovers() && !intact) {
    claimed->secret = make_session_secret();
    caf::anon_send(sessions_, track_session{nsp, claimed->id, claimed->secret, address()});
  }
  claimed->announced = p.announced;
  claimed->knows_tokens |= p.announced;
  const auto gate = context_->lobby_gates.find(nsp);
  sockets_.push_back(std::make_unique<socket>(
      *this, *p.handlers, std::move(*claimed),
      gate == context_->lobby_gates.end() ? nullptr : &gate->second, back));
  auto& s = *sockets_.back();
  context_->counters.sockets.fetch_add(1, std::memory_order_relaxed);
  port_->namespace_accepted(nsp);
  if (back) ++s.session_.stay;
  s.give_up_seats(p.left);
  if (gap) s.will_tell_gap(s.session_.untold_gap.empty() ? p.gap_reason : s.session_.untold_gap);
  // Before the client knows that it is connected: from then on it may count on hearing the others.
  s.enter_lobby_if_homeless();
  const auto pid = s.session_.secret.empty() ? std::string{} : to_pid(s.id(), s.session_.secret);
  s.come_in(context_->codec->connected(nsp, s.id().view(), pid), back && p.knows_session);
  if (p.announced && p.distrust != refusal::none)
    s.emit(make_error_event("connect", p.distrust, {}));
  if (p.handlers->has_everyone() && !s.session_.everyone) s.join_everyone();
  if (back) s.re_register();
  for (const auto& run : p.handlers->connect_handlers()) {
    guarded(s, "connect", [&] { run(s); });
    if (!s.connected()) break;
  }
  bury();
}

void connection::handle(socket_event& message) {
  auto* s = find(message.what->nsp);
  if (s == nullptr) return; // disconnected by the server while the event was on its way
  credit_ = std::move(message.credit);
  acknowledgement ack;
  if (message.ack) ack = acknowledgement{s->session_.box, *message.ack};
  s->take_event(message, ack);
  credit_ = {};
  bury();
}

void connection::run(run_on_socket& message) {
  auto* s = find(message.who);
  if (s == nullptr) return;
  guarded(*s, "run", [&] { message.call(*s); });
  bury();
}

void connection::disconnect(const std::string& nsp, std::string_view reason) {
  if (const auto* s = find(nsp)) take_out(*s).end(reason);
}

socket& connection::take_out(const socket& s) {
  const auto i =
      std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& x) { return x.get() == &s; });
  gone_.push_back(std::move(*i));
  sockets_.erase(i);
  context_->counters.sockets.fetch_sub(1, std::memory_order_relaxed);
  return *gone_.back();
}

void connection::end(const std::string& reason) {
  while (!sockets_.empty()) {
    auto& lost = take_out(*sockets_.back());
    if (!context_->options.recovers())
      lost.end(reason);
    else
      caf::anon_send(sessions_, hold_session{lost.detach(reason)});
  }
  bury();
  for (const auto& p : std::exchange(pending_, {})) give_back_name(p);
  port_ = nullptr;
  uncount();
  ended_ = true;
  if (claims_ == 0) quit();
}

void connection::drain(const drain_connection& message) {
  const arguments args{R"(["signaler-drain",{"afterMs":)" + std::to_string(message.after.count())
                           + R"(,"spreadMs":)" + std::to_string(message.spread.count()) + "}]",
                       {}};
  for (const auto& s : sockets_)
    if (s->announced()) {
      s->tell_gap_now(); // it would hold this back
      s->session_.box->emit(args, false);
    }
  if (port_) port_->close(close_cause::shutdown);
}

void connection::end_politely() {
  while (!sockets_.empty()) sockets_.back()->disconnect();
  if (port_) port_->close(close_cause::server_request);
}

socket* connection::find(const std::string& nsp) {
  for (const auto& s : sockets_)
    if (s->nsp() == nsp) return s.get();
  return nullptr;
}

socket* connection::find(const public_id& id) {
  for (const auto& s : sockets_)
    if (s->id() == id) return s.get();
  return nullptr;
}

const room_actor* connection::lobby_of(const std::string& nsp) const {
  for (const auto& [name, actor] : *lobbies_)
    if (name == nsp) return &actor;
  return nullptr;
}

void connection::report_failure(const socket& s, std::string_view event) const {
  context_->log(log_level::error, "handler_failed",
                {{"nsp", s.nsp()},
                 {"socket", s.id().view()},
                 {"socket_event", event},
                 {"what", text_of(std::current_exception())}});
}

void connection::bury() {
  gone_.clear();
}

} // namespace reliable_signaler
