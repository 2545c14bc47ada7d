// The two ways to carry Engine.IO packets, as one interface. The client above does not care which.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "packet.hpp"
#include "tcp_socket.hpp"

namespace reliable_signaler::bench {

/// How a client goes: as the stock client does, by closing the TCP connection, or by resetting it.
enum class parting { clean, fin, reset };

enum class transport_kind { websocket, polling };

/// Who uses a transport. It may be closed in any of these, but not destroyed.
class transport_user {
public:
  transport_user() = default;
  transport_user(const transport_user&) = delete;
  transport_user& operator=(const transport_user&) = delete;
  virtual ~transport_user() = default;
  /// One Engine.IO packet, good only during the call.
  virtual void on_packet(std::string_view text) = 0;
  /// The server ended it or it failed, and why. Also after a clean parting, when the server has
  /// closed its side: only then is the server done with the connection.
  virtual void on_gone(const std::string& reason) = 0;
};

class transport {
public:
  transport() = default;
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() = default;
  virtual void send(const packet& what) = 0;
  /// A clean parting sends DISCONNECT, says goodbye and ends with `on_gone`; the others end at once
  /// and silently.
  virtual void part(parting how) = 0;
};

/// Begins to connect at once. What goes wrong comes as `on_gone`.
std::unique_ptr<transport> open_transport(transport_kind kind, load_context load,
                                          const endpoint& server, transport_user& user);

/// For the two implementations: the sentence of an errno, or of the end of a stream.
std::string reason_of(int error);

} // namespace reliable_signaler::bench
