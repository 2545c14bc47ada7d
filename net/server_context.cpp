// What all parts of one running server share.
#include "server_context.hpp"

#include <algorithm>

#include "../actors/signaler.hpp"
#include "pending_request.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

server_context::server_context() = default;
server_context::~server_context() = default;

std::size_t server_context::max_body() const noexcept {
  return fallback ? std::max(options.max_payload, fallback->max_body()) : options.max_payload;
}

std::optional<server_context::exceeded_limit> server_context::exceeds(
    std::size_t in_all, std::size_t of_address) const {
  if (in_all > options.max_connections)
    return exceeded_limit{"--max-connections", options.max_connections, false};
  const auto most = options.max_connections_per_address;
  if (most > 0 && of_address > most)
    return exceeded_limit{"--max-connections-per-address", most, true};
  return std::nullopt;
}

void server_context::log_limit(std::string_view event, const exceeded_limit& what,
                               const std::string& network) {
  auto& line = what.of_address ? address_limit_reached : limit_reached;
  if (line.first_time())
    log.warning(event, {{"limit", what.limit}, {"option", what.option}, {"network", network}});
}

} // namespace reliable_signaler::net
