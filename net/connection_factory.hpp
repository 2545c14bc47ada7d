// Makes connections out of sockets, plain or TLS, and passes them between shards. Beast stays
// behind it.
#pragma once

#include "connection.hpp"
#include "stream_socket.hpp"

namespace reliable_signaler::net {

/// Begins a connection on `home`, whose thread is calling: TLS if the server has it and the role is
/// not admin.
void begin_connection(shard& home, transferred_socket&& socket, const connection_origin& origin);

/// The same on the thread of `target`, soon. Any thread.
void pass_on(shard& target, detached_socket&& socket, const connection_origin& origin);

// One translation unit each, since each of them instantiates Beast.
void begin_plain_connection(shard& home, transferred_socket&& socket,
                            const connection_origin& origin);
void begin_tls_connection(shard& home, transferred_socket&& socket,
                          const connection_origin& origin);

} // namespace reliable_signaler::net
