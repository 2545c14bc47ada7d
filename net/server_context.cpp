// What all parts of one running server share.
#include "server_context.hpp"

#include "../actors/signaler.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

server_context::server_context() = default;
server_context::~server_context() = default;

} // namespace reliable_signaler::net
