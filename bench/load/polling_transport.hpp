// Engine.IO over HTTP polling: one connection for GETs, one for POSTs, both kept alive.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "transport.hpp"

namespace reliable_signaler::bench {

/// One kept-alive connection with at most one request on its way. Understands Content-Length only.
class http_exchange final : private socket_user {
public:
  struct callbacks {
    std::function<void(int status, std::string_view body)> on_answer;
    std::function<void(int error)> on_end;
  };

  http_exchange(load_context load, const endpoint& server, callbacks user);
  void request(std::string_view text);
  void close() noexcept { socket_.close(); }
  void reset() noexcept { socket_.reset(); }

private:
  void on_open() override {}
  void on_bytes(std::string_view bytes) override;
  void on_end(int error) override { user_.on_end(error); }

  callbacks user_;
  tcp_socket socket_;
  std::string received_;
};

class polling_transport final : public transport {
public:
  polling_transport(load_context load, const endpoint& server, transport_user& user);

  void send(const packet& what) override;
  void part(parting how) override;

private:
  void poll();
  void post();
  void on_polled(int status, std::string_view body);
  void on_posted(int status);
  void give_up(const std::string& reason);

  load_context load_;
  const endpoint& server_;
  transport_user& user_;
  http_exchange polls_;
  std::unique_ptr<http_exchange> posts_;
  std::string query_;
  std::string queue_;
  bool posting_ = false;
  bool leaving_ = false;
  bool gone_ = false;
};

} // namespace reliable_signaler::bench
