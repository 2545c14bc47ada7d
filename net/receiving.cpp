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

namespace reliable_signaler::net {

void tell_what_is_left(int descriptor) noexcept {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_INQ, &on, sizeof on);
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

// After the end of what the other side sends this is not 0 (Linux: tcp_inq_hint), so that the end
// is read.
bool says_nothing_is_left(msghdr& message) noexcept {
  const auto* note = CMSG_FIRSTHDR(&message);
  if (note == nullptr || note->cmsg_level != IPPROTO_TCP || note->cmsg_type != TCP_CM_INQ)
    return false;
  int left = 0;
  std::memcpy(&left, CMSG_DATA(note), sizeof left);
  return left == 0;
}

} // namespace

auto receive_operation_base::receive(reactor_op* base) noexcept -> status {
  auto& self = *static_cast<receive_operation_base*>(base);
  iovec piece{self.to_.data(), self.to_.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> notes;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  ssize_t count = 0;
  do {
    message.msg_control = notes.data();
    message.msg_controllen = notes.size();
    count = ::recvmsg(self.descriptor_, &message, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return not_done;
  self.bytes_transferred_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  if (count < 0)
    self.ec_ = {errno, boost::asio::error::get_system_category()};
  else if (count == 0)
    self.ec_ = boost::asio::error::eof;
  if (count <= 0) return done_and_exhausted;
  // A reset that came together with the bytes is not reported again, and has left nothing either.
  const bool broken = (ready_events::of(self.data_) & (EPOLLERR | EPOLLHUP)) != 0;
  return !broken && says_nothing_is_left(message) ? done_and_exhausted : done;
}

#endif

} // namespace reliable_signaler::net
