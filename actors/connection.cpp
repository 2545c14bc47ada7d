// The connection actor.
#include "connection.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "supervision.hpp"

namespace reliable_signaler {

namespace {

// 120 random bits: nobody guesses one, however many are held.
constexpr std::size_t secret_bytes = 15;

// Socket.IO's connection state recovery: the client shows the `pid` it was given. One of another
// type is ignored.
std::string claimed_secret(const std::string& auth) {
  if (auth.empty()) return {};
  const auto payload = nlohmann::json::parse(auth, nullptr, false);
  if (!payload.is_object()) return {};
  const auto pid = payload.find("pid");
  return pid != payload.end() && pid->is_string() ? pid->get<std::string>() : std::string{};
}

} // namespace

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
  context_->counters.connections.fetch_sub(1, std::memory_order_relaxed);
}

connection::behavior_type connection::make_behavior() {
  keep_quiet(this, context_, name());
  return {
      [this](const namespace_connect& message) { connect(message); },
      [this](socket_event& message) { handle(message); },
      [](const socket_answer&) {},
      [this](const namespace_disconnect& message) {
        disconnect(message.nsp, "client namespace disconnect");
        bury();
      },
      [this](const session_ended& message) { end(message.reason); },
      [this](const lane_clear& message) {
        if (auto* s = find(message.who)) s->lane_cleared(message.number);
      },
      [this](const end_connection&) { end_politely(); },
  };
}

// Also runs when the actor fails: then too nothing may stay behind.
void connection::on_exit() {
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
  const auto* handlers = context_->namespaces.find(message.nsp);
  if (handlers == nullptr) {
    port_->namespace_refused(message.nsp);
    port_->write(context_->codec->refused(message.nsp, "Invalid namespace", {}));
    return;
  }
  const auto secret = claimed_secret(message.auth);
  if (secret.empty() || context_->options.grace.count() == 0)
    return connected(message.nsp, *handlers, nullptr);
  const auto& nsp = message.nsp;
  request(sessions_, caf::infinite, claim_session{nsp, secret})
      .then([this, nsp, handlers](
                claimed_session& answer) { connected(nsp, *handlers, std::move(answer.session)); },
            [this, nsp, handlers](const caf::error&) { connected(nsp, *handlers, nullptr); });
}

void connection::connected(const std::string& nsp, const namespace_handlers& handlers,
                           session_ptr claimed) {
  const bool back = claimed != nullptr;
  if (!back) {
    claimed = std::make_shared<socket_session>();
    claimed->nsp = nsp;
    claimed->id = make_public_id();
    claimed->box = caf::make_counted<outbox>(nsp, context_->codec, port_);
  }
  // A new secret each time: the client takes an old one for a promise that it has missed nothing.
  if (context_->options.grace.count() > 0) claimed->secret = make_secret(secret_bytes);
  const auto gate = context_->lobby_gates.find(nsp);
  sockets_.push_back(
      std::make_unique<socket>(*this, handlers, std::move(*claimed),
                               gate == context_->lobby_gates.end() ? nullptr : &gate->second));
  auto& s = *sockets_.back();
  context_->counters.sockets.fetch_add(1, std::memory_order_relaxed);
  port_->namespace_accepted(nsp);
  if (back) s.session_.box->bind(port_);
  s.session_.box->deliver(context_->codec->connected(nsp, s.id().view(), s.session_.secret));
  if (back) s.re_register();
  s.enter_lobby_if_homeless();
  for (const auto& run : handlers.connect_handlers()) guarded(s, "connect", [&] { run(s); });
  bury();
}

void connection::handle(socket_event& message) {
  auto* s = find(message.what->nsp);
  if (s == nullptr) return; // disconnected by the server while the event was on its way
  const auto* handlers = s->handlers().find(message.what->name);
  if (handlers == nullptr) return;
  credit_ = std::move(message.credit);
  acknowledgement ack;
  if (message.ack) ack = acknowledgement{s->session_.box, *message.ack};
  for (const auto& run : *handlers)
    guarded(*s, message.what->name, [&] { run(*s, message.what, ack); });
  credit_ = {};
  bury();
}

void connection::disconnect(const std::string& nsp, std::string_view reason) {
  const auto i = std::find_if(sockets_.begin(), sockets_.end(),
                              [&](const auto& s) { return s->nsp() == nsp; });
  if (i == sockets_.end()) return;
  gone_.push_back(std::move(*i));
  sockets_.erase(i);
  context_->counters.sockets.fetch_sub(1, std::memory_order_relaxed);
  gone_.back()->end(reason);
}

void connection::end(const std::string& reason) {
  while (!sockets_.empty()) {
    auto lost = std::move(sockets_.back());
    sockets_.pop_back();
    context_->counters.sockets.fetch_sub(1, std::memory_order_relaxed);
    if (context_->options.grace.count() == 0)
      lost->end(reason);
    else
      caf::anon_send(sessions_, hold_session{lost->detach(reason)});
    gone_.push_back(std::move(lost));
  }
  bury();
  port_ = nullptr;
  quit();
}

void connection::end_politely() {
  while (!sockets_.empty()) sockets_.back()->disconnect();
  bury();
  port_->close(close_cause::server_request);
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
                 {"event", event},
                 {"what", text_of(std::current_exception())}});
}

void connection::bury() {
  gone_.clear();
}

} // namespace reliable_signaler
