// Which namespaces there are, and what happens in them: the handler API.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor.hpp>

#include "connect_attempt.hpp"
#include "event.hpp"
#include "outbox.hpp"

namespace reliable_signaler {

class socket;

// What all handlers have in common: they run inside the connection actor of `s`, so those of one
// socket, and of one client, never at the same time, but those of one namespace on several threads
// at once, for different clients. They must not block: the thread serves other clients as well. An
// exception is logged as `handler_failed` with the event's name, and harms nobody. What they refer
// to must live until the server has stopped. They are copied when they are registered.

/// `e` is valid JSON within the bounds of net/wire/limits.hpp and may be kept. `ack` is empty when
/// the client wants no answer; it may be kept and answered later, from any thread.
using event_handler =
    std::function<void(socket& s, const event_ptr& e, const acknowledgement& ack)>;
using connect_handler = std::function<void(socket& s)>;
/// `reason` is Socket.IO's word for it:
///
/// - `client namespace disconnect`: the client has left the namespace;
/// - `server namespace disconnect`: socket::disconnect or socket::disconnect_client;
/// - `transport close`: the client has closed its connection, or it broke;
/// - `transport error`: it broke the rules of HTTP or WebSocket, sent more than
///   server_options::max_payload, or did not read while max_outbound_bytes were waiting;
/// - `ping timeout`: it was silent for server_options::ping_interval and ping_timeout;
/// - `parse error`: it sent what is no packet of Socket.IO;
/// - `forced server close`: the server has closed its connection for a reason of its own; rare,
///   since that follows when no namespace is connected;
/// - `server shutting down`: server::stop;
/// - `superseded`: its client, or who has its secrets, has come back on another connection;
/// - `server error`: its connection actor was made to end, as by an exit message.
///
/// After those of the connection (`transport close` and `error`, `ping timeout`, `parse error`,
/// `forced server close`, `server shutting down`) and after `superseded` the session may go on, see
/// server_options::grace; then the handlers of on_connect run again, with recovered().
using disconnect_handler = std::function<void(socket& s, std::string_view reason)>;
/// Lets a client into a namespace, or not; see connect_attempt. Runs as a handler does; one that
/// throws refuses with `internal error` and is logged as `middleware_failed`.
using middleware = std::function<void(const connect_attempt& attempt)>;

/// Handlers by event name, and for what happens around them.
class handler_set {
public:
  /// Handles `event`; a second handler for the same name runs after the first, unless that one has
  /// ended the socket. Throws std::invalid_argument for names that Socket.IO reserves (`connect`,
  /// `disconnect`, ...), and for an empty handler.
  void on(const std::string& event, event_handler handler);
  /// Handles every event, before the handlers of its name.
  void on_any(event_handler handler);
  /// Runs when a socket goes, while it still sits in its rooms and nothing reaches the client any
  /// more.
  void on_disconnecting(disconnect_handler handler);
  /// Runs when a socket has gone and sits in no room any more.
  void on_disconnect(disconnect_handler handler);

  /// The handlers of `event`, or null.
  const std::vector<event_handler>* find(const std::string& event) const;
  const std::vector<event_handler>& any() const { return any_; }
  const std::vector<disconnect_handler>& disconnecting() const { return disconnecting_; }
  const std::vector<disconnect_handler>& disconnected() const { return disconnected_; }

private:
  std::unordered_map<std::string, std::vector<event_handler>> events_;
  std::vector<event_handler> any_;
  std::vector<disconnect_handler> disconnecting_;
  std::vector<disconnect_handler> disconnected_;
};

/// The handlers of one namespace. Filled before the server gets the table that it belongs to:
/// afterwards every member that would change it throws std::logic_error. Empty handlers are refused
/// with std::invalid_argument. Not thread-safe while it is filled.
class namespace_handlers {
public:
  /// See handler_set.
  namespace_handlers& on(const std::string& event, event_handler handler);
  namespace_handlers& on_any(event_handler handler);
  namespace_handlers& on_disconnecting(disconnect_handler handler);
  namespace_handlers& on_disconnect(disconnect_handler handler);
  /// Runs when a socket has connected; the client has been told already. One that ends the socket
  /// is the last one that runs for it.
  namespace_handlers& on_connect(connect_handler handler);

