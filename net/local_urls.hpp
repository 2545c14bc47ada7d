// Under which addresses a person on this machine or network can open the server.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reliable_signaler::net {

/// For an address that stands for all: `localhost` and the addresses of this machine's interfaces
/// that are up; otherwise the address itself.
std::vector<std::string> local_urls(const std::string& address, std::uint16_t port, bool tls);

} // namespace reliable_signaler::net
