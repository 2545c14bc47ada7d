// The handlers that one socket has added for itself, while any of them may be running. Internal.
#pragma once

#include <cstddef>
#include <iterator>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "namespaces.hpp"

namespace reliable_signaler {

/// Handlers may add handlers while they run: lists keep the others in their places, and what is
/// added runs from the next time on. Used by its connection alone.
class own_handlers {
public:
  // Each throws as handler_set does.
  void on(const std::string& event, event_handler handler);
  void once(const std::string& event, event_handler handler);
  void on_any(event_handler handler);
  void on_disconnecting(disconnect_handler handler);
  void on_disconnect(disconnect_handler handler);

  /// Calls `run(handler)` with all who handle that event, as long as it returns true. One for once
  /// is taken out before it runs.
  template <class Run>
  void each_of(const std::string& event, Run run) {
    if (!each(any_, run)) return;
    const auto found = events_.find(event);
    if (found == events_.end()) return;
    auto& named = found->second; // stays where it is when handlers for other events are added
    each(named, run);
    if (named.empty()) events_.erase(event);
  }
  template <class Run>
  void each_disconnecting(Run run) {
    each(disconnecting_, run);
  }
  template <class Run>
  void each_disconnected(Run run) {
    each(disconnected_, run);
  }

private:
  template <class Handler>
  struct entry {
    Handler handler;
    bool once = false;
  };
  template <class Handler>
  using entries = std::list<entry<Handler>>;

  template <class Handler, class Run>
  static bool each(entries<Handler>& of, Run& run) {
    auto next = of.begin();
    for (auto left = of.size(); left > 0; --left) {
      const auto present = next++;
      entries<Handler> fired;
      if (present->once) fired.splice(fired.end(), of, present);
      if (!run(present->handler)) return false;
    }
    return true;
  }

  std::unordered_map<std::string, entries<event_handler>> events_;
  entries<event_handler> any_;
  entries<disconnect_handler> disconnecting_, disconnected_;
};

} // namespace reliable_signaler
