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
#include "receiving.hpp"

namespace reliable_signaler::net {

using boost::system::error_code;

/// A connected socket of one loop.
class stream_socket
    : public boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                              boost::asio::io_context::executor_type> {
public:
  using base = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                boost::asio::io_context::executor_type>;

  using base::base;
  // Accepted.
  explicit stream_socket(base&& from) noexcept : base(std::move(from)) {}

  /// Like async_read_some with one buffer, which is not empty; see receiving.hpp. Nothing else may
  /// be reading.
  template <class Handler>
  void async_receive_some(boost::asio::mutable_buffer to, Handler handler) {
#ifdef RELIABLE_SIGNALER_SPARES_FUTILE_READS
    using boost::asio::detail::reactor;
    using operation = receive_operation<Handler>;
    auto& data = this->impl_.get_implementation().reactor_data_;
    const bool continues = boost_asio_handler_cont_helpers::is_continuation(handler);
    typename operation::ptr memory{std::addressof(handler), operation::ptr::allocate(handler),
                                   nullptr};
    memory.p = new (memory.v) operation(native_handle(), data, to, handler, get_executor());
    reactor_->start_op(reactor::read_op, native_handle(), data, memory.p, continues, true);
    memory.v = memory.p = nullptr;
#else
    async_read_some(boost::asio::buffer(to), std::move(handler));
#endif
  }

#ifdef RELIABLE_SIGNALER_SPARES_FUTILE_READS
private:
  // To look it up takes a lock and a list: not for each read. It lives as long as its context.
  boost::asio::detail::reactor* reactor_ =
      &boost::asio::use_service<boost::asio::detail::reactor>(get_executor().context());
#endif
};

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
