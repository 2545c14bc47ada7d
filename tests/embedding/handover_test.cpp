// Connections that the embedder has accepted, and perhaps read from, on their way to the server.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <future>

#include "../net/identity.hpp"
#include "http_client.hpp"
#include "net/accepted_stream.hpp"
#include "net/server.hpp"

#define CAF_SUITE embedding_handover
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

constexpr auto open_polling = "/socket.io/?EIO=4&transport=polling";
constexpr auto upgrade =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";
// A masked text frame with `40`: CONNECT to the root namespace.
constexpr std::string_view connect_frame{
    "\x81\x82\0\0\0\0"
    "40",
    8};

struct fixture {
  fixture() {
    namespace_table table;
    table.of("/");
    net::server_options options;
    options.listen = false;
    options.threads = 2;
    server = std::make_unique<net::server>(options, std::move(table));
    CAF_REQUIRE(!server->start());
    CAF_CHECK_EQUAL(server->port(), 0u);
  }

  std::uint16_t port() const { return acceptor.local_endpoint().port(); }
  tcp::socket accept() { return acceptor.accept(); }

  // The embedder's own server.
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<net::server> server;
};

struct tls_fixture : fixture {
  tls_fixture() {
    const auto chain = own.certificate_pem();
    const auto key = own.key_pem();
    serving.use_certificate_chain(asio::buffer(chain));
    serving.use_private_key(asio::buffer(key), asio::ssl::context::pem);
    asking.set_verify_mode(asio::ssl::verify_none);
  }

  /// A client that has connected and writes `text` right behind its handshake.
  std::future<void> connect(asio::ssl::stream<tcp::socket>& client, std::string text) const {
    client.next_layer().connect({asio::ip::address_v4::loopback(), port()});
    return std::async(std::launch::async, [&client, text = std::move(text)] {
      client.handshake(asio::ssl::stream_base::client);
      asio::write(client, asio::buffer(text));
    });
  }

  identity own;
  asio::ssl::context serving{asio::ssl::context::tls_server};
  asio::ssl::context asking{asio::ssl::context::tls_client};
};

template <class Stream>
std::string read_until(Stream& stream, std::string_view end) {
  std::string got;
  boost::system::error_code error;
  while (!error && got.find(end) == std::string::npos) {
    char c = 0;
    if (asio::read(stream, asio::buffer(&c, 1), error) == 1) got += c;
  }
  return got;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedding_handover_tests, fixture)

CAF_TEST(a_connection_nobody_has_read_from) {
  http_client client{port()};
  CAF_CHECK(!server->take(net::accepted_stream{accept()}));
  client.request(open_polling);
  CAF_CHECK(body_of(client.response()).starts_with("0{\"sid\":"));
  // It stays the server's.
  client.request("/elsewhere");
  CAF_CHECK_EQUAL(status_of(client.response()), 404);
}

CAF_TEST(a_connection_whose_first_bytes_were_read) {
  http_client client{port()};
  client.send(upgrade);
  auto socket = accept();
  std::string begin(20, '\0');
  asio::read(socket, asio::buffer(begin));
  CAF_CHECK(!server->take(net::accepted_stream{std::move(socket), begin}));
  CAF_CHECK_EQUAL(status_of(client.take_until("\r\n\r\n")), 101);
  client.take_until("}");
  client.send(connect_frame);
  CAF_CHECK(client.take_until("}").find("40{\"sid\":") != std::string::npos);
}

