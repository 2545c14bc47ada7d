// What the limits per address count by.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

namespace reliable_signaler::net {

/// The address itself, or of an IPv6 address its first 64 bits, `2001:db8:1:2::/64`: one customer
/// has at least so many (RFC 6177). An IPv4 address that an IPv6 socket maps counts as what it is.
std::string network_of(const boost::asio::ip::address& address);

} // namespace reliable_signaler::net
