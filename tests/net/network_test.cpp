// Tests of what the limits per address count by.
#include "net/network.hpp"

#define CAF_SUITE net_network
#include "caf/test/unit_test.hpp"

using boost::asio::ip::make_address;
using reliable_signaler::net::network_of;

CAF_TEST(an_ipv4_address_counts_by_itself) {
  CAF_CHECK_EQUAL(network_of(make_address("192.0.2.7")), "192.0.2.7");
  CAF_CHECK_EQUAL(network_of(make_address("::ffff:192.0.2.7")), "192.0.2.7");
}

CAF_TEST(ipv6_addresses_with_the_same_first_64_bits_count_together) {
  CAF_CHECK_EQUAL(network_of(make_address("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
  CAF_CHECK_EQUAL(network_of(make_address("2001:db8:1:2::1")), "2001:db8:1:2::/64");
  CAF_CHECK_EQUAL(network_of(make_address("2001:db8:1:3::1")), "2001:db8:1:3::/64");
  CAF_CHECK_EQUAL(network_of(make_address("fe80::1%lo")), "fe80::/64");
  CAF_CHECK_EQUAL(network_of(make_address("::1")), "::/64");
}
