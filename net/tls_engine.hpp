// One TLS session on a non-blocking socket: OpenSSL directly on the descriptor. It never waits.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstddef>

#include "stream_socket.hpp"

namespace reliable_signaler::net {

/// What a call came to.
enum class tls_status : std::uint8_t {
  done,
  wants_read,  ///< call again when the socket is readable
  wants_write, ///< call again when it is writable
  ended,       ///< the peer closed the session properly
  failed,      ///< the connection is of no use any more
};

/// Reads and writes records through `send` and `recv` on the socket, without buffers of its own
/// between records: an idle session keeps only OpenSSL's state, and can go to another thread as it
/// is.
class tls_engine {
public:
  /// Goes on with `session` if there is one, whatever it has read from until now; else begins as a
  /// server, for which it needs `context`.
  tls_engine(boost::asio::ssl::context* context, tls_session session, int descriptor);

  tls_status handshake() noexcept;
  /// Sets `count` to the bytes that were read; at least one if `done`.
  tls_status read(char* to, std::size_t size, std::size_t& count) noexcept;
  /// Sends the front of `out`, several chunks in one record.
  tls_status write(output_queue& out) noexcept;
  /// Tells the peer that nothing more comes, if the socket takes it now.
  void end_output() noexcept;

  tls_session release() noexcept { return std::move(session_); }

private:
  tls_status status_of(int result) noexcept;

  tls_session session_;
};

} // namespace reliable_signaler::net
