// Both ends of a connection that keeps system calls apart, for tests of how many there are.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/stream_socket.hpp"

/// What one system call sends arrives as a record of its own (unix(7), SOCK_SEQPACKET). One end is
/// for who is tested and takes it for TCP, the other is the test's.
class record_pair {
public:
  record_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
      throw std::runtime_error{"there is no pair of sockets"};
    tested_ = reliable_signaler::net::owned_descriptor{ends[0]};
    own_ = reliable_signaler::net::owned_descriptor{ends[1]};
    timeval patience{};
    patience.tv_sec = 60;
    ::setsockopt(own_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  /// The end of who is tested, and the same for who will close it.
  int tested() const noexcept { return tested_.get(); }
  int release_tested() noexcept { return tested_.release(); }

  /// Whether the other end could be given this.
  bool send(std::string_view bytes) const noexcept {
    return ::send(own_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
           == static_cast<ssize_t>(bytes.size());
  }

  /// What the next system call of the other end has sent. Waits for it; empty if none comes.
  std::string next() const { return receive(0); }

  /// The same for all that there were since the last look.
  std::vector<std::string> arrived() const {
    std::vector<std::string> result;
    for (auto record = receive(MSG_DONTWAIT); !record.empty(); record = receive(MSG_DONTWAIT))
      result.push_back(std::move(record));
    return result;
  }

  void close() { own_ = reliable_signaler::net::owned_descriptor{}; }

private:
  std::string receive(int flags) const {
    std::string bytes(200'000, '\0');
    const auto count = ::recv(own_.get(), bytes.data(), bytes.size(), flags);
    return bytes.substr(0, count > 0 ? static_cast<std::size_t>(count) : 0);
  }

  reliable_signaler::net::owned_descriptor tested_;
  reliable_signaler::net::owned_descriptor own_;
};

/// One text of many.
inline std::string together(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts) result += text;
  return result;
}
