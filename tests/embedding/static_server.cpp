// A program whose server is a static object: it still serves while the program ends, when statics
// that the library has made later are gone. A test: exits with 0 if all is well.
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <iostream>
#include <string>

#include "actors/dialects/reliable_signaler.hpp"
#include "http_client.hpp"
#include "net/io_scheduler.hpp"
#include "net/server.hpp"

namespace rs = reliable_signaler;

namespace {

/// A client that connects, opens a room, speaks, and goes; returns what it was answered last.
std::string visit(std::uint16_t port) {
  http_client client{port};
  std::string path = "/socket.io/?EIO=4&transport=polling";
  client.request(path);
  const auto open = body_of(client.response());
  const auto at = open.find(R"("sid":")");
  if (at == std::string::npos) return "no session: " + open;
  path += "&sid=" + open.substr(at + 7, open.find('"', at + 7) - at - 7);
  std::string heard;
  for (const auto* packets :
       {"40", R"(421["keep-in-server","den"])", R"(422["leave-room","den"])"}) {
    client.request(path, "POST", {}, packets);
    client.response();
    client.request(path);
    heard = body_of(client.response());
  }
  client.request(path, "POST", {}, "1");
  client.response();
  return heard;
}

struct config : caf::actor_system_config {
  config() { load<rs::net::io_scheduler>(); }
};

rs::namespace_table namespaces() {
  rs::namespace_table result;
  rs::install_reliable_signaler(result.of("/"));
  return result;
}

rs::net::server_options options() {
  rs::net::server_options result;
  result.address = "127.0.0.1";
  result.port = 0;
  return result;
}

void require_good(const std::string& heard) {
  if (heard == R"(432[{"ok":true}])") return;
  std::cerr << "heard: " << heard << std::endl;
  _exit(1);
}

// Never destroyed: what CAF 0.17 keeps for the main thread is gone before static objects are, and
// an actor system that ends then frees it once more.
config& our_config = *new config;
caf::actor_system& our_system = *new caf::actor_system{our_config};
rs::net::server our_server{options(), our_system, namespaces()};

/// Ends before the server, and after what was made while main ran.
const struct last_guest {
  ~last_guest() { require_good(visit(our_server.port())); }
} guest;

} // namespace

int main() {
  if (const auto failure = our_server.start()) {
    std::cerr << failure->text << std::endl;
    return 1;
  }
  require_good(visit(our_server.port()));
}
