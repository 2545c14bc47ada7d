// Loads certificate and key, and says in plain words what is wrong with them.
#include "tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

namespace reliable_signaler::net {

namespace {

// ECDHE with AEAD for TLS 1.2 (RFC 7525, section 4.2); those of 1.3 are all fine.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

// Empty if `file` can be read.
std::string read_problem(const std::string& file) {
  auto stream = std::fopen(file.c_str(), "r");
  if (stream == nullptr) return std::strerror(errno);
  // Reading a folder fails only here.
  errno = 0;
  auto first = std::fgetc(stream);
  auto failed = errno;
  std::fclose(stream);
  if (first != EOF) return {};
  return failed != 0 ? std::strerror(failed) : "the file is empty";
}

// The first failure OpenSSL reports, which names the cause; none may stay in the queue for somebody
// else.
std::string take_openssl_error() {
  auto code = ERR_peek_error();
  ERR_clear_error();
  auto reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "unknown error";
}

// Called for keys with a passphrase. OpenSSL would ask for it on the terminal of the server.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

int select_http1(SSL*, const unsigned char** out, unsigned char* out_length,
                 const unsigned char* in, unsigned int in_length, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  auto result = SSL_select_next_proto(&chosen, out_length, ours, sizeof(ours) - 1, in, in_length);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

void configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(context, tls12_ciphers);
  // Tickets carry sessions; a cache here would grow with every visitor.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Idle connections give back about 34 kB of buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, select_http1, nullptr);
}

std::string load(SSL_CTX* context, const std::string& certificate_file,
                 const std::string& key_file) {
  auto problem_with = [](const char* what, const std::string& file, const std::string& why) {
    return std::string{"the TLS "} + what + " '" + file + "' cannot be used: " + why;
  };
  if (auto why = read_problem(certificate_file); !why.empty())
    return problem_with("certificate", certificate_file, why);
  if (auto why = read_problem(key_file); !why.empty()) return problem_with("key", key_file, why);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return problem_with("certificate", certificate_file, take_openssl_error());
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  auto loaded = SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  auto code = ERR_peek_error();
  auto reason = take_openssl_error();
  if (asked) return problem_with("key", key_file, "it is protected by a passphrase");
  if (!loaded && ERR_GET_LIB(code) == ERR_LIB_X509
      && (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH
          || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH))
    return problem_with("key", key_file,
                        "it does not belong to the certificate '" + certificate_file + "'");
  if (!loaded) return problem_with("key", key_file, reason);
  return {};
}

} // namespace

tls_context_result make_tls_context(const std::string& certificate_file,
                                    const std::string& key_file) {
  auto result = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  configure(result->native_handle());
  if (auto error = load(result->native_handle(), certificate_file, key_file); !error.empty())
    return {nullptr, std::move(error)};
  return {std::move(result), {}};
}

} // namespace reliable_signaler::net
