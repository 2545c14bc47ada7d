// The server's end of one simulated connection: the machines of net/wire between transports that
// are values and the connection actor. It stands in for net::session, without loops and sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/signaler.hpp"
#include "net/outbound_packet.hpp"
#include "net/wire/engine_session.hpp"
#include "net/wire/socket_io_session.hpp"

namespace reliable_signaler::sim {

/// What travels to the client, in answers and as bytes of its WebSocket.
struct downstream {
  /// Of the pending GET: its payload, or nothing that can be read when it was refused.
  struct answer {
    bool ok = true;
    std::string payload;
  };
  std::optional<answer> to_get;
  std::optional<answer> to_post;
  std::string frames;
  /// The WebSocket's close frame stands behind its bytes.
  bool socket_closes = false;

  void clear() { *this = {}; }
};

/// What the simulation's server may have in work of one client before it stops reading.
inline constexpr int inbound_events_max = 4;

class served_session final : public session_port {
public:
  using time_point = wire::engine_session::time_point;

  /// `limits` and `down` must outlive the session; after detach() nobody looks at `down`. `address`
  /// is where the client comes from.
  served_session(signaler& server, const wire::wire_limits& limits, const std::string& address,
                 wire::transport first, downstream& down, time_point now);

  // -- what comes in: see net::session and net::engine_endpoint

  void begin();
  void on_get(time_point now);
  void on_post_begin();
  void on_post_body(std::string body, time_point now);
  /// What a page that goes says when it has broken off all that it had under way, by itself.
  void on_farewell(std::string body, time_point now);
  bool open_probe(time_point now);
  void on_frame(bool text, std::string_view bytes, time_point now);
  void on_requests_aborted();
  void on_socket_closed();
  void tick(time_point now);
  /// When tick() is next wanted.
  time_point deadline() const;
  /// The process ends.
  void cut_off();
  /// The end of a round: what is queued goes out.
  void flush();
  /// Work that had to wait for room goes on.
  void resume();

  /// The client is out of reach: what is written from now on is lost.
  void detach() { down_ = nullptr; }

  bool has_ended() const { return ended_.has_value(); }
  std::optional<wire::close_reason> ended() const { return ended_; }
  bool is_dirty() const { return dirty_ && !ended_; }
  bool may_read() const { return in_flight_ < inbound_events_max; }
  bool may_resume() const { return post_waits_ && may_read() && !ended_; }
  /// Events of the client that somebody still works on.
  int in_flight() const { return in_flight_; }
  /// The socket that lives on this connection by the server's word; "" when none does.
  const std::string& living() const { return living_; }
  const connection_actor& actor() const { return actor_; }

  // -- session_port

  void write(encoded_ptr packet) override;
  bool congested() const noexcept override { return dirty_; }
  void namespace_accepted(std::string nsp) override;
  void namespace_refused(std::string nsp) override;
  void namespace_disconnected(std::string nsp) override;
  void close(close_cause cause) override;
  void take_credit() override { ++in_flight_; }
  void return_credit() override { --in_flight_; }

private:
  void perform(wire::engine_actions actions);
  void perform_polling(const wire::engine_action& action);
  void perform_socket(const wire::engine_action& action);
  void answer_get(std::string_view text, bool with_queue);
  void send_text(std::string_view text);
  void push_frames(const net::outbound_packet& packet);
  bool deliver(const wire::engine_action& action);
  void deliver_early();
  bool take_up(wire::wire_error error);
  void refuse_packet();
  void end(wire::close_reason reason);
  void take_post();

  wire::engine_session engine_;
  wire::socket_io_session socket_io_;
  wire::incoming incoming_;
  downstream* down_;
  connection_actor actor_;
  std::vector<net::packet_ptr> queue_;
  time_point now_;
  bool has_get_ = false;
  bool has_post_ = false;
  bool post_waits_ = false;
  bool has_probe_ = false;
  bool dirty_ = false;
  int in_flight_ = 0;
  std::string living_;
  std::optional<wire::close_reason> ended_;
};

} // namespace reliable_signaler::sim
