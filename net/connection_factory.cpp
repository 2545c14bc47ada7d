// Makes connections out of sockets, and passes them between shards.
#include "connection_factory.hpp"

#include "limits.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

/// The socket, on the thread of `home`; closed if that does not work.
std::optional<transferred_socket> attach(shard& home, detached_socket&& from,
                                         const connection_origin& origin) {
  transferred_socket taken{stream_socket{home.loop().context()}, std::move(from.tls),
                           std::move(from.early)};
  error_code error;
  const auto descriptor = from.descriptor.release();
  taken.socket.assign(origin.peer.protocol(), descriptor, error);
  if (!error) return taken;
  const owned_descriptor closes_it{descriptor};
  return std::nullopt;
}

/// Where a connection travels to. On its way it counts as alive: a server that ends waits for it.
class destination {
public:
  explicit destination(shard& to) : to_(&to) { to.server().alive.fetch_add(1); }
  destination(destination&&) noexcept = default;
  destination& operator=(destination&&) = delete;
  ~destination() {
    if (to_) to_->server().alive.fetch_sub(1);
  }
  shard& operator*() const noexcept { return *to_; }

private:
  shard_ptr to_;
};

} // namespace

std::optional<connection_role> admit_client(shard& home) {
  auto& server = home.server();
  const auto open = server.connections.load(std::memory_order_relaxed);
  if (open < server.options.max_connections) return connection_role::client;
  home.counters().refused_connections.add(1);
  if (server.limit_reached.first_time())
    server.log.warning("connections_refused", {{"limit", server.options.max_connections},
                                               {"option", "--max-connections"}});
  if (open >= server.options.max_connections + bounds::refused_politely) return std::nullopt;
  return connection_role::refused;
}

void begin_connection(shard& home, transferred_socket&& socket, const connection_origin& origin) {
  const auto wants_tls =
      home.server().tls && origin.role != connection_role::admin && !origin.plain;
  if (socket.tls || wants_tls)
    begin_tls_connection(home, std::move(socket), origin);
  else
    begin_plain_connection(home, std::move(socket), origin);
}

void pass_on(shard& target, detached_socket&& socket, const connection_origin& origin) {
  target.loop().post([to = destination{target}, from = std::move(socket), origin]() mutable {
    if (auto taken = attach(*to, std::move(from), origin); taken)
      begin_connection(*to, std::move(*taken), origin);
  });
}

void pass_in(shard& target, detached_socket&& socket, connection_origin origin) {
  target.loop().post(
      [to = shard_ptr{&target}, from = std::move(socket), origin = std::move(origin)]() mutable {
        const auto role = admit_client(*to);
        if (!role) return;
        origin.role = *role;
        if (auto taken = attach(*to, std::move(from), origin); taken)
          begin_connection(*to, std::move(*taken), origin);
      });
}

} // namespace reliable_signaler::net
