// Handlers of one socket, and the running of those of its namespace.
#include <utility>

#include "connection.hpp"
#include "socket.hpp"

namespace reliable_signaler {

namespace {

handler_set& made(std::unique_ptr<handler_set>& handlers) {
  if (!handlers) handlers = std::make_unique<handler_set>();
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
  run_handlers(handlers_.handlers(), what, ack);
  if (!own_handlers_) return;
  // A handler may add handlers while these run.
  const auto copy = *own_handlers_;
  run_handlers(copy, what, ack);
}

void socket::run_handlers(const handler_set& handlers, const event_ptr& what,
                          const acknowledgement& ack) {
  for (const auto& run : handlers.any())
    owner_.guarded(*this, what->name, [&] { run(*this, what, ack); });
  if (const auto* named = handlers.find(what->name))
    for (const auto& run : *named)
      owner_.guarded(*this, what->name, [&] { run(*this, what, ack); });
}

} // namespace reliable_signaler
