// One Engine.IO session: between the connections that carry it and the actor that serves it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "../actors/messages.hpp"
#include "../actors/namespaces.hpp"
#include "../actors/ports.hpp"
#include "connection.hpp"
#include "deadline_queue.hpp"
#include "io_loop.hpp"
#include "outbound_packet.hpp"
#include "polling_exchange.hpp"
#include "session_id.hpp"
#include "wire/engine_session.hpp"
#include "wire/socket_io_session.hpp"

namespace reliable_signaler::net {

/// The write side for actors, whatever the transport is now; the read side for connections. Lives
/// on the loop where it was opened; everything but the port's members is for that loop's thread.
///
/// Kept alive by its shard until it is over, and by whoever holds the port. It keeps its WebSocket
/// alive.
class session final : public session_port, public flushable, public deadline_item {
public:
  session(shard& home, const session_id& id, wire::transport first, handshake_ptr handshake);
  ~session() override;

  const session_id& id() const noexcept { return id_; }

  // -- polling -----------------------------------------------------------------------------------

  /// The opening of a session that begins with this GET.
  void begin_polling(polling_exchange_ptr exchange);
  void on_polling(polling_step step, const polling_exchange_ptr& exchange, std::string body);

  // -- WebSocket ---------------------------------------------------------------------------------

  /// The opening of a session that begins on this WebSocket.
  void begin_websocket(connection& socket);
  /// Whether `socket` may become the session's WebSocket; then it is the probe.
  bool open_probe(connection& socket);
  void on_frame(connection& from, bool text, std::string_view bytes);
  void on_websocket_end(connection& from, websocket_end how);
  /// False while too many events are unfinished; `resume_reading` of the connection follows.
  bool may_read(const connection& from) noexcept;

  /// Whether the WebSocket's output waits for the client to read.
  void on_output_waits(bool waits) noexcept { socket_waits_.store(waits); }

  // -- the server --------------------------------------------------------------------------------

  /// Ends the session at once.
  void cut_off();

  // -- session_port: any thread ------------------------------------------------------------------

  void write(encoded_ptr packet) override;
  bool congested() const noexcept override {
    return queue_waits_.load() || socket_waits_.load() || inbox_waits_.load();
  }
  void namespace_accepted(std::string nsp) override;
  void namespace_refused(std::string nsp) override;
  void namespace_disconnected(std::string nsp) override;
  void close(close_cause cause) override;
  /// Closes because the server stops; who understands it is told when to come back.
  void drain(const drain_connection& when);
  void take_credit() override;
  void return_credit() override;

  // -- io_loop -----------------------------------------------------------------------------------

  void flush() noexcept override;
  time_point on_deadline(time_point now) override;

private:
  using clock = std::chrono::steady_clock;

  /// What other threads asked for, in their order.
  struct command {
    enum class kind : std::uint8_t { write, accepted, refused, disconnected, close };
    kind what;
    close_cause cause;
    encoded_ptr packet;
    std::string nsp;
  };

  void submit(command x);
  void drain_inbox();
  void execute(command& x);
  void append(packet_ptr packet);
  std::size_t waiting_bytes() const noexcept;
  bool is_much(std::size_t bytes) const noexcept;
  void drop_queue() noexcept;

  // Performing what the machine says. `current` is the request that was just handed in, if any.
  void perform(wire::engine_actions& actions, polling_exchange* current = nullptr);
  void perform_http(const wire::engine_action& action, polling_exchange* current);
  void perform_websocket(const wire::engine_action& action);
  void answer_get(std::string_view text, bool with_queue);
  bool deliver(const wire::engine_action& action);
  bool take_up(wire::wire_error error, wire::incoming& what);
  void deliver_early();
  void send_up(wire::incoming& what);
  void end(wire::close_reason reason);
  static void take_request(polling_exchange_ptr& pending, const polling_exchange_ptr& exchange,
                           const wire::engine_actions& actions);
  void take_post();
  bool has_room() noexcept;
  void resume();
  void schedule();

  const caf::intrusive_ptr<shard> home_;
  const session_id id_;
  handshake_ptr handshake_;
  wire::engine_session engine_;
  wire::socket_io_session socket_io_;
  connection_actor actor_;
  address_counts::share_ptr share_; // null where addresses are not bounded

  std::vector<packet_ptr> queue_;
  std::size_t queue_bytes_ = 0;
  connection_ptr socket_;
  connection_ptr probe_;
  polling_exchange_ptr get_;
  polling_exchange_ptr post_;
  polling_exchange_ptr second_post_; // see wire::engine_session
  bool transport_failed_ = false;
  bool post_waits_ = false; // for events in flight
  bool ended_ = false;

  std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<bool> paused_{false};
  // What congested() says, to any thread. The first two are written by the home loop.
  std::atomic<bool> queue_waits_{false};
  std::atomic<bool> socket_waits_{false};
  std::atomic<bool> inbox_waits_{false};

  std::atomic<bool> inbox_used_{false};
  std::mutex inbox_mutex_;
  std::vector<command> inbox_; // guarded, like the next ones
  std::size_t inbox_bytes_ = 0;
  bool inbox_closed_ = false;
};

using session_ptr = caf::intrusive_ptr<session>;

} // namespace reliable_signaler::net
