// Accepts connections for one loop.
#include "listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <utility>

#include "connection_factory.hpp"
#include "limits.hpp"

namespace reliable_signaler::net {

namespace {

using boost::asio::ip::tcp;

using defer_accept = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_DEFER_ACCEPT>;

std::string text_of(const tcp_endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  const auto port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

std::string sentence(const tcp_endpoint& endpoint, const error_code& error) {
  if (error == boost::asio::error::address_in_use)
    return "cannot listen on " + text_of(endpoint) + ": the port is busy, another server uses it";
  return "cannot listen on " + text_of(endpoint) + ": " + error.message();
}

bool is_shortage(const error_code& error) {
  namespace errc = boost::system::errc;
  return error == errc::too_many_files_open || error == errc::too_many_files_open_in_system
         || error == errc::no_buffer_space || error == errc::not_enough_memory;
}

} // namespace

listener::listener(shard& home, connection_role role)
    : home_(&home), role_(role), acceptor_(home.loop().context()), pause_(home.loop().context()) {}

error_code listener::prepare(const tcp_endpoint& endpoint) {
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
  if (endpoint.address().is_v6()) acceptor_.set_option(boost::asio::ip::v6_only(false), error);
  // Accepted sockets inherit it, which saves a system call for each of them.
  acceptor_.set_option(tcp::no_delay(true), error);
  if (error) return error;
  tell_what_is_left(acceptor_.native_handle());
  // A connection comes to us together with its first bytes, which saves a wakeup and a futile read.
  acceptor_.set_option(defer_accept(bounds::silence_before_accept), error);
  return {}; // works without
}

error_code listener::listen(const tcp_endpoint& endpoint) {
  error_code error;
  acceptor_.bind(endpoint, error);
  // Two that may reuse the address can both bind; listening is what only one can.
  if (!error) acceptor_.listen(bounds::accept_backlog, error);
  return error;
}

error_code listener::share() {
  using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  error_code error;
  acceptor_.set_option(reuse_port(true), error);
  return error;
}

std::string listener::open(tcp_endpoint& endpoint) {
  auto error = prepare(endpoint);
  if (!error) error = listen(endpoint);
  if (!error) error = share();
  if (error) return sentence(endpoint, error);
  endpoint.port(acceptor_.local_endpoint(error).port());
  return {};
}

std::string listener::open_beside_first(const tcp_endpoint& endpoint) {
  auto error = prepare(endpoint);
  if (!error) error = share();
  if (!error) error = listen(endpoint);
  return error ? sentence(endpoint, error) : std::string{};
}

void listener::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void listener::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(home_->loop().context(), peer_,
                         [self = listener_ptr{this}](error_code error, stream_socket::base socket) {
                           self->on_accept(error, stream_socket{std::move(socket)});
                         });
}

void listener::on_accept(error_code error, stream_socket socket) {
  if (is_shortage(error)) return wait_for_descriptors(error);
  if (error) return accept(); // the client gave up meanwhile, or the listener is closed
  short_of_descriptors_ = false;
  connection_origin origin{peer_, role_};
  if (role_ == connection_role::client && !admit_client(*home_, origin)) return accept();
  begin_connection(*home_, {std::move(socket), {}, {}}, origin);
  accept();
}

void listener::wait_for_descriptors(error_code error) {
  if (!std::exchange(short_of_descriptors_, true))
    home_->server().log.error("accept_failed", {{"error", error.message()}});
  pause_.expires_after(bounds::descriptor_pause);
  pause_.async_wait([self = listener_ptr{this}](error_code cancelled) {
    if (!cancelled) self->accept();
  });
}

} // namespace reliable_signaler::net
