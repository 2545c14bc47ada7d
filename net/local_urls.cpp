// Under which addresses a person can open the server: asks the kernel for the interfaces.
#include "local_urls.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>

namespace reliable_signaler::net {

std::vector<std::string> local_urls(const std::string& address, std::uint16_t port, bool tls) {
  const auto url = [&](const std::string& host) {
    return std::string{tls ? "https://" : "http://"} + host + ":" + std::to_string(port) + "/";
  };
  if (address != "0.0.0.0" && address != "::")
    return {url(address.find(':') != std::string::npos ? "[" + address + "]" : address)};
  std::vector<std::string> result{url("localhost")};
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return result;
  for (const auto* i = all; i != nullptr; i = i->ifa_next) {
    const auto usable = i->ifa_addr != nullptr && i->ifa_addr->sa_family == AF_INET
                        && (i->ifa_flags & IFF_UP) != 0 && (i->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* in = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
    if (inet_ntop(AF_INET, &in->sin_addr, text.data(), text.size()) != nullptr)
      result.push_back(url(text.data()));
  }
  freeifaddrs(all);
  return result;
}

} // namespace reliable_signaler::net
