// Handlers of one socket, and the running of those of its namespace.
#include <utility>

#include "connection.hpp"
#include "own_handlers.hpp"
#include "socket.hpp"

namespace reliable_signaler {

namespace {

own_handlers& made(std::unique_ptr<own_handlers>& handlers) {
  if (!handlers) handlers = std::make_unique<own_handlers>();
  return *handlers;
}

} // namespace

void socket::on(const std::string& event, event_handler handler) {
  made(own_handlers_).on(event, std::move(handler));
}

void socket::once(const std::string& event, event_handler handler) {
  made(own_handlers_).once(event, std::move(handler));
}

void socket::on_any(event_handler handler) {
  made(own_handlers_).on_any(std::move(handler));
}

void socket::on_disconnecting(disconnect_handler handler) {
  made(own_handlers_).on_disconnecting(std::move(handler));
}

void socket::on_disconnect(disconnect_handler handler) {
  made(own_handlers_).on_disconnect(std::move(handler));
}

void socket::handle(const event_ptr& what, const acknowledgement& ack) {
  const auto& shared = handlers_.handlers();
  for (const auto& handler : shared.any())
    if (!run(handler, what, ack)) return;
  if (const auto* named = shared.find(what->name))
    for (const auto& handler : *named)
      if (!run(handler, what, ack)) return;
  if (own_handlers_)
    own_handlers_->each_of(what->name,
                           [&](const event_handler& handler) { return run(handler, what, ack); });
}

bool socket::run(const event_handler& handler, const event_ptr& what, const acknowledgement& ack) {
  owner_.guarded(*this, what->name, [&] { handler(*this, what, ack); });
  return connected_;
}

} // namespace reliable_signaler
