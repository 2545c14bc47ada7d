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

} // namespace reliable_signaler::net