CAF_TEST(a_connection_whose_request_was_parsed_with_what_came_behind_it) {
  http_client client{port()};
  client.send(upgrade);
  client.send(connect_frame);
  beast::tcp_stream stream{accept()};
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  while (buffer.size() < std::string_view{upgrade}.size() + connect_frame.size())
    buffer.commit(stream.read_some(buffer.prepare(1'000)));
  http::read(stream, buffer, request);
  CAF_CHECK_EQUAL(buffer.size(), connect_frame.size());
  CAF_CHECK(!server->take(
      net::accepted_stream{std::move(stream), net::received_bytes(request, buffer.data())}));
  CAF_CHECK_EQUAL(status_of(client.take_until("\r\n\r\n")), 101);
  client.take_until("}");
  CAF_CHECK(client.take_until("}").find("40{\"sid\":") != std::string::npos);
}

CAF_TEST(a_request_with_a_body_in_whatever_state) {
  http_client opener{port()};
  CAF_CHECK(!server->take(net::accepted_stream{accept()}));
  opener.request(open_polling);
  const auto open = body_of(opener.response());
  CAF_REQUIRE(open.size() > 40);
  const auto path = std::string{open_polling} + "&sid=" + open.substr(9, open.find('"', 9) - 9);
  {
    http_client whole{port()};
    whole.request(path, "POST", {}, "40");
    auto socket = accept();
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request);
    CAF_CHECK(!server->take(net::accepted_stream{std::move(socket), net::received_bytes(request)}));
    CAF_CHECK_EQUAL(body_of(whole.response()), "ok");
  }
  opener.request(path);
  CAF_CHECK(body_of(opener.response()).starts_with("40{"));
  {
    http_client chunked{port()};
    chunked.request(path, "POST", "Transfer-Encoding: chunked\r\n\r\n1\r\n4\r\n1\r\n2\r\n0\r\n");
    auto socket = accept();
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(socket, buffer, request);
    CAF_CHECK_EQUAL(request.body(), "42");
    request.body() = R"(42["x"])";
    CAF_CHECK(!server->take(net::accepted_stream{std::move(socket), net::received_bytes(request)}));
    CAF_CHECK_EQUAL(body_of(chunked.response()), "ok");
  }
  {
    http_client headed{port()};
    headed.request(path, "POST", {}, R"(42["x"])");
    auto socket = accept();
    beast::flat_buffer buffer;
    http::request_parser<http::empty_body> parser;
    http::read_header(socket, buffer, parser);
    CAF_CHECK(!server->take(
        net::accepted_stream{std::move(socket), net::received_bytes(parser.get(), buffer.data())}));
    CAF_CHECK_EQUAL(body_of(headed.response()), "ok");
  }
  opener.request(path, "POST", {}, "1");
  CAF_CHECK_EQUAL(body_of(opener.response()), "ok");
}

CAF_TEST(what_is_not_connected_is_refused) {
  const auto of_nothing = server->take(net::accepted_stream{tcp::socket{io}});
  CAF_CHECK_EQUAL(of_nothing.value_or(""), "the socket is not connected");
  tcp::socket only_open{io};
  only_open.open(tcp::v4());
  const auto of_open = server->take(net::accepted_stream{std::move(only_open)});
  CAF_CHECK_EQUAL(of_open.value_or(""), "the socket is not connected");
}

CAF_TEST(a_server_that_does_not_run_takes_nothing_and_closes_it) {
  server->stop();
  http_client client{port()};
  CAF_CHECK_EQUAL(server->take(net::accepted_stream{accept()}).value_or(""),
                  "the server does not run");
  CAF_CHECK(client.is_closed());
  CAF_REQUIRE(!server->start());
  http_client again{port()};
  CAF_CHECK(!server->take(net::accepted_stream{accept()}));
  again.request(open_polling);
  CAF_CHECK_EQUAL(status_of(again.response()), 200);
}

CAF_TEST(any_thread_may_hand_over_also_while_the_server_stops) {
  std::vector<std::unique_ptr<http_client>> clients;
  std::vector<std::thread> threads;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<http_client>(port()));
    clients.back()->request(open_polling);
    threads.emplace_back([this, stream = net::accepted_stream{accept()}]() mutable {
      server->take(std::move(stream));
    });
  }
  server->stop();
  for (auto& thread : threads) thread.join();
  for (auto& client : clients) CAF_CHECK(client->is_closed());
  CAF_CHECK_EQUAL(server->counters().connections.load(), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(embedding_handover_tls_tests, tls_fixture)

CAF_TEST(a_tls_stream_goes_on_with_its_session) {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    asio::ssl::stream<tcp::socket> client{io, asking};
    SSL_set_max_proto_version(client.native_handle(), version);
    const auto asked = connect(client, upgrade + std::string{connect_frame});
    beast::ssl_stream<beast::tcp_stream> stream{accept(), serving};
    stream.handshake(asio::ssl::stream_base::server);
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::read(stream, buffer, request);
    asked.wait();
    CAF_CHECK(!server->take(
        net::accepted_stream{std::move(stream), net::received_bytes(request, buffer.data())}));
    CAF_CHECK_EQUAL(status_of(read_until(client, "\r\n\r\n")), 101);
    read_until(client, "}");
    CAF_CHECK(read_until(client, "}").find("40{\"sid\":") != std::string::npos);
    CAF_CHECK(SSL_version(client.native_handle()) == version);
  }
}

CAF_TEST(what_a_tls_stream_has_received_but_nobody_read_is_not_lost) {
  asio::ssl::stream<tcp::socket> client{io, asking};
  // Several records, which arrive together with the first one that is asked for.
  const auto asked = connect(client, "G");
  asio::ssl::stream<tcp::socket> stream{accept(), serving};
  stream.handshake(asio::ssl::stream_base::server);
  asked.wait();
  const std::string_view rest{upgrade + 1};
  for (std::size_t i = 0; i < rest.size(); i += 10)
    asio::write(client, asio::buffer(rest.substr(i, 10)));
  char first = 0;
  asio::read(stream, asio::buffer(&first, 1));
  CAF_CHECK(!server->take(net::accepted_stream{std::move(stream), std::string{first}}));
  CAF_CHECK_EQUAL(status_of(read_until(client, "\r\n\r\n")), 101);
  CAF_CHECK(read_until(client, "}").find("{\"sid\":") != std::string::npos);
}

// What is left of the stream is destroyed where it was, while the session is used elsewhere.
CAF_TEST(a_tls_stream_that_is_left_behind_shares_no_memory_with_its_session) {
  asio::ssl::stream<tcp::socket> client{io, asking};
  const auto asked = connect(client, upgrade);
  asio::ssl::stream<tcp::socket> stream{accept(), serving};
  stream.handshake(asio::ssl::stream_base::server);
  asked.wait();
  const auto* const session = stream.native_handle();
  const net::accepted_stream taken{std::move(stream)};
  CAF_CHECK_EQUAL(taken.error(), "");
  CAF_CHECK(SSL_get_rbio(session) == nullptr);
  CAF_CHECK(SSL_get_wbio(session) == nullptr);
}

CAF_TEST(a_tls_stream_without_its_handshake_is_refused) {
  asio::ssl::stream<tcp::socket> client{io, asking};
  client.next_layer().connect({asio::ip::address_v4::loopback(), port()});
  asio::ssl::stream<tcp::socket> stream{accept(), serving};
  CAF_CHECK_EQUAL(server->take(net::accepted_stream{std::move(stream)}).value_or(""),
                  "the TLS handshake of the stream has not been done, or not as a server");
}

CAF_TEST_FIXTURE_SCOPE_END()
