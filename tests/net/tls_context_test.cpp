// Contexts from files made here, and handshakes in memory. No sockets.
#include "net/tls_context.hpp"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "identity.hpp"
#include "temporary_folder.hpp"

#define CAF_SUITE net_tls_context
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;

namespace {

using ssl_ptr = std::unique_ptr<SSL, freed<SSL_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freed<SSL_CTX_free>>;

struct fixture {
  temporary_folder folder;
  identity own;
  std::string certificate = folder.write("cert.pem", own.certificate_pem());
  std::string key = folder.write("key.pem", own.key_pem());

  // What a client gets that offers versions from `least` to `most`.
  struct handshake {
    bool done = false;
    int version = 0;
    std::string alpn;
    std::string cipher;
  };

  static ssl_ptr client(SSL_CTX* c, int least, int most) {
    SSL_CTX_set_min_proto_version(c, least);
    SSL_CTX_set_max_proto_version(c, most);
    static constexpr unsigned char offers[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(c, offers, sizeof(offers) - 1);
    return ssl_ptr{SSL_new(c)};
  }

  handshake shake(boost::asio::ssl::context& context, int least, int most,
                  const char* ciphers = "ALL") {
    context_ptr client_context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_cipher_list(client_context.get(), ciphers);
    auto a = client(client_context.get(), least, most);
    ssl_ptr b{SSL_new(context.native_handle())};
    BIO *left = nullptr, *right = nullptr;
    BIO_new_bio_pair(&left, 0, &right, 0);
    SSL_set_bio(a.get(), left, left);
    SSL_set_bio(b.get(), right, right);
    SSL_set_connect_state(a.get());
    SSL_set_accept_state(b.get());
    int x = 0, y = 0;
    for (int i = 0; i < 10 && (x != 1 || y != 1); ++i) {
      x = SSL_do_handshake(a.get());
      y = SSL_do_handshake(b.get());
    }
    handshake result{x == 1 && y == 1, SSL_version(a.get()), {}, SSL_get_cipher_name(a.get())};
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(a.get(), &chosen, &size);
    result.alpn.assign(chosen, chosen + size);
    return result;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_tls_context_tests, fixture)

CAF_TEST(a_context_speaks_tls_1_2_and_1_3_and_nothing_older) {
  auto made = make_tls_context(certificate, key);
  CAF_CHECK_EQUAL(made.error, "");
  CAF_REQUIRE(made.context);
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto h = shake(*made.context, version, version);
    CAF_CHECK(h.done);
    CAF_CHECK_EQUAL(h.version, version);
    CAF_CHECK_EQUAL(h.alpn, "http/1.1");
  }
  CAF_CHECK(!shake(*made.context, TLS1_VERSION, TLS1_1_VERSION, "ALL:@SECLEVEL=0").done);
}

CAF_TEST(ciphers_without_forward_secrecy_or_authentication_are_refused) {
  auto made = make_tls_context(certificate, key);
  CAF_REQUIRE(made.context);
  for (auto ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"})
    CAF_CHECK(!shake(*made.context, TLS1_2_VERSION, TLS1_2_VERSION, ciphers).done);
  CAF_CHECK(
      shake(*made.context, TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256").done);
}

CAF_TEST(a_chain_and_a_key_may_share_one_file) {
  auto both = folder.write("both.pem", own.certificate_pem() + own.key_pem());
  CAF_CHECK_EQUAL(make_tls_context(both, both).error, "");
}

CAF_TEST(what_is_wrong_with_a_file_is_said_with_its_name) {
  auto error = [](const std::string& c, const std::string& k) {
    auto made = make_tls_context(c, k);
    CAF_CHECK(!made.context);
    return made.error;
  };
  auto missing = (folder.path() / "none.pem").string();
  auto empty = folder.write("empty.pem", "");
  auto garbage = folder.write("garbage.pem", "not a certificate");
  auto other = folder.write("other.pem", identity{}.key_pem());
  auto locked = folder.write("locked.pem", own.key_pem("word"));
  CAF_CHECK_EQUAL(error(missing, key), "the TLS certificate '" + missing
                                           + "' cannot be used: No such file or directory");
  CAF_CHECK_EQUAL(error(certificate, missing),
                  "the TLS key '" + missing + "' cannot be used: No such file or directory");
  CAF_CHECK_EQUAL(
      error(folder.path().string(), key),
      "the TLS certificate '" + folder.path().string() + "' cannot be used: Is a directory");
  CAF_CHECK_EQUAL(error(certificate, empty),
                  "the TLS key '" + empty + "' cannot be used: the file is empty");
  CAF_CHECK_EQUAL(error(garbage, key),
                  "the TLS certificate '" + garbage + "' cannot be used: no start line");
  CAF_CHECK(
      error(certificate, garbage).starts_with("the TLS key '" + garbage + "' cannot be used: "));
  CAF_CHECK(error(certificate, certificate)
                .starts_with("the TLS key '" + certificate + "' cannot be used: "));
  CAF_CHECK_EQUAL(error(certificate, other),
                  "the TLS key '" + other
                      + "' cannot be used: it does not belong to the certificate '" + certificate
                      + "'");
  CAF_CHECK_EQUAL(error(certificate, locked),
                  "the TLS key '" + locked + "' cannot be used: it is protected by a passphrase");
}

CAF_TEST_FIXTURE_SCOPE_END()
