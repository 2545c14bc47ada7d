// The layer below HTTP and WebSocket on plain TCP: reads pass through, writes are gathered.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <utility>

#include "queued_stream.hpp"

namespace reliable_signaler::net {

/// An AsyncStream for Beast, see queued_stream.
class plain_stream : public queued_stream {
public:
  static constexpr bool is_secure = false;

  plain_stream(connection& owner, transferred_socket&& from)
      : queued_stream(owner, std::move(from.socket), std::move(from.early)) {}

  template <class Handler>
  void handshake(Handler handler) {
    handler(error_code{});
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Buffers& to) {
          if (early_.empty()) {
            // One buffer: Beast's second one is mostly empty.
            const boost::asio::mutable_buffer first{*boost::asio::buffer_sequence_begin(to)};
            socket_.async_receive_some(first, std::move(handler));
            return;
          }
          const auto count = boost::asio::buffer_copy(to, boost::asio::buffer(early_));
          early_.erase(0, count);
          boost::asio::post(get_executor(),
                            boost::beast::bind_handler(std::move(handler), error_code{}, count));
        },
        token, buffers);
  }

  /// Sends what the socket takes.
  flush_result flush(output_queue& out) noexcept { return flush_socket(socket_, out); }

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