  /// Asked before a client is let in, in the order of being added: each when the one before it has
  /// accepted.
  namespace_handlers& use(middleware check);

  /// `handler` gets the event as a socket_says message, see actor_handlers.hpp. A null handle is
  /// refused as an empty handler is.
  namespace_handlers& on(const std::string& event, const caf::actor& handler);
  /// `handler` gets everything that happens: socket_connected, before any handler of on_connect
  /// runs; then socket_says; socket_gone last.
  namespace_handlers& handle_with(const caf::actor& handler);

  /// Sockets of this namespace that sit in no room hear each other, if the server allows lobbies.
  namespace_handlers& with_lobby();
  /// Makes the event by which a socket hears that it owns an exclusive room no longer, since
  /// another has shown that it is his; a client that is away gets it when it comes back. Runs on
  /// any thread. Without one nobody is told; of several the last one counts.
  namespace_handlers& tell_displaced(std::function<arguments(const std::string& room_id)> make);
  /// Nobody emits to everyone in this namespace: saves each socket a seat among all the others.
  namespace_handlers& without_everyone();

  /// From now on nothing is added, since sockets may be using the handlers on any thread.
  void freeze() noexcept { frozen_ = true; }

  bool has_lobby() const noexcept { return lobby_; }
  bool has_everyone() const noexcept { return everyone_; }
  const handler_set& handlers() const noexcept { return handlers_; }
  const std::vector<connect_handler>& connect_handlers() const { return connect_; }
  const std::vector<middleware>& checks() const { return checks_; }
  const std::function<arguments(const std::string&)>& displaced() const { return displaced_; }

private:
  void require_open() const;

  handler_set handlers_;
  std::vector<connect_handler> connect_;
  std::vector<middleware> checks_;
  std::function<arguments(const std::string&)> displaced_;
  bool lobby_ = false;
  bool everyone_ = true;
  bool frozen_ = false;
};

/// All namespaces of a server. Filled, then moved into a server (or signaler). What is asked of it,
/// or of the handlers it has given out, to be changed later than that throws std::logic_error.
class namespace_table {
public:
  namespace_table() = default;
  namespace_table(namespace_table&& other) noexcept;
  namespace_table& operator=(namespace_table&&) = delete;

  /// The same handlers once more. They share whatever state their functions refer to.
  namespace_table copy() const { return *this; }

  /// The handlers of `nsp`, made on first use. Throws std::invalid_argument when `nsp` does not
  /// start with a slash, or holds a comma, where the name ends on the wire.
  namespace_handlers& of(const std::string& nsp);

  /// The handlers of all namespaces whose whole name matches `pattern`, an ECMAScript regular
  /// expression, and that have no handlers of their own. Patterns are tried in the order of being
  /// added. Throws std::invalid_argument for an invalid pattern. Such namespaces have no lobby.
  namespace_handlers& matching(const std::string& pattern);
  /// The same for those that `predicate` accepts. It runs on several threads at once and must not
  /// block; one that throws does not accept, and is logged as `pattern_failed`.
  namespace_handlers& matching(std::function<bool(std::string_view nsp)> predicate);

  /// Null for a namespace that does not exist: clients are refused with `Invalid namespace`.
  const namespace_handlers* find(const std::string& nsp) const;

  /// See namespace_handlers::freeze.
  void freeze() noexcept;

  /// Those with a name of their own.
  const std::map<std::string, namespace_handlers>& named() const { return named_; }

private:
  namespace_table(const namespace_table&) = default;
  void require_open() const;

  struct family {
    std::function<bool(std::string_view)> accepts;
    // Copies are frozen with their original.
    std::shared_ptr<namespace_handlers> handlers;
  };

  // A map keeps its elements in place: sockets refer to them.
  std::map<std::string, namespace_handlers> named_;
  std::vector<family> families_;
  bool frozen_ = false;
};

} // namespace reliable_signaler
