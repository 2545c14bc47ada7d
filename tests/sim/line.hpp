// One simulated connection: a client's Engine.IO end as engine.io-client has it, the bytes that
// travel, and the server's end. What travels arrives when move() says so, or never.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "served_session.hpp"

namespace reliable_signaler::sim {

/// A Socket.IO packet's text, or an attachment.
struct message {
  bool text = true;
  std::string bytes;
};

/// How a connection breaks.
struct breakage {
  /// The server hears of it, if it has anything on the connection to hear it by.
  bool server_notices = true;
  bool client_notices = true;
  /// What the client had sent still arrives.
  bool upstream_arrives = false;
  /// But late: when nothing else moves any more.
  bool is_slow = false;
};

class line {
public:
  using time_point = served_session::time_point;
  using picker = std::function<std::size_t(std::size_t)>;

  /// Called from move() and pass(); not any more once the client has let go of the line.
  struct listener {
    virtual ~listener() = default;
    virtual void on_open() = 0;
    virtual void on_message(const message& what) = 0;
    virtual void on_lost() = 0;
  };

  /// `server`, `limits` and `client` must outlive it.
  line(signaler& server, const wire::wire_limits& limits, listener& client, std::string address,
       bool on_websocket, time_point now);
  ~line();
  line(const line&) = delete;
  line& operator=(const line&) = delete;

  // -- the client

  void send(message what);
  /// Tries a WebSocket, if it is on polling and has not tried yet.
  void begin_upgrade();
  /// The WebSocket is lost before anything depends on it.
  void lose_probe();
  /// Leaves the namespace, if it is in it, says that it goes, and is gone. `by_itself`: what a page
  /// that polls says travels apart from its requests, which are broken off.
  void say_goodbye(bool is_connected, bool by_itself);

  // -- the network

  void cut(const breakage& how);
  /// The client finds out that it was cut off.
  void notice();
  bool can_move() const;
  /// One of the things on their way arrives.
  void move(const picker& pick);
  /// Time has passed.
  void pass(time_point now);

  bool is_cut() const { return cut_; }
  /// The client has had the word that it is there, and has sent its CONNECT.
  bool is_open() const { return open_; }
  bool is_slow() const { return slow_; }
  void is_slow_no_longer() { slow_ = false; }
  /// The client still counts on it.
  bool is_held() const { return client_ != nullptr; }
  /// The server has never heard of it, or has forgotten it.
  bool is_over() const;
  const served_session* server_end() const { return server_.get(); }

private:
  enum class upgrade { none, asked, probing, pausing, done, failed };
  enum class post { none, head, body, waits };
  using mover = void (line::*)(const picker&);
  struct move_list {
    std::array<mover, 12> all{};
    std::size_t size = 0;
    void push_back(mover x) { all[size++] = x; }
  };

  move_list moves() const;
  void get_arrives(const picker&);
  void post_arrives(const picker&);
  void frame_arrives(const picker&);
  void handshake_arrives(const picker&);
  void server_flushes(const picker&);
  void server_resumes(const picker&);
  void server_learns(const picker&);
  void farewell_arrives(const picker&);
  void get_is_answered(const picker&);
  void post_is_answered(const picker&);
  void bytes_arrive(const picker& pick);
  void socket_closed(const picker&);

  void take_payload(std::string payload);
  void take_frame(bool text, std::string_view bytes);
  void take_text(std::string_view packet);
  void act();
  void lose();
  bool on_websocket() const { return first_is_websocket_ || upgrade_ == upgrade::done; }

  signaler& server_of_;
  const wire::wire_limits& limits_;
  listener* client_;
  const std::string address_; // where the client comes from
  const bool first_is_websocket_;
  time_point now_;
  time_point last_ping_;
  caf::intrusive_ptr<served_session> server_;
  bool cut_ = false;
  bool slow_ = false;
  bool server_is_to_learn_ = false;

  // The client's end.
  bool open_ = false;
  upgrade upgrade_ = upgrade::none;
  bool get_open_ = false;
  std::deque<message> buffer_; // Engine.IO packets

  // On its way up.
  bool get_up_ = false;
  post post_ = post::none;
  std::string post_body_;
  std::string farewell_;
  bool handshake_up_ = false;
  std::deque<message> frames_up_;
  bool socket_open_ = false; // by the server's word

  // On its way down.
  downstream down_;
  std::string received_; // of the WebSocket, up to an unfinished frame
};

} // namespace reliable_signaler::sim
