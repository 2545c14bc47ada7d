// Instantiates connections on plain TCP.
#include "basic_connection.hpp"
#include "connection_factory.hpp"
#include "plain_stream.hpp"

namespace reliable_signaler::net {

void begin_plain_connection(shard& home, transferred_socket&& socket,
                            const connection_origin& origin) {
  using type = basic_connection<plain_stream>;
  boost::intrusive_ptr<type> {
    new type(home, origin, std::move(socket))
    } -> start();
}

} // namespace reliable_signaler::net
