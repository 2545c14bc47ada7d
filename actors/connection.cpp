// The connection actor.
#include "connection.hpp"

#include <algorithm>
#include <utility>

#include "supervision.hpp"

namespace reliable_signaler {

connection::connection(caf::actor_config& config, caf::execution_unit* home, context_ptr context,
                       room_registry_actor registry, std::shared_ptr<const lobby_table> lobbies,
                       session_port_ptr port, handshake_ptr request)
    : pinned_actor(config, home),
      context_(std::move(context)),
      registry_(std::move(registry)),
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
  lobbies_ = nullptr;
}

void connection::connect(const namespace_connect& message) {
  const auto* handlers = context_->namespaces.find(message.nsp);
  if (handlers == nullptr) {
    port_->namespace_refused(message.nsp);
    port_->write(context_->codec->refused(message.nsp, "Invalid namespace", {}));
    return;
  }
  const auto gate = context_->lobby_gates.find(message.nsp);
  auto box = caf::make_counted<outbox>(message.nsp, context_->codec, port_);
  socket_session session{message.nsp, make_public_id(), std::move(box), {}, 0};
  sockets_.push_back(
      std::make_unique<socket>(*this, *handlers, std::move(session),
                               gate == context_->lobby_gates.end() ? nullptr : &gate->second));
  auto& s = *sockets_.back();
  context_->counters.sockets.fetch_add(1, std::memory_order_relaxed);
  port_->namespace_accepted(message.nsp);
  port_->write(context_->codec->connected(message.nsp, s.id().view(), {}));
  s.enter_lobby_if_homeless();
  for (const auto& run : handlers->connect_handlers()) guarded(s, "connect", [&] { run(s); });
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
  while (!sockets_.empty()) disconnect(std::string{sockets_.back()->nsp()}, reason);
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
