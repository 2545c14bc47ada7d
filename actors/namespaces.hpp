// Which namespaces there are, and what happens in them: the handler API.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event.hpp"
#include "outbox.hpp"

namespace reliable_signaler {

class socket;

/// What is known of a client before it connects to a namespace: its HTTP handshake request.
struct handshake {
  /// Textual address of the peer, without port.
  std::string remote_address;
  /// Request target's query, not decoded, without `?`.
  std::string query;
  /// Header fields in the order received; names in lower case.
  std::vector<std::pair<std::string, std::string>> headers;
  bool secure = false;
};

using handshake_ptr = std::shared_ptr<const handshake>;

/// Runs inside the connection actor of `s`; must not block. Handlers of one namespace run on
/// several threads at once, for different sockets. `ack` is empty when the client wants no answer.
using event_handler =
    std::function<void(socket& s, const event_ptr& e, const acknowledgement& ack)>;
using connect_handler = std::function<void(socket& s)>;
/// `reason` is Socket.IO's word for it: `transport close`, `client namespace disconnect`, ...
using disconnect_handler = std::function<void(socket& s, std::string_view reason)>;

/// The handlers of one namespace. Filled before the server starts; read-only afterwards.
class namespace_handlers {
public:
  /// Handles `event`; a second handler for the same name runs after the first.
  /// Throws std::invalid_argument for names that Socket.IO reserves (`connect`, `disconnect`, ...).
  namespace_handlers& on(std::string event, event_handler handler);
  /// Runs when a socket has connected; the client has been told already.
  namespace_handlers& on_connect(connect_handler handler);
  /// Runs when a socket is gone. Its seats are still held, nothing reaches the client any more.
  namespace_handlers& on_disconnect(disconnect_handler handler);

  /// Sockets of this namespace that sit in no room hear each other, if the server allows lobbies.
  namespace_handlers& with_lobby();

  bool has_lobby() const noexcept { return lobby_; }
  /// The handlers of `event`, or null.
  const std::vector<event_handler>* find(const std::string& event) const;
  const std::vector<connect_handler>& connect_handlers() const { return connect_; }
  const std::vector<disconnect_handler>& disconnect_handlers() const { return disconnect_; }

private:
  std::unordered_map<std::string, std::vector<event_handler>> events_;
  std::vector<connect_handler> connect_;
  std::vector<disconnect_handler> disconnect_;
  bool lobby_ = false;
};

/// All namespaces of a server by name. Filled before the server starts; read-only afterwards.
class namespace_table {
public:
  /// The handlers of `nsp`, made on first use.
  /// Throws std::invalid_argument when `nsp` does not start with a slash.
  namespace_handlers& of(const std::string& nsp);

  /// Null for a namespace that does not exist: clients are refused with `Invalid namespace`.
  const namespace_handlers* find(const std::string& nsp) const;

  const std::unordered_map<std::string, namespace_handlers>& all() const { return table_; }

private:
  std::unordered_map<std::string, namespace_handlers> table_;
};

} // namespace reliable_signaler
