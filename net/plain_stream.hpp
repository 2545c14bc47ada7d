// The layer below HTTP and WebSocket on plain TCP: reads pass through, writes are gathered.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "connection.hpp"
#include "stream_socket.hpp"

namespace reliable_signaler::net {

/// An AsyncStream for Beast. What is written goes to the output queue of its connection, complete
/// at once; the connection flushes it, together with whatever else was queued, at the end of the
/// round. Beast may mix its frames with prebuilt ones because it hands over each of its own in one
/// piece.
class plain_stream {
public:
  using executor_type = stream_socket::executor_type;
  static constexpr bool is_secure = false;

  plain_stream(connection& owner, transferred_socket&& from)
      : owner_(owner), socket_(std::move(from.socket)), early_(std::move(from.early)) {}

  executor_type get_executor() { return socket_.get_executor(); }
  stream_socket& socket() noexcept { return socket_; }

  template <class Handler>
  void handshake(Handler handler) {
    handler(error_code{});
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& to) {
          if (early_.empty()) {
            // One buffer, since recv is cheaper than recvmsg; Beast's second one is mostly empty.
            const boost::asio::mutable_buffer first{*boost::asio::buffer_sequence_begin(to)};
            socket_.async_read_some(boost::asio::buffer(first), std::move(handler));
            return;
          }
          const auto count = boost::asio::buffer_copy(to, boost::asio::buffer(early_));
          early_.erase(0, count);
          boost::asio::post(get_executor(),
                            boost::beast::bind_handler(std::move(handler), error_code{}, count));
        },
        token, buffers);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& from) {
          const auto [error, count] = owner_.take_written(copy_buffers(from));
          boost::asio::post(get_executor(),
                            boost::beast::bind_handler(std::move(handler), error, count));
        },
        token, buffers);
  }

  // Beast's accept has nothing to wait for, since writing only queues.
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& error) {
    std::size_t count = 0;
    std::tie(error, count) = owner_.take_written(copy_buffers(buffers));
    return count;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers);
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers);
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error);

  /// Sends what the socket takes.
  flush_result flush(output_queue& out) noexcept { return flush_socket(socket_, out); }

  /// Bytes that were received but are to be read once more.
  void unread(std::string_view bytes) { early_.insert(0, bytes); }

  /// Nothing more will be written.
  void end_output() noexcept {
    error_code ignored;
    socket_.shutdown(stream_socket::shutdown_send, ignored);
  }

  void close() noexcept {
    error_code ignored;
    socket_.close(ignored);
  }

  /// Takes the socket out of this loop; nothing may be pending on it.
  detached_socket detach() {
    error_code ignored;
    return {owned_descriptor{socket_.release(ignored)}, {}, std::move(early_)};
  }

private:
  connection& owner_;
  stream_socket socket_;
  std::string early_;
};

// Found by Beast: it closes nothing itself, its connection does, when the queue has been sent.
template <class Handler>
void async_teardown(boost::beast::role_type, plain_stream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_handler(std::forward<Handler>(handler), error_code{}));
}
inline void beast_close_socket(plain_stream& stream) {
  stream.close();
}

} // namespace reliable_signaler::net
