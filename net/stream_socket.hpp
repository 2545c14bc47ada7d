// TCP sockets as connections use them, and how they travel between loops. No TLS, no Beast.
#pragma once

#include <openssl/types.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "output_queue.hpp"

namespace reliable_signaler::net {

using boost::system::error_code;
using stream_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

struct tls_session_deleter {
  void operator()(SSL* session) const noexcept;
};
using tls_session = std::unique_ptr<SSL, tls_session_deleter>;

/// What a connection begins with: a socket of its own loop, and what happened on it before.
struct transferred_socket {
  stream_socket socket;
  tls_session tls;   ///< null: plain, or still without a handshake
  std::string early; ///< received, not read yet
};

/// Closes what nobody took.
class owned_descriptor {
public:
  explicit owned_descriptor(int descriptor = -1) noexcept : value_(descriptor) {}
  owned_descriptor(owned_descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~owned_descriptor();
  int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }

private:
  int value_;
};

/// The same between two loops: a descriptor that belongs to none.
struct detached_socket {
  owned_descriptor descriptor;
  tls_session tls;
  std::string early;
};

enum class flush_result : std::uint8_t {
  /// Everything was handed to the kernel.
  done,
  /// The socket takes no more now: wait until it is writable.
  blocked,
  /// The connection is broken.
  failed,
};

/// Sends the front of `out` with as few system calls as possible.
flush_result flush_socket(stream_socket& socket, output_queue& out) noexcept;

/// One contiguous copy of a buffer sequence.
template <class Buffers>
std::string copy_buffers(const Buffers& buffers) {
  std::string result(boost::asio::buffer_size(buffers), '\0');
  boost::asio::buffer_copy(boost::asio::buffer(result), buffers);
  return result;
}

} // namespace reliable_signaler::net
