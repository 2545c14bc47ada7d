// How what is queued leaves a TLS session: in how many records and system calls.
#include "net/tls_engine.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "identity.hpp"
#include "record_pair.hpp"

#define CAF_SUITE net_tls_engine
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;

namespace {

/// A session whose handshake was in memory, on a connection that keeps system calls apart.
struct fixture {
  fixture() {
    const auto chain = own.certificate_pem();
    const auto key = own.key_pem();
    serving.use_certificate_chain(boost::asio::buffer(chain));
    serving.use_private_key(boost::asio::buffer(key), boost::asio::ssl::context::pem);
    tls_session session{SSL_new(serving.native_handle())};
    SSL_set_num_tickets(session.get(), 0); // nobody would give them to the client
    SSL_set_accept_state(session.get());
    SSL_set_connect_state(client.get());
    BIO *left = nullptr, *right = nullptr;
    BIO_new_bio_pair(&left, 0, &right, 0);
    SSL_set_bio(client.get(), left, left);
    SSL_set_bio(session.get(), right, right);
    for (int i = 0; i < 10 && SSL_is_init_finished(session.get()) == 0; ++i) {
      SSL_do_handshake(client.get());
      SSL_do_handshake(session.get());
    }
    CAF_REQUIRE(SSL_is_init_finished(session.get()) != 0);
    SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    engine = std::make_unique<tls_engine>(nullptr, std::move(session), line.tested());
  }

  /// What the client reads out of the bytes of one system call.
  std::string read(const std::string& call) const {
    BIO_write(SSL_get_rbio(client.get()), call.data(), static_cast<int>(call.size()));
    std::string result;
    std::string bytes(20'000, '\0');
    std::size_t count = 0;
    while (SSL_read_ex(client.get(), bytes.data(), bytes.size(), &count) == 1)
      result.append(bytes, 0, count);
    return result;
  }

  identity own;
  boost::asio::ssl::context serving{boost::asio::ssl::context::tls_server};
  boost::asio::ssl::context asking{boost::asio::ssl::context::tls_client};
  tls_session client{SSL_new(asking.native_handle())};
  record_pair line;
  std::unique_ptr<tls_engine> engine;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_tls_engine_tests, fixture)

CAF_TEST(what_is_queued_leaves_in_one_system_call_for_each_16384_bytes) {
  const auto calls_for = [&](std::size_t bytes) {
    output_queue out;
    std::string said;
    for (std::size_t at = 0; at < bytes; at += 64) {
      const auto letter = static_cast<char>('a' + at / 64 % 26);
      const std::string piece(std::min<std::size_t>(64, bytes - at), letter);
      said += piece;
      out.push(make_chunk(piece));
    }
    CAF_CHECK(engine->write(out) == tls_status::done);
    CAF_CHECK(out.empty());
    std::string heard;
    const auto calls = line.arrived();
    for (const auto& call : calls) heard += read(call);
    CAF_CHECK(heard == said);
    return calls.size();
  };
  CAF_CHECK_EQUAL(calls_for(0), 0u);
  CAF_CHECK_EQUAL(calls_for(1), 1u);
  CAF_CHECK_EQUAL(calls_for(16'384), 1u);
  CAF_CHECK_EQUAL(calls_for(16'385), 2u);
  CAF_CHECK_EQUAL(calls_for(40'000), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
