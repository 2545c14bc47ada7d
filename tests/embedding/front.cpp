// An HTTP server of the embedder's own, as Beast's examples write it.
#include "front.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "net/accepted_stream.hpp"

namespace net = reliable_signaler::net;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

struct front::state {
  asio::io_context io;
  tcp::acceptor acceptor{io};
  std::optional<asio::ssl::context> tls;
  net::server* server = nullptr;
  std::string path;
  std::thread thread;

  template <class Stream>
  asio::awaitable<void> serve(Stream stream);
  asio::awaitable<void> begin(tcp::socket socket);
  asio::awaitable<void> accept();
};

template <class Stream>
asio::awaitable<void> front::state::serve(Stream stream) {
  beast::flat_buffer buffer;
  for (;;) {
    http::request<http::string_body> request;
    co_await http::async_read(stream, buffer, request, use_awaitable);
    if (std::string_view{request.target().data(), request.target().size()}.starts_with(path)) {
      auto received = net::received_bytes(request, buffer.data());
      server->take(net::accepted_stream{std::move(stream), std::move(received)});
      co_return;
    }
    http::response<http::string_body> response{http::status::ok, request.version()};
    response.body() = "the front's own page";
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    co_await http::async_write(stream, response, use_awaitable);
    if (!response.keep_alive()) co_return;
  }
}

asio::awaitable<void> front::state::begin(tcp::socket socket) {
  if (!tls) {
    co_await serve(beast::tcp_stream{std::move(socket)});
    co_return;
  }
  beast::ssl_stream<beast::tcp_stream> stream{std::move(socket), *tls};
  co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
  co_await serve(std::move(stream));
}

asio::awaitable<void> front::state::accept() {
  for (;;) {
    auto socket = co_await acceptor.async_accept(use_awaitable);
    // Whoever goes away in between has ended only himself.
    asio::co_spawn(io, begin(std::move(socket)), asio::detached);
  }
}

front::front(const net::server_options& options, const net::logger& log)
    : state_(std::make_unique<state>()) {
  const tcp::endpoint endpoint{asio::ip::make_address(options.address), options.port};
  state_->acceptor.open(endpoint.protocol());
  state_->acceptor.bind(endpoint);
  state_->acceptor.listen();
  state_->path = options.path;
  if (!options.tls_certificate.empty()) {
    state_->tls.emplace(asio::ssl::context::tls_server);
    state_->tls->use_certificate_chain_file(options.tls_certificate);
    state_->tls->use_private_key_file(options.tls_key, asio::ssl::context::pem);
  }
  log.info("listening",
           {{"port", state_->acceptor.local_endpoint().port()}, {"tls", state_->tls.has_value()}});
}

front::~front() {
  stop();
}

void front::run(net::server& server) {
  state_->server = &server;
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  state_->thread = std::thread{[this] { state_->io.run(); }};
}

void front::stop() {
  state_->io.stop();
  if (state_->thread.joinable()) state_->thread.join();
}
