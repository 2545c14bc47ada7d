// Chooses the transport.
#include "transport.hpp"

#include <cstring>

#include "polling_transport.hpp"
#include "websocket_transport.hpp"

namespace reliable_signaler::bench {

std::unique_ptr<transport> open_transport(transport_kind kind, load_context load,
                                          const endpoint& server, transport_user& user) {
  if (kind == transport_kind::polling)
    return std::make_unique<polling_transport>(load, server, user);
  return std::make_unique<websocket_transport>(load, server, user);
}

std::string reason_of(int error) {
  return error == 0 ? "closed by the server" : std::strerror(error);
}

} // namespace reliable_signaler::bench
