// Registration of one socket's own handlers.
#include "own_handlers.hpp"

#include "registration.hpp"

namespace reliable_signaler {

void own_handlers::on(const std::string& event, event_handler handler) {
  require(handler);
  require_free(event);
  events_[event].push_back({std::move(handler)});
}

void own_handlers::once(const std::string& event, event_handler handler) {
  require(handler);
  require_free(event);
  events_[event].push_back({std::move(handler), true});
}

void own_handlers::on_any(event_handler handler) {
  require(handler);
  any_.push_back({std::move(handler)});
}

void own_handlers::on_disconnecting(disconnect_handler handler) {
  require(handler);
  disconnecting_.push_back({std::move(handler)});
}

void own_handlers::on_disconnect(disconnect_handler handler) {
  require(handler);
  disconnected_.push_back({std::move(handler)});
}

} // namespace reliable_signaler
