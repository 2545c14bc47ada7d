// A connection that an embedder's own server has accepted: taking socket and TLS session out of it.
#include "accepted_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace reliable_signaler::net {

namespace {

// Decrypts what Asio has received, so that nothing is left in its buffers. (What is incomplete
// OpenSSL keeps itself.)
bool drain(SSL* session, std::string& to) {
  std::array<char, 4'096> bytes;
  for (;;) {
    std::size_t count = 0;
    const auto result = SSL_read_ex(session, bytes.data(), bytes.size(), &count);
    const auto status = SSL_get_error(session, result);
    ERR_clear_error();
    if (result == 1)
      to.append(bytes.data(), count);
    else
      // After a proper end of the session what was said before is still to be read.
      return status == SSL_ERROR_WANT_READ || status == SSL_ERROR_ZERO_RETURN;
  }
}

} // namespace

accepted_stream::accepted_stream(accepted_stream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      session_(std::exchange(other.session_, nullptr)),
      received_(std::move(other.received_)),
      peer_(std::move(other.peer_)),
      error_(std::move(other.error_)) {}

accepted_stream::~accepted_stream() {
  SSL_free(session_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void accepted_stream::take_descriptor(int descriptor) {
  descriptor_ = descriptor;
  auto size = static_cast<socklen_t>(peer_.capacity());
  if (descriptor < 0 || ::getpeername(descriptor, peer_.data(), &size) != 0) {
    if (error_.empty()) error_ = "the socket is not connected";
    return;
  }
  peer_.resize(size);
}

void accepted_stream::take_session(SSL* session) {
  if (!SSL_is_init_finished(session) || SSL_is_server(session) == 0) {
    error_ = "the TLS handshake of the stream has not been done, or not as a server";
    return;
  }
  SSL_up_ref(session);
  session_ = session;
  SSL_set_options(session, SSL_OP_NO_RENEGOTIATION);
  if (!drain(session, received_))
    error_ = "the TLS session of the stream is broken";
  else if (BIO_wpending(SSL_get_wbio(session)) > 0)
    error_ = "a write on the TLS stream is still under way";
  // The stream has the other half of the session's pair of BIOs. Two threads must not free the two:
  // each clears a pointer in the other, which may be gone by then. So this half goes here.
  SSL_set_bio(session, nullptr, nullptr);
}

} // namespace reliable_signaler::net
