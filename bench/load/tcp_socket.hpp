// A non-blocking TCP connection on the reactor: bytes out, bytes in. No protocol.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "endpoint.hpp"
#include "reactor.hpp"

namespace reliable_signaler::bench {

/// Where load comes from: the reactor and this machine's addresses.
struct load_context {
  reactor& io;
  source_addresses& sources;
};

/// Who uses the socket. The socket may be closed in any of these, but not destroyed.
class socket_user {
public:
  socket_user() = default;
  socket_user(const socket_user&) = delete;
  socket_user& operator=(const socket_user&) = delete;
  virtual ~socket_user() = default;
  virtual void on_open() = 0;
  /// The bytes are good only during the call.
  virtual void on_bytes(std::string_view bytes) = 0;
  /// The other side ended it (`error` 0), or it failed with an errno. Never after our own `close`.
  virtual void on_end(int error) = 0;
};

class tcp_socket final : public readiness_handler {
public:
  explicit tcp_socket(socket_user& user) : user_(user) {}
  ~tcp_socket() override { close(); }

  /// Begins to connect; what goes wrong comes as `on_end`, never before this returns. Throws
  /// `failure` when the descriptors or the ports of this machine are used up.
  void connect(load_context load, const endpoint& server);
  /// What is sent while bytes are being taken leaves in one system call when they have been.
  void send(std::string_view bytes);
  /// Closes it; what was not sent is lost.
  void close() noexcept;
  /// Closes it with a reset, so that the other side gets an error.
  void reset() noexcept;
  bool is_open() const noexcept { return fd_ >= 0; }

  void on_ready(std::uint32_t events) override;

private:
  void begin(const endpoint& server, std::uint32_t source);
  void read(std::uint32_t events);
  void flush();
  void end(int error);

  socket_user& user_;
  reactor* io_ = nullptr;
  int fd_ = -1;
  bool connecting_ = false;
  int refusal_ = 0;
  bool taking_ = false;
  std::string unsent_;
};

} // namespace reliable_signaler::bench
