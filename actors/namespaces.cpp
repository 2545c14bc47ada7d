// Registration of handlers, with the checks that make a mistake show at once.
#include "namespaces.hpp"

#include <regex>
#include <stdexcept>
#include <utility>

#include "actor_handlers.hpp"
#include "registration.hpp"

namespace reliable_signaler {

namespace {

constexpr auto too_late = "handlers are registered before the server gets their table";

} // namespace

void handler_set::on(const std::string& event, event_handler handler) {
  require(handler);
  require_free(event);
  events_[event].push_back(std::move(handler));
}

void handler_set::on_any(event_handler handler) {
  require(handler);
  any_.push_back(std::move(handler));
}

void handler_set::on_disconnecting(disconnect_handler handler) {
  require(handler);
  disconnecting_.push_back(std::move(handler));
}

void handler_set::on_disconnect(disconnect_handler handler) {
  require(handler);
  disconnected_.push_back(std::move(handler));
}

const std::vector<event_handler>* handler_set::find(const std::string& event) const {
  const auto i = events_.find(event);
  return i == events_.end() ? nullptr : &i->second;
}

void namespace_handlers::require_open() const {
  if (frozen_) throw std::logic_error(too_late);
}

namespace_handlers& namespace_handlers::on(const std::string& event, event_handler handler) {
  require_open();
  handlers_.on(event, std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_any(event_handler handler) {
  require_open();
  handlers_.on_any(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_disconnecting(disconnect_handler handler) {
  require_open();
  handlers_.on_disconnecting(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_disconnect(disconnect_handler handler) {
  require_open();
  handlers_.on_disconnect(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::on_connect(connect_handler handler) {
  require_open();
  require(handler);
  connect_.push_back(std::move(handler));
  return *this;
}

namespace_handlers& namespace_handlers::use(middleware check) {
  require_open();
  require(check);
  checks_.push_back(std::move(check));
  return *this;
}

namespace_handlers& namespace_handlers::on(const std::string& event, const caf::actor& handler) {
  require(handler);
  return on(event, forward_events_to(handler));
}

namespace_handlers& namespace_handlers::handle_with(const caf::actor& handler) {
  require_open();
  require(handler);
  // Before all others, of which one may end the socket: so nobody goes who has not come.
  connect_.insert(connect_.begin(), forward_connects_to(handler));
  return on_any(forward_events_to(handler)).on_disconnect(forward_disconnects_to(handler));
}

namespace_handlers& namespace_handlers::with_lobby() {
  require_open();
  lobby_ = true;
  return *this;
}

namespace_handlers& namespace_handlers::tell_displaced(
    std::function<arguments(const std::string& room_id)> make) {
  require_open();
  require(make);
  displaced_ = std::move(make);
  return *this;
}

namespace_handlers& namespace_handlers::without_everyone() {
  require_open();
  everyone_ = false;
  return *this;
}

// Who keeps the table that was moved from would wait in vain for the handlers he adds to it.
namespace_table::namespace_table(namespace_table&& other) noexcept
    : named_(std::move(other.named_)),
      families_(std::move(other.families_)),
      frozen_(std::exchange(other.frozen_, true)) {}

void namespace_table::require_open() const {
  if (frozen_) throw std::logic_error(too_late);
}

void namespace_table::freeze() noexcept {
  frozen_ = true;
  for (auto& [nsp, handlers] : named_) handlers.freeze();
  for (auto& x : families_) x.handlers->freeze();
}

namespace_handlers& namespace_table::of(const std::string& nsp) {
  require_open();
  if (nsp.empty() || nsp.front() != '/')
    throw std::invalid_argument("the namespace '" + nsp + "' does not start with a slash");
  if (nsp.find(',') != std::string::npos)
    throw std::invalid_argument("the namespace '" + nsp + "' holds a comma");
  return named_[nsp];
}

namespace_handlers& namespace_table::matching(const std::string& pattern) {
  try {
    const std::regex expression{pattern};
    return matching([expression](std::string_view nsp) {
      return std::regex_match(nsp.begin(), nsp.end(), expression);
    });
  } catch (const std::regex_error& error) {
    throw std::invalid_argument("the pattern '" + pattern + "' is invalid: " + error.what());
  }
}

namespace_handlers& namespace_table::matching(std::function<bool(std::string_view nsp)> predicate) {
  require_open();
  require(predicate);
  families_.push_back({std::move(predicate), std::make_shared<namespace_handlers>()});
  return *families_.back().handlers;
}

const namespace_handlers* namespace_table::find(const std::string& nsp) const {
  if (const auto i = named_.find(nsp); i != named_.end()) return &i->second;
  for (const auto& candidate : families_)
    if (candidate.accepts(nsp)) return candidate.handlers.get();
  return nullptr;
}

} // namespace reliable_signaler
