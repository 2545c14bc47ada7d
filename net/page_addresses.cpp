// Where a person finds the pages of a server.
#include "page_addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <boost/asio/ip/address.hpp>

namespace reliable_signaler::net {

namespace {

// Those of interfaces that are up, without the loopback ones.
std::vector<std::string> own_ipv4_addresses() {
  std::vector<std::string> result;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return result;
  for (const auto* i = all; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET) continue;
    if ((i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0) continue;
    const auto* found = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
    result.push_back(boost::asio::ip::make_address_v4(ntohl(found->sin_addr.s_addr)).to_string());
  }
  freeifaddrs(all);
  return result;
}

} // namespace

std::vector<std::string> page_addresses(const std::string& address, std::uint16_t port, bool tls) {
  boost::system::error_code failed;
  const auto parsed = boost::asio::ip::make_address(address, failed);
  std::vector<std::string> hosts;
  if (failed || parsed.is_unspecified()) {
    hosts = own_ipv4_addresses();
    hosts.insert(hosts.begin(), "localhost");
  } else {
    hosts.push_back(parsed.is_v6() ? "[" + address + "]" : address);
  }
  for (auto& host : hosts) {
    host.insert(0, tls ? "https://" : "http://");
    host += ":" + std::to_string(port) + "/";
  }
  return hosts;
}

} // namespace reliable_signaler::net
