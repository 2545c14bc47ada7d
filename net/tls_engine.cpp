// One TLS session on a non-blocking socket.
#include "tls_engine.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace reliable_signaler::net {

namespace {

constexpr std::size_t max_record = 16'384; // bytes of plain text (RFC 8446, section 5.1)

int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// OpenSSL's own socket BIO uses write(2), which kills the process when the peer is gone.
int bio_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent =
      ::send(descriptor_of(bio), from, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  const auto received =
      ::recv(descriptor_of(bio), to, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (received < 0 && would_block()) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

long bio_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

BIO* make_bio(int descriptor) {
  auto* bio = BIO_new(socket_method());
  // OpenSSL keeps one pointer for us, and a descriptor fits in it without an allocation.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  return bio;
}

} // namespace

tls_engine::tls_engine(boost::asio::ssl::context* context, tls_session session, int descriptor)
    : session_(session ? std::move(session) : tls_session{SSL_new(context->native_handle())}) {
  if (!session_) return;
  auto* bio = make_bio(descriptor);
  SSL_set_bio(session_.get(), bio, bio);
  SSL_set_mode(session_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                   | SSL_MODE_RELEASE_BUFFERS);
  if (!SSL_is_init_finished(session_.get())) SSL_set_accept_state(session_.get());
}

tls_status tls_engine::status_of(int result) noexcept {
  if (result > 0) return tls_status::done;
  const auto error = SSL_get_error(session_.get(), result);
  ERR_clear_error();
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return tls_status::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return tls_status::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return tls_status::ended;
    default:
      return tls_status::failed;
  }
}

tls_status tls_engine::handshake() noexcept {
  if (!session_) return tls_status::failed;
  return status_of(SSL_do_handshake(session_.get()));
}

tls_status tls_engine::read(char* to, std::size_t size, std::size_t& count) noexcept {
  return status_of(SSL_read_ex(session_.get(), to, size, &count));
}

tls_status tls_engine::write(output_queue& out) noexcept {
  // A repeated write begins with the same bytes, and never has fewer of them: what is at the front
  // of the queue stays there until it is consumed.
  thread_local std::array<char, max_record> record;
  while (!out.empty()) {
    const auto size = out.copy(record.data(), record.size());
    std::size_t sent = 0;
    const auto status = status_of(SSL_write_ex(session_.get(), record.data(), size, &sent));
    if (status != tls_status::done) return status;
    out.consume(sent);
  }
  return tls_status::done;
}

void tls_engine::end_output() noexcept {
  if (!session_ || !SSL_is_init_finished(session_.get())) return;
  SSL_shutdown(session_.get());
  ERR_clear_error();
}

} // namespace reliable_signaler::net
