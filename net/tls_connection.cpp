// Instantiates connections on TLS.
#include "basic_connection.hpp"
#include "connection_factory.hpp"
#include "tls_stream.hpp"

namespace reliable_signaler::net {

void begin_tls_connection(shard& home, transferred_socket&& socket,
                          const connection_origin& origin) {
  using type = basic_connection<tls_stream>;
  boost::intrusive_ptr<type> {
    new type(home, origin, std::move(socket), home.server().tls.get())
    } -> start();
}

} // namespace reliable_signaler::net
