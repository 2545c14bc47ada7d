// Takes URLs apart and resolves their hosts.
#include "endpoint.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <cstring>
#include <memory>
#include <string_view>

#include "failure.hpp"

namespace reliable_signaler::bench {

bool endpoint::is_loopback4() const noexcept {
  if (address.ss_family != AF_INET) return false;
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return ntohl(in.sin_addr.s_addr) >> 24 == 127;
}

// Both families keep the port at the same place.
std::uint16_t endpoint::port() const noexcept {
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  return ntohs(in.sin_port);
}

void endpoint::set_port(std::uint16_t port) noexcept {
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof in);
  in.sin_port = htons(port);
  std::memcpy(&address, &in, sizeof in);
}

endpoint parse_endpoint(const std::string& url) {
  std::string_view rest = url;
  if (rest.starts_with("https:")) throw failure(exit_usage, "TLS is not measured: " + url);
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  const auto slash = rest.find('/');
  endpoint result;
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    result.path = rest.substr(slash);
    if (!result.path.ends_with('/')) result.path += '/';
  }
  result.host = rest.substr(0, slash);
  const auto colon = result.host.rfind(':');
  if (colon == std::string::npos || colon + 1 == result.host.size() || colon == 0)
    throw failure(exit_usage, "no HOST:PORT in '" + url + "'");
  auto host = result.host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (auto error = getaddrinfo(host.c_str(), result.host.c_str() + colon + 1, &hints, &found))
    throw failure(exit_usage, "'" + result.host + "': " + gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{found, freeaddrinfo};
  std::memcpy(&result.address, found->ai_addr, found->ai_addrlen);
  result.length = found->ai_addrlen;
  return result;
}

} // namespace reliable_signaler::bench
