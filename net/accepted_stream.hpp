// A connection that an embedder's own server has accepted, on its way to ours: plain or TLS.
#pragma once

#include <openssl/types.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <sstream>
#include <string>
#include <utility>

namespace reliable_signaler::net {

/// What has been read of a connection already: a request whose head, or head and body, was parsed,
/// and the bytes `behind` it that were received too (what is left in the read buffer). For a
/// request of which only the head was parsed (`http::empty_body`), what has come of its body is
/// part of `behind`.
template <class Body, class Fields, class Bytes>
std::string received_bytes(const boost::beast::http::request<Body, Fields>& parsed,
                           const Bytes& behind) {
  std::ostringstream out;
  out << parsed;
  const auto size = boost::asio::buffer_size(behind);
  auto result = std::move(out).str();
  const auto head = result.size();
  result.resize(head + size);
  boost::asio::buffer_copy(boost::asio::buffer(result.data() + head, size), behind);
  return result;
}
template <class Body, class Fields>
std::string received_bytes(const boost::beast::http::request<Body, Fields>& parsed) {
  return received_bytes(parsed, boost::asio::const_buffer{});
}

/// Takes the socket out of the stream it is made of, together with everything the stream has
/// buffered; see server::take. Nothing may be under way on that stream, and it is to be called
/// where the stream may be used (its strand). What is left behind may only be destroyed. If nobody
/// takes an accepted_stream it closes the connection. A value for any thread.
///
/// `received` is what was read from the stream already and is to be read once more, beginning with
/// the request: raw bytes, or received_bytes(). Of a TLS stream: of what was decrypted.
class accepted_stream {
public:
  template <class Executor>
  explicit accepted_stream(
      boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>&& socket,
      std::string received = {})
      : received_(std::move(received)) {
    take(socket);
  }
  template <class Executor, class RatePolicy>
  explicit accepted_stream(
      boost::beast::basic_stream<boost::asio::ip::tcp, Executor, RatePolicy>&& stream,
      std::string received = {})
      : received_(std::move(received)) {
    take(stream);
  }
  /// The TLS handshake must have been done, as a server. The session goes on as it is, with the
  /// certificate and the settings of the stream's context.
  template <class Next>
  explicit accepted_stream(boost::asio::ssl::stream<Next>&& stream, std::string received = {})
      : received_(std::move(received)) {
    take_session(stream.native_handle());
    take(stream.next_layer());
  }
  template <class Next>
  explicit accepted_stream(boost::beast::ssl_stream<Next>&& stream, std::string received = {})
      : received_(std::move(received)) {
    take_session(stream.native_handle());
    take(stream.next_layer());
  }

  accepted_stream(accepted_stream&& other) noexcept;
  accepted_stream& operator=(accepted_stream&&) = delete;
  ~accepted_stream();

  /// Why it cannot be taken, in one sentence; empty if it can.
  const std::string& error() const noexcept { return error_; }

private:
  friend class adoption;

  template <class Executor>
  void take(boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>& socket) {
    boost::system::error_code failed;
    take_descriptor(socket.is_open() ? socket.release(failed) : -1);
  }
  template <class Executor, class RatePolicy>
  void take(boost::beast::basic_stream<boost::asio::ip::tcp, Executor, RatePolicy>& stream) {
    auto socket = stream.release_socket();
    take(socket);
  }
  void take_descriptor(int descriptor);
  void take_session(SSL* session);

  int descriptor_ = -1;
  SSL* session_ = nullptr;
  std::string received_;
  boost::asio::ip::tcp::endpoint peer_;
  std::string error_;
};

} // namespace reliable_signaler::net
