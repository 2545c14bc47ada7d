// An OpenSSL context for the listener from PEM files. It performs no handshake.
#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace reliable_signaler::net {

/// Either a context or one sentence that says which file is wrong and how.
struct tls_context_result {
  std::shared_ptr<boost::asio::ssl::context> context; ///< shared by all connections; read-only
  std::string error;                                  ///< empty if there is a context
};

/// A server context: TLS 1.2 and 1.3, forward secrecy and AEAD ciphers only, no renegotiation, no
/// compression, session tickets on. ALPN answers `http/1.1`, since that is all we speak.
/// @param certificate_file PEM: the server's certificate, then the rest of its chain.
/// @param key_file PEM: its private key, without a passphrase.
tls_context_result make_tls_context(const std::string& certificate_file,
                                    const std::string& key_file);

} // namespace reliable_signaler::net
