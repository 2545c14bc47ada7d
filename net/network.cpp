// Networks by their addresses.
#include "network.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>

namespace reliable_signaler::net {

std::string network_of(const boost::asio::ip::address& address) {
  using namespace boost::asio::ip;
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return make_address_v4(v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), std::uint8_t{0});
  return make_address_v6(bytes).to_string() + "/64";
}

} // namespace reliable_signaler::net
