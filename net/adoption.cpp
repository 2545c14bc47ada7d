// Begins a connection on what an embedder's own server has accepted.
#include "adoption.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

#include "accepted_stream.hpp"
#include "connection_factory.hpp"
#include "receiving.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

std::string adoption::begin(shard& home, accepted_stream&& stream) {
  auto from = std::move(stream); // closes what is not taken below
  if (!from.error().empty()) return from.error();
  connection_origin origin{from.peer_};
  origin.plain = from.session_ == nullptr;
  detached_socket socket{owned_descriptor{std::exchange(from.descriptor_, -1)},
                         tls_session{std::exchange(from.session_, nullptr)},
                         std::move(from.received_)};
  const int on = 1;
  // Works without.
  ::setsockopt(socket.descriptor.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  tell_what_is_left(socket.descriptor.get());
  pass_in(home, std::move(socket), origin);
  return {};
}

} // namespace reliable_signaler::net
