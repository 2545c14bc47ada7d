// Accepts connections for one loop. What they say is nothing to it.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <string>

#include "connection.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

using tcp_endpoint = boost::asio::ip::tcp::endpoint;

/// One listening socket of one loop. Several loops of a server listen on the same endpoint.
class listener : public boost::intrusive_ref_counter<listener> {
public:
  listener(shard& home, connection_role role);

  /// Binds and listens; returns one sentence, empty if that worked. Sets the port if it was 0. Any
  /// thread, before `start`.
  ///
  /// The first listener of a server has the endpoint for itself, so that a busy port is noticed,
  /// and is `shared` with the others of the same server from then on. (With SO_REUSEPORT from the
  /// beginning a second server would get half of the connections, and nobody would know.)
  std::string open(tcp_endpoint& endpoint);
  std::string open_beside_first(const tcp_endpoint& endpoint);
  shard& home() const noexcept { return *home_; }
  /// From the loop's thread.
  void start() { accept(); }
  void stop();

private:
  using executor = boost::asio::io_context::executor_type;

  error_code prepare(const tcp_endpoint& endpoint);
  error_code listen(const tcp_endpoint& endpoint);
  error_code share();
  void accept();
  void on_accept(error_code error, stream_socket socket);
  void wait_for_descriptors(error_code error);

  const shard_ptr home_;
  const connection_role role_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, executor> acceptor_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, executor>
      pause_;
  tcp_endpoint peer_; // of the connection that is accepted next
  bool short_of_descriptors_ = false;
};

using listener_ptr = boost::intrusive_ptr<listener>;

} // namespace reliable_signaler::net
