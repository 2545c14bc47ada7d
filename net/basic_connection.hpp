// A connection on one kind of stream: the only code that reads, and the only one that knows Beast.
// Included by one translation unit per stream type.
#pragma once

#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <string>
#include <utility>

#include "connection.hpp"
#include "http_channel.hpp"
#include "server_context.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

/// @tparam Stream an AsyncStream with `handshake`, `flush`, `unread`, `end_output`, `close` and
///         `detach`, see plain_stream.
template <class Stream>
class basic_connection final : public connection {
public:
  template <class... Args>
  basic_connection(shard& home, const connection_origin& origin, Args&&... args)
      : connection(home, origin), stream_(*this, std::forward<Args>(args)...) {}

  bool secure() const noexcept override { return Stream::is_secure; }

  /// To be called once, when somebody holds a reference.
  void start() {
    begin();
    stream_.handshake([self = pointer{this}](error_code error) { self->on_handshake(!error); });
  }

private:
  using pointer = boost::intrusive_ptr<basic_connection>;
  using stream_type = boost::beast::websocket::stream<Stream&, false>;
  using websocket_error = boost::beast::websocket::error;

  /// Most messages fit here; what does not is collected in `rest`, which an idle connection has
  /// not.
  static constexpr std::size_t first_bytes = 384;
  /// A message grows by at least this much, in bytes, and at most by what it has already: what a
  /// client announces costs nothing before it is sent.
  static constexpr std::size_t least_growth = 4'096;

  struct websocket {
    explicit websocket(Stream& below) : stream(below) {}
    stream_type stream;
    std::array<char, first_bytes> first{};
    std::string rest;
    std::size_t rest_size = 0;
  };

  void start_read_http(std::span<char> to) override {
    stream_.async_read_some(boost::asio::buffer(to.data(), to.size()),
                            [self = pointer{this}](error_code error, std::size_t count) {
                              self->on_read_http(!error, count);
                            });
  }

  void start_accept() override {
    namespace beast = boost::beast;
    websocket_ = std::make_unique<websocket>(stream_);
    auto& ws = websocket_->stream;
    // Engine.IO has its own heartbeat, and ends what does not come to its end.
    ws.set_option(beast::websocket::stream_base::timeout{
        beast::websocket::stream_base::none(), beast::websocket::stream_base::none(), false});
    ws.read_message_max(home().server().options.max_payload);
    ws.auto_fragment(false);
    beast::http::request<beast::http::empty_body> request{beast::http::verb::get, "/", 11};
    for (const auto* name :
         {"Host", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key"}) {
      const auto value = http_->request().find(name);
      request.set(name, beast::string_view{value.data(), value.size()});
    }
    error_code error;
    ws.accept(request, error);
    boost::asio::post(stream_.get_executor(),
                      [self = pointer{this}, error] { self->on_accepted(!error); });
  }

  void start_read_frame() override {
    auto& ws = *websocket_;
    auto handler =
        boost::asio::bind_executor(io_loop::soon_executor{home().loop()},
                                   [self = pointer{this}](error_code error, std::size_t count) {
                                     self->on_read_frame(error, count);
                                   });
    if (ws.rest_size == 0) {
      ws.stream.async_read_some(boost::asio::buffer(ws.first), std::move(handler));
      return;
    }
    const auto most = std::max(least_growth, ws.rest_size);
    const auto wanted = std::min(ws.stream.read_size_hint(least_growth), most);
    ws.rest.resize(ws.rest_size + wanted);
    ws.stream.async_read_some(boost::asio::buffer(&ws.rest[ws.rest_size], wanted),
                              std::move(handler));
  }

  void on_read_frame(error_code error, std::size_t count) {
    auto& ws = *websocket_;
    if (error) {
      on_websocket_end(end_of(error));
      return;
    }
    const auto text = ws.stream.got_text();
    if (ws.stream.is_message_done()) {
      if (ws.rest_size == 0) return on_frame(text, {ws.first.data(), count});
      const auto whole = std::move(ws.rest);
      const auto size = std::exchange(ws.rest_size, 0) + count;
      ws.rest = {};
      return on_frame(text, {whole.data(), size});
    }
    if (ws.rest_size == 0) ws.rest.assign(ws.first.data(), count);
    ws.rest_size += count;
    start_read_frame();
  }

  static websocket_end end_of(error_code error) {
    if (error == websocket_error::closed) return websocket_end::closed;
    if (error == websocket_error::message_too_big || error == websocket_error::buffer_overflow)
      return websocket_end::too_large;
    // Everything else that Beast finds is a fault of the client, and was answered by a close frame.
    if (error == websocket_error::bad_frame_payload
        || error == boost::beast::websocket::condition::protocol_violation)
      return websocket_end::malformed;
    return websocket_end::lost;
  }

  void start_close(std::uint16_t code) override {
    websocket_->stream.async_close(boost::beast::websocket::close_reason{code},
                                   [self = pointer{this}](error_code) { self->on_closed(); });
  }

  void start_wait_writable() override {
    stream_.socket().async_wait(stream_socket::wait_write,
                                [self = pointer{this}](error_code e) { self->on_writable(!e); });
  }

  flush_result flush_stream() noexcept override { return stream_.flush(output()); }
  void unread(std::string_view bytes) override { stream_.unread(bytes); }
  void end_output() noexcept override { stream_.end_output(); }
  void close_stream() noexcept override { stream_.close(); }
  detached_socket detach() override { return stream_.detach(); }

  Stream stream_;
  std::unique_ptr<websocket> websocket_;
};

} // namespace reliable_signaler::net
