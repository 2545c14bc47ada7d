// Where a person finds the pages of a server: the addresses to type into a browser.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reliable_signaler::net {

/// The URLs under which a server that listens on `address` and `port` can be reached. If it listens
/// on all addresses: this machine's own name for itself first, then each of its IPv4 addresses.
/// @param address what `--address` says.
std::vector<std::string> page_addresses(const std::string& address, std::uint16_t port, bool tls);

} // namespace reliable_signaler::net
