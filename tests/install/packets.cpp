// A program that reads the body of a polling request by the protocols alone, with no actor in it.
#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

#include <reliable_signaler/net/wire/engine_io.hpp>
#include <reliable_signaler/net/wire/socket_io_session.hpp>

namespace wire = reliable_signaler::wire;

int main() {
  const wire::wire_limits limits;
  wire::socket_io_session session{limits, std::chrono::steady_clock::now()};
  // CONNECT to `/`, then an event with two bytes beside its text.
  std::string body =
      "40\x1e"
      "451-[\"file\",{\"_placeholder\":true,\"num\":0}]\x1e"
      "b/wA=";
  std::string heard;
  wire::incoming what;
  wire::payload_reader packets{body, limits};
  for (wire::engine_packet packet; packets.next(packet);) {
    const auto error = packet.binary ? session.on_binary(std::string{packet.data}, what)
                                     : session.on_text(packet.data, what);
    if (error != wire::wire_error::none) return 1;
    if (what.what == wire::incoming::kind::connect) session.accepted(what.nsp);
    if (what.what == wire::incoming::kind::event)
      heard = std::string{what.name} + " " + std::to_string(what.attachments.at(0).size());
  }
  std::cout << heard << '\n';
  return heard == "file 2" && packets.error() == wire::wire_error::none ? 0 : 1;
}
