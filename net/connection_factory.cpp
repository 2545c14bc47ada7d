// Makes connections out of sockets, and passes them between shards.
#include "connection_factory.hpp"

#include "limits.hpp"
#include "network.hpp"
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

bool admit_client(shard& home, connection_origin& origin) {
  auto& server = home.server();
  const auto open = server.connections.load(std::memory_order_relaxed) + 1;
  const auto network = network_of(origin.peer.address());
  if (server.options.max_connections_per_address > 0)
    origin.share = server.connections_of_address->take(network);
  const auto of_address = origin.share ? origin.share->number() : 0;
  origin.role = connection_role::client;
  const auto why_not = server.exceeds(open, of_address);
  if (!why_not) return true;
  origin.role = connection_role::refused;
  home.counters().refused_connections.add(1);
  server.log_limit("connections_refused", *why_not, network);
  return (why_not->of_address ? of_address : open) <= why_not->limit + bounds::refused_politely;
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
        if (!admit_client(*to, origin)) return;
        if (auto taken = attach(*to, std::move(from), origin); taken)
          begin_connection(*to, std::move(*taken), origin);
      });
}

} // namespace reliable_signaler::net
