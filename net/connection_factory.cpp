// Makes connections out of sockets, and passes them between shards.
#include "connection_factory.hpp"

#include "shard.hpp"

namespace reliable_signaler::net {

void begin_connection(shard& home, transferred_socket&& socket, const connection_origin& origin) {
  if (home.server().tls && origin.role != connection_role::admin)
    begin_tls_connection(home, std::move(socket), origin);
  else
    begin_plain_connection(home, std::move(socket), origin);
}

void pass_on(shard& target, detached_socket&& socket, const connection_origin& origin) {
  auto work = [to = shard_ptr{&target}, from = std::move(socket), origin]() mutable {
    transferred_socket taken{stream_socket{to->loop().context()}, std::move(from.tls),
                             std::move(from.early)};
    error_code error;
    const auto descriptor = from.descriptor.release();
    taken.socket.assign(origin.peer.protocol(), descriptor, error);
    if (error) {
      const owned_descriptor closes_it{descriptor};
      return;
    }
    begin_connection(*to, std::move(taken), origin);
  };
  target.loop().post(std::move(work));
}

} // namespace reliable_signaler::net
