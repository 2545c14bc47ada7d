// A WebSocket client that costs as little as possible. Trusts the server: no fragments, no key
// check.
#pragma once

#include <string>
#include <string_view>

#include "transport.hpp"

namespace reliable_signaler::bench {

class websocket_transport final : public transport, private socket_user {
public:
  websocket_transport(load_context load, const endpoint& server, transport_user& user);

  void send(const packet& what) override { socket_.send(what.frame()); }
  void part(parting how) override;

private:
  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_end(int error) override;
  /// How many of these bytes are done with.
  std::size_t take(std::string_view bytes);
  std::size_t take_response(std::string_view bytes);
  std::size_t take_frame(std::string_view bytes);

  const endpoint& server_;
  transport_user& user_;
  tcp_socket socket_;
  bool upgraded_ = false;
  std::string rest_;
};

} // namespace reliable_signaler::bench
