// Registration of handlers, with the checks that make a mistake show at once.
#include "namespaces.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace reliable_signaler {

namespace {

// Socket.IO protocol 5: names a client can never send.
constexpr std::array<std::string_view, 6> reserved_events{
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

} // namespace

namespace_handlers& namespace_handlers::on(std::string event, event_handler handler) {
  if (std::find(reserved_events.begin(), reserved_events.end(), event) != reserved_events.end())
    throw std::invalid_argument("the event name '" + event + "' is reserved by Socket.IO");
  events_[std::move(event)].push_back(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_connect(connect_handler handler) {
  connect_.push_back(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_disconnect(disconnect_handler handler) {
  disconnect_.push_back(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::with_lobby() {
  lobby_ = true;
  return *this;
}

const std::vector<event_handler>* namespace_handlers::find(const std::string& event) const {
  const auto i = events_.find(event);
  return i == events_.end() ? nullptr : &i->second;
}

namespace_handlers& namespace_table::of(const std::string& nsp) {
  if (nsp.empty() || nsp.front() != '/')
    throw std::invalid_argument("the namespace '" + nsp + "' does not start with a slash");
  return table_[nsp];
}

const namespace_handlers* namespace_table::find(const std::string& nsp) const {
  const auto i = table_.find(nsp);
  return i == table_.end() ? nullptr : &i->second;
}

} // namespace reliable_signaler
