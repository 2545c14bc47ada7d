// The layer below HTTP and WebSocket on TLS: like plain_stream, with OpenSSL in between.
#pragma once

#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <utility>

#include "queued_stream.hpp"
#include "tls_engine.hpp"

namespace reliable_signaler::net {

/// An AsyncStream for Beast, see queued_stream. What is queued leaves in records of up to 16 KiB.
class tls_stream : public queued_stream {
public:
  static constexpr bool is_secure = true;

  tls_stream(connection& owner, transferred_socket&& from, boost::asio::ssl::context* context)
      : queued_stream(owner, std::move(from.socket), std::move(from.early)),
        engine_(context, std::move(from.tls), socket_.native_handle()) {}

  /// Calls back inside the call if there is nothing to wait for.
  template <class Handler>
  void handshake(Handler handler) {
    const auto status = engine_.handshake();
    if (status != tls_status::wants_read && status != tls_status::wants_write) {
      handler(error_of(status));
      return;
    }
    wait_for(status, [this, handler = std::move(handler)](error_code error) mutable {
      if (error)
        handler(error);
      else
        handshake(std::move(handler));
    });
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(error_code, std::size_t)>(
        read_operation{*this, first_of(buffers)}, token, socket_);
  }

  flush_result flush(output_queue& out) noexcept {
    switch (engine_.write(out)) {
      case tls_status::done:
        return flush_result::done;
      case tls_status::wants_write:
        return flush_result::blocked;
      // Renegotiation is off: there is nothing that a write could have to read for.
      default:
        return flush_result::failed;
    }
  }

  void end_output() noexcept {
    engine_.end_output();
    error_code ignored;
    socket_.shutdown(stream_socket::shutdown_send, ignored);
  }

  void close() noexcept {
    engine_.end_output();
    error_code ignored;
    socket_.close(ignored);
  }

  detached_socket detach() {
    error_code ignored;
    auto session = engine_.release();
    return {owned_descriptor{socket_.release(ignored)}, std::move(session), std::move(early_)};
  }

private:
  template <class Buffers>
  static boost::asio::mutable_buffer first_of(const Buffers& buffers) {
    for (auto i = boost::asio::buffer_sequence_begin(buffers);
         i != boost::asio::buffer_sequence_end(buffers); ++i)
      if (boost::asio::mutable_buffer{*i}.size() > 0) return *i;
    return {};
  }

  static error_code error_of(tls_status status) {
    if (status == tls_status::done) return {};
    if (status == tls_status::ended) return boost::asio::error::eof;
    return boost::asio::error::connection_reset;
  }

  template <class Handler>
  void wait_for(tls_status status, Handler handler) {
    socket_.async_wait(
        status == tls_status::wants_read ? stream_socket::wait_read : stream_socket::wait_write,
        std::move(handler));
  }

  tls_status read_now(boost::asio::mutable_buffer to, std::size_t& count) {
    if (early_.empty() && to.size() > 0)
      return engine_.read(static_cast<char*>(to.data()), to.size(), count);
    count = boost::asio::buffer_copy(to, boost::asio::buffer(early_));
    early_.erase(0, count);
    return tls_status::done;
  }

  struct read_operation {
    tls_stream& stream;
    boost::asio::mutable_buffer to;
    bool waited = false;
    bool finished = false;
    error_code result{};
    std::size_t count = 0;

    template <class Self>
    void operator()(Self& self, error_code error = {}) {
      if (finished || error) {
        self.complete(error ? error : result, count);
        return;
      }
      const auto status = stream.read_now(to, count);
      if (status == tls_status::wants_read || status == tls_status::wants_write) {
        waited = true;
        stream.wait_for(status, std::move(self));
        return;
      }
      result = error_of(status);
      finished = true;
      // Never completes inside the call that began it.
      if (waited)
        self.complete(result, count);
      else
        boost::asio::post(stream.get_executor(), std::move(self));
    }
  };

  tls_engine engine_;
};

template <class Handler>
void async_teardown(boost::beast::role_type, tls_stream& stream, Handler&& handler) {
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_handler(std::forward<Handler>(handler), error_code{}));
}
inline void beast_close_socket(tls_stream& stream) {
  stream.close();
}

} // namespace reliable_signaler::net
