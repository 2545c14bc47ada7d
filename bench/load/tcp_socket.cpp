// Connecting, reading, writing without blocking.
#include "tcp_socket.hpp"

#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "failure.hpp"

namespace reliable_signaler::bench {

void tcp_socket::connect(load_context load, const endpoint& server) {
  close();
  io_ = &load.io;
  unsent_.clear();
  fd_ = socket(server.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) throw failure(exit_usage, std::string{"no socket: "} + std::strerror(errno));
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  begin(server, server.is_loopback4() ? load.sources.next() : 0);
}

void tcp_socket::begin(const endpoint& server, std::uint32_t source) {
  const int on = 1;
  if (source != 0) {
    // The port is chosen when the other end is known, so that each other end has all of them.
    setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(source);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
      throw failure(exit_usage, std::string{"cannot bind to a loopback address: "}
                                    + std::strerror(errno) + "; try --sources=1");
  }
  connecting_ = true;
  refusal_ = 0;
  io_->watch(fd_, *this);
  const auto* address = reinterpret_cast<const sockaddr*>(&server.address);
  if (::connect(fd_, address, server.length) == 0 || errno == EINPROGRESS) return;
  if (errno == EADDRNOTAVAIL)
    throw failure(exit_usage, "the ports of this machine are used up: give more --sources");
  refusal_ = errno; // epoll reports such a socket, too
}

void tcp_socket::close() noexcept {
  if (fd_ < 0) return;
  io_->forget(*this);
  ::close(fd_);
  fd_ = -1;
}

void tcp_socket::reset() noexcept {
  if (fd_ < 0) return;
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void tcp_socket::end(int error) {
  if (fd_ < 0) return;
  close();
  user_.on_end(error);
}

void tcp_socket::send(std::string_view bytes) {
  if (fd_ < 0) return;
  if (taking_ || connecting_ || !unsent_.empty()) {
    unsent_ += bytes;
    return;
  }
  const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(bytes.size())) return;
  // A failure comes as an event, too.
  if (sent < 0 && errno != EAGAIN) return;
  unsent_ = bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
}

void tcp_socket::flush() {
  if (fd_ < 0 || connecting_ || unsent_.empty()) return;
  const auto sent = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
}

void tcp_socket::on_ready(std::uint32_t events) {
  if (connecting_) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0 || refusal_ != 0) return end(error != 0 ? error : refusal_);
    if ((events & EPOLLOUT) == 0) return;
    connecting_ = false;
    user_.on_open();
  }
  taking_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) read(events);
  taking_ = false;
  flush();
}

void tcp_socket::read(std::uint32_t events) {
  auto& buffer = io_->scratch();
  const bool to_the_end = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  while (fd_ >= 0) {
    const auto got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got == 0) return end(0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? void() : end(errno);
    user_.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
    if (static_cast<std::size_t>(got) < buffer.size() && !to_the_end) return;
  }
}

} // namespace reliable_signaler::bench
