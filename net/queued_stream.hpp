// What the streams below HTTP and WebSocket have in common: a socket, and writing that only queues.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "connection.hpp"
#include "stream_socket.hpp"

namespace reliable_signaler::net {

/// What is written goes to the output queue of its connection, complete at once; the connection
/// flushes it, together with whatever else was queued, at the end of the round. Beast may mix its
/// frames with prebuilt ones because it hands over each of its own in one piece.
class queued_stream {
public:
  using executor_type = stream_socket::executor_type;

  executor_type get_executor() { return socket_.get_executor(); }
  stream_socket& socket() noexcept { return socket_; }

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
  // Asked for by Beast's idea of a stream, never called.
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers);
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers);
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& error);

  /// Bytes that were received but are to be read once more.
  void unread(std::string_view bytes) { early_.insert(0, bytes); }

protected:
  queued_stream(connection& owner, stream_socket&& socket, std::string&& early)
      : owner_(owner), socket_(std::move(socket)), early_(std::move(early)) {}
  ~queued_stream() = default;

  connection& owner_;
  stream_socket socket_;
  std::string early_;
};

} // namespace reliable_signaler::net
