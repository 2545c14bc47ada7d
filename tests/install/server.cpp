// A program as an embedder writes it: a server with a handler, greeted over loopback.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <reliable_signaler/actors/dialects/reliable_signaler.hpp>
#include <reliable_signaler/actors/json_arguments.hpp>
#include <reliable_signaler/actors/socket.hpp>
#include <reliable_signaler/net/io_scheduler.hpp>
#include <reliable_signaler/net/server.hpp>

namespace rs = reliable_signaler;

namespace {

// What a GET answers, or nothing.
std::string get(std::uint16_t port, const std::string& target) {
  const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const auto request =
        "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char buffer[4096];
    if (::send(peer, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()))
      for (ssize_t n = 0; (n = ::recv(peer, buffer, sizeof buffer, 0)) > 0;)
        answer.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(peer);
  return answer;
}

} // namespace

int main() {
  caf::actor_system_config config;
  config.load<rs::net::io_scheduler>();
  caf::actor_system system{config};
  rs::namespace_table namespaces;
  rs::install_reliable_signaler(namespaces.of("/"));
  namespaces.of("/echo").on(
      "say", [](rs::socket&, const rs::event_ptr& what, const rs::acknowledgement& ack) {
        ack.send(rs::make_answer(rs::argument(*what, 0)));
      });
  rs::net::server_options options;
  options.address = "127.0.0.1";
  options.port = 0;
  rs::net::server server{options, system, std::move(namespaces)};
  if (const auto failure = server.start(); failure) {
    std::cerr << failure->text << '\n';
    return 1;
  }
  const auto answer = get(server.port(), "/socket.io/?EIO=4&transport=polling");
  server.stop();
  std::cout << answer << '\n';
  return answer.find("\r\n\r\n0{\"sid\":\"") != std::string::npos ? 0 : 1;
}
