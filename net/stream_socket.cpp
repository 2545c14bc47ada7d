// TCP sockets as connections use them: the gathering write.
#include "stream_socket.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace reliable_signaler::net {

namespace {

constexpr std::size_t max_pieces = 64; // of one system call

} // namespace

void tls_session_deleter::operator()(SSL* session) const noexcept {
  SSL_free(session);
}

owned_descriptor::~owned_descriptor() {
  if (value_ >= 0) ::close(value_);
}

flush_result flush_socket(stream_socket& socket, output_queue& out) noexcept {
  while (!out.empty()) {
    std::array<iovec, max_pieces> pieces;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = out.gather(pieces);
    const auto sent = ::sendmsg(socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      out.consume(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return flush_result::blocked;
    } else if (errno != EINTR) {
      return flush_result::failed;
    }
  }
  return flush_result::done;
}

} // namespace reliable_signaler::net
