// One accepted socket: HTTP first, then perhaps a WebSocket. What it does with bytes, not how they
// move.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "../actors/address_counts.hpp"
#include "deadline_queue.hpp"
#include "io_loop.hpp"
#include "output_queue.hpp"
#include "stream_socket.hpp"

namespace reliable_signaler {
struct handshake;
}

namespace reliable_signaler::net {

class http_channel;
class session;
class shard;

/// Links a connection into its shard.
using connection_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<class connection_list>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

/// What a connection is for.
enum class connection_role : std::uint8_t {
  client,  ///< of the public listener
  refused, ///< the same over the limit: every request is answered with 503
  admin,   ///< of the admin listener
};

/// What is known of a connection when it begins.
struct connection_origin {
  boost::asio::ip::tcp::endpoint peer;
  connection_role role = connection_role::client;
  /// Was given to us without TLS, whatever our listeners speak.
  bool plain = false;
  /// Counts it for its network address; null where that is not bounded.
  address_counts::share_ptr share = {};
};

/// How a WebSocket came to its end.
enum class websocket_end : std::uint8_t {
  closed,    ///< by the client, with a close frame
  lost,      ///< the connection broke
  malformed, ///< the client did not speak WebSocket, or sent text that is not UTF-8
  too_large, ///< the client sent a message over the limit
};

/// One accepted TCP connection. Belongs to one loop, with everything in it. The shard keeps it
/// until it is finished; handlers on their way keep the memory a little longer.
///
/// Outbound bytes are queued by `enqueue` and friends and sent at the end of the loop's round.
class connection : public flushable, public deadline_item, public connection_hook {
public:
  ~connection() override;

  shard& home() const noexcept { return *home_; }
  const connection_origin& origin() const noexcept { return origin_; }
  virtual bool secure() const noexcept = 0;

  // -- output ------------------------------------------------------------------------------------

  output_queue& output() noexcept { return output_; }
  /// Queues bytes for the end of this round.
  void enqueue(chunk piece);
  /// To be called after something was pushed to `output`.
  void output_grew(std::size_t before);
  /// Bytes that wait for the socket.
  std::size_t queued_bytes() const noexcept { return output_.bytes(); }
  /// Sends now instead of at the end of the round. Never calls back.
  void flush() noexcept override;

  /// A write of Beast's: queued, at once complete. Fails when too much waits already.
  std::pair<error_code, std::size_t> take_written(std::string bytes);

  // -- for its HTTP half -------------------------------------------------------------------------

  /// Reads once into the channel's buffer, unless a read is on its way.
  void read_http();
  bool reading() const noexcept { return reading_; }
  /// Looks at requests that were received before it was their turn.
  void continue_http();
  /// Sends what is queued, then closes. `linger`: the client is still sending, so wait until it has
  /// had the chance to read, or the answer would be lost in a reset.
  void close_after_output(bool linger);
  /// The present request becomes a WebSocket: of a new session, or with `of` its probe.
  void accept_websocket(caf::intrusive_ptr<session> of, std::shared_ptr<const handshake> handshake);
  /// This connection goes on in another shard, with the present request to be read once more.
  void hand_over(shard& target);
  /// Closes at once.
  void finish();
  /// The server is going away: closes, unless somebody waits for an answer or a close.
  void end_if_idle();

  // -- for sessions ------------------------------------------------------------------------------

  /// Queues one text frame.
  void send_text(std::string_view text);
  /// Sends what is queued, then a close frame; later frames of the client count for nothing.
  void close_websocket(std::uint16_t code);
  /// Cuts the client off; the session hears nothing of it.
  void abandon();
  /// Reading had paused and may go on.
  void resume_reading();

  // -- time --------------------------------------------------------------------------------------

  /// Replaces the deadline; `deadline_queue::never` for none.
  void set_deadline(time_point when);
  time_point on_deadline(time_point now) override;

protected:
  enum class phase : std::uint8_t {
    handshake, ///< TLS
    http,
    upgrading, ///< the answer to the upgrade is being sent
    websocket,
    closing,   ///< our close frame is sent, the client's is awaited
    lingering, ///< HTTP is over, the client's end is awaited
    finished,
  };

  connection(shard& home, connection_origin origin);

  friend void intrusive_ptr_add_ref(connection* x) noexcept { ++x->references_; }
  friend void intrusive_ptr_release(connection* x) noexcept {
    if (--x->references_ == 0) destroy(x);
  }

  // What basic_connection does on its stream. `start_*` never call back inside the call.
  virtual void start_read_http(std::span<char> to) = 0;
  virtual void start_accept() = 0;
  virtual void start_read_frame() = 0;
  virtual void start_close(std::uint16_t code) = 0;
  virtual void start_wait_writable() = 0;
  virtual flush_result flush_stream() noexcept = 0;
  virtual void unread(std::string_view bytes) = 0;
  virtual void end_output() noexcept = 0;
  virtual void close_stream() noexcept = 0;
  virtual detached_socket detach() = 0;

  // What basic_connection reports.
  void on_handshake(bool ok);
  void on_read_http(bool ok, std::size_t count);
  void on_accepted(bool ok);
  void on_frame(bool text, std::string_view bytes);
  void on_websocket_end(websocket_end how);
  void on_closed();
  void on_writable(bool ok);

  /// Takes the connection into its shard and begins with the TLS handshake or the first request.
  void begin();

  phase phase_ = phase::handshake;
  bool reading_ = false;
  std::unique_ptr<http_channel> http_; // until it is a WebSocket

private:
  static void destroy(connection* x) noexcept;
  void finish_after_output();
  void on_output_sent();
  void read_frames();

  const caf::intrusive_ptr<shard> home_;
  connection_origin origin_;
  std::uint32_t references_ = 0; // one thread only, hence no atomic
  output_queue output_;
  time_point deadline_ = deadline_queue::never;
  std::size_t unsent_ = 0;                     // bytes, when the deadline was set
  caf::intrusive_ptr<session> session_;        // of a WebSocket
  std::shared_ptr<const handshake> handshake_; // while upgrading to a new session
  std::uint16_t close_code_ = 0;               // wanted while upgrading
  bool waits_writable_ = false;
  bool ends_after_output_ = false;
  bool lingers_ = false;
  bool paused_ = false;
};

using connection_ptr = boost::intrusive_ptr<connection>;

} // namespace reliable_signaler::net
