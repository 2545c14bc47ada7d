// Makes connections out of sockets, plain or TLS, and passes them between shards. Beast stays
// behind it.
#pragma once

#include "connection.hpp"
#include "stream_socket.hpp"

namespace reliable_signaler::net {

/// Sets as what one more client may come: as a client or to be refused; false: not at all. To be
/// asked on the thread of `home`, just before the connection begins.
bool admit_client(shard& home, connection_origin& origin);

/// Begins a connection on `home`, whose thread is calling: TLS if it has been negotiated, or else
/// if the server has it and neither origin nor role forbid it.
void begin_connection(shard& home, transferred_socket&& socket, const connection_origin& origin);

/// The same on the thread of `target`, soon. Any thread.
void pass_on(shard& target, detached_socket&& socket, const connection_origin& origin);
/// The same for a client that has not been admitted yet.
void pass_in(shard& target, detached_socket&& socket, connection_origin origin);

// One translation unit each, since each of them instantiates Beast.
void begin_plain_connection(shard& home, transferred_socket&& socket,
                            const connection_origin& origin);
void begin_tls_connection(shard& home, transferred_socket&& socket,
                          const connection_origin& origin);

} // namespace reliable_signaler::net
