// A program with a server in it, for the end-to-end tests: handlers on the public API alone.
//   embedding_server [--front] OPTION...
// The options are the standalone server's. With --front the program has an HTTP server of its own
// and hands connections over.
#include <pthread.h>

#include <algorithm>
#include <caf/actor_system.hpp>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "actors/dialects/reliable_signaler.hpp"
#include "front.hpp"
#include "handlers.hpp"
#include "net/http_fallback.hpp"
#include "net/options.hpp"
#include "net/server.hpp"

namespace net = reliable_signaler::net;

namespace {

void answer(const net::beast_request& request, const net::http_reply& reply) {
  if (request.target() == "/throw") throw std::runtime_error{"a page that fails"};
  net::beast_response response{boost::beast::http::status::ok, request.version()};
  response.body() = std::string{request.method_string()} + " " + std::string{request.target()};
  reply.send(response);
}

int serve(net::server_config& config, bool with_front, const sigset_t& end_signals) {
  auto options = config.options();
  const auto log =
      net::logger::to_stderr(reliable_signaler::log_level::info, net::log_format::json);
  std::optional<front> own;
  if (with_front) {
    own.emplace(options, log);
    options.listen = false;
    options.tls_certificate.clear();
    options.tls_key.clear();
  }
  reliable_signaler::namespace_table namespaces;
  reliable_signaler::install_reliable_signaler(namespaces.of("/"));
  caf::actor_system system{config};
  embedding::handlers handlers{namespaces, system};
  net::server server{options, system, std::move(namespaces), log};
  handlers.serve(server);
  server.set_fallback({answer});
  if (const auto failure = server.start(); failure) {
    std::cerr << failure->text << '\n';
    return 1;
  }
  if (own) own->run(server);
  int signal = 0;
  sigwait(&end_signals, &signal);
  if (own) own->stop();
  server.stop();
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  sigset_t end_signals;
  sigemptyset(&end_signals);
  sigaddset(&end_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end_signals, nullptr);
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto with_front = std::erase(arguments, "--front") > 0;
  net::server_config config;
  if (const auto outcome = config.parse_arguments(std::move(arguments)); outcome.exit_code) {
    std::cerr << outcome.text << '\n';
    return *outcome.exit_code;
  }
  return serve(config, with_front, end_signals);
}
