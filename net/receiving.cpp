// Reading from a socket without asking the kernel in vain.
#include "receiving.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstring>
#include <span>

#include "stream_socket.hpp"

namespace reliable_signaler::net {

namespace {

void ask_for_what_is_left(int descriptor) noexcept {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_INQ, &on, sizeof on);
}

// What the kernel says is left behind bytes that it has given; -1 when it says nothing.
int left_behind(msghdr& message) noexcept {
  const auto* note = CMSG_FIRSTHDR(&message);
  if (note == nullptr || note->cmsg_level != IPPROTO_TCP || note->cmsg_type != TCP_CM_INQ)
    return -1;
  int left = 0;
  std::memcpy(&left, CMSG_DATA(note), sizeof left);
  return left;
}

struct reading {
  explicit reading(std::span<char> to) noexcept : piece{to.data(), to.size()} {}
  ssize_t from(int descriptor) noexcept {
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = notes.data();
    message.msg_controllen = notes.size();
    return ::recvmsg(descriptor, &message, MSG_DONTWAIT);
  }
  iovec piece;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> notes;
  msghdr message{};
};

// Behind the last bytes that the other side sends something must seem to be left, or their end
// would be noticed by nobody. Linux does so (tcp_inq_hint); others that know the option do not.
bool counts_the_end() noexcept {
  const owned_descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const owned_descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  socklen_t size = sizeof at;
  if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 1) != 0
      || ::getsockname(listener.get(), address, &size) != 0
      || ::connect(client.get(), address, size) != 0)
    return false;
  const owned_descriptor server{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  ask_for_what_is_left(server.get());
  std::array<char, 8> bytes{};
  if (::send(client.get(), "x", 1, MSG_NOSIGNAL) != 1 || ::shutdown(client.get(), SHUT_WR) != 0)
    return false;
  // What travels for longer than this is taken for what does not say its end.
  reading from_client{bytes};
  return from_client.from(server.get()) == 1 && left_behind(from_client.message) > 0;
}

} // namespace

void tell_what_is_left(int descriptor) noexcept {
  static const bool can_be_trusted = counts_the_end();
  if (can_be_trusted) ask_for_what_is_left(descriptor);
}

#ifdef RELIABLE_SIGNALER_SPARES_FUTILE_READS

namespace {

// The events with which the reactor has found a descriptor ready last. It hands them to what it
// keeps for each descriptor, as the result of an operation, and not to those that it performs.
struct ready_events : boost::asio::detail::operation {
  static unsigned of(receive_operation_base::descriptor_data data) noexcept {
    // The base is private: a cast of this kind finds it, and no other does.
    using pointer = const boost::asio::detail::operation*;
    return pointer(data)->*(&ready_events::task_result_);
  }
};

} // namespace

auto receive_operation_base::receive(reactor_op* base) noexcept -> status {
  auto& self = *static_cast<receive_operation_base*>(base);
  reading here{{static_cast<char*>(self.to_.data()), self.to_.size()}};
  ssize_t count = 0;
  do count = here.from(self.descriptor_);
  while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return not_done;
  self.bytes_transferred_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  if (count < 0)
    self.ec_ = {errno, boost::asio::error::get_system_category()};
  else if (count == 0)
    self.ec_ = boost::asio::error::eof;
  if (count <= 0) return done_and_exhausted;
  // A reset that came together with the bytes is not reported again, and has left nothing either.
  const bool broken = (ready_events::of(self.data_) & (EPOLLERR | EPOLLHUP)) != 0;
  return !broken && left_behind(here.message) == 0 ? done_and_exhausted : done;
}

#endif

} // namespace reliable_signaler::net
