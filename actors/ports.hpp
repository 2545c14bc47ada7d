// What actors need of a network, as interfaces: implemented by net, by tests, by nobody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "event.hpp"

namespace reliable_signaler {

/// Bytes ready for any transport: immutable, encoded once, shared by all receivers of a fan-out.
class encoded : public caf::ref_counted {
public:
  /// What one connection's outbound limit is charged for it, in bytes.
  virtual std::size_t size() const noexcept = 0;
};

using encoded_ptr = caf::intrusive_ptr<const encoded>;

/// Turns domain data into bytes. Stateless: callable from any thread at any time.
class encoder : public caf::ref_counted {
public:
  /// An event. `args.json` starts with the event's name. With `ack` the receiver is asked to
  /// answer. `offset`, unless it is empty, becomes one more argument, the last one; it needs no
  /// escapes in JSON.
  virtual encoded_ptr event(std::string_view nsp, const arguments& args,
                            std::optional<std::uint64_t> ack, std::string_view offset) const = 0;

  /// The answer to a question that carried `id`.
  virtual encoded_ptr acknowledgement(std::string_view nsp, std::uint64_t id,
                                      const arguments& args) const = 0;

  /// The namespace is connected; `sid` is the socket's public id, `pid` its recovery secret or
  /// empty.
  virtual encoded_ptr connected(std::string_view nsp, std::string_view sid,
                                std::string_view pid) const = 0;

  /// The namespace is refused; `data` is JSON text or empty. The connection stays.
  virtual encoded_ptr refused(std::string_view nsp, std::string_view message,
                              std::string_view data) const = 0;

  /// The server disconnects this namespace. The connection stays.
  virtual encoded_ptr disconnected(std::string_view nsp) const = 0;
};

using encoder_ptr = caf::intrusive_ptr<const encoder>;

/// Why the server closes a connection; each becomes a line in the log and, where the transport has
/// room for one, a reason on the wire.
enum class close_cause : std::uint8_t {
  /// Application code asked for it.
  server_request,
  /// The server is going away.
  shutdown,
};

/// The write side of one Engine.IO session, whatever transport it is on.
/// Every member may be called from any thread, never blocks and never fails: after the session has
/// ended calls have no effect. What one thread writes arrives in that order. Writes are batched to
/// the session's own thread; a session whose queue exceeds its limit is closed as a slow consumer.
class session_port : public caf::ref_counted {
public:
  /// Queues one packet.
  virtual void write(encoded_ptr packet) = 0;

  /// Whether a packet written now would wait for the client to take what was written before.
  virtual bool congested() const noexcept = 0;

  /// The session's answer to a namespace_connect that it had passed up.
  virtual void namespace_accepted(std::string nsp) = 0;
  virtual void namespace_refused(std::string nsp) = 0;
  /// The server has disconnected `nsp`: what the client had sent before it knew is ignored.
  virtual void namespace_disconnected(std::string nsp) = 0;

  /// Sends what is queued, then closes the session.
  virtual void close(close_cause cause) = 0;

  /// Inbound flow control, see in_flight. One more reference to an unfinished inbound event.
  virtual void take_credit() = 0;
  /// One reference less; at zero below the limit, paused reading goes on.
  virtual void return_credit() = 0;
};

using session_port_ptr = caf::intrusive_ptr<session_port>;

/// Held by whoever still works on an inbound event: while too many of one session's are alive, the
/// session stops reading from its socket. Copies count, moves do not. Empty by default.
class in_flight {
public:
  in_flight() = default;
  explicit in_flight(session_port_ptr port) : port_(std::move(port)) { take(); }
  in_flight(const in_flight& other) : port_(other.port_) { take(); }
  in_flight(in_flight&& other) noexcept : port_(std::move(other.port_)) {}
  in_flight& operator=(in_flight other) noexcept {
    std::swap(port_, other.port_);
    return *this;
  }
  ~in_flight() {
    if (port_) port_->return_credit();
  }

private:
  void take() {
    if (port_) port_->take_credit();
  }

  session_port_ptr port_;
};

} // namespace reliable_signaler
