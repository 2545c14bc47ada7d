// Where a server listens, and from which addresses of this machine to come. Opens nothing.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace reliable_signaler::bench {

/// A server's address, taken from a URL.
struct endpoint {
  sockaddr_storage address{};
  socklen_t length = 0;
  /// For the Host header: what the URL said.
  std::string host;
  /// Where Socket.IO is served; begins and ends with a slash.
  std::string path = "/socket.io/";

  bool is_loopback4() const noexcept;
  std::uint16_t port() const noexcept;
  void set_port(std::uint16_t port) noexcept;
};

/// From `http://HOST:PORT[/PATH/]`; `http://` may be missing. Throws `failure` when it is none,
/// names an unknown host, or asks for TLS.
endpoint parse_endpoint(const std::string& url);

/// Hands out 127.0.0.1, 127.0.0.2 and so on in turn. One address has about 28,000 ports, which
/// churn uses up in seconds, and servers may limit what one address can have.
class source_addresses {
public:
  explicit source_addresses(unsigned count) : count_(count) {}
  /// The next address in host byte order.
  std::uint32_t next() noexcept {
    const auto source = INADDR_LOOPBACK + turn_;
    turn_ = (turn_ + 1) % count_;
    return source;
  }

private:
  unsigned count_;
  unsigned turn_ = 0;
};

} // namespace reliable_signaler::bench
