// Simulated clients of our own that lose their connections, on both ends or on one, and come back;
// and a server that is killed and started anew. The real actors, in an order that a seed decides.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulation.hpp"

namespace reliable_signaler::sim {

/// Everybody owns one room together and never leaves it. So each message that was taken must be
/// heard by each other client: in order, once, or a gap must have been told.
class returning_world : public simulation {
public:
  explicit returning_world(plan what);
  ~returning_world();

  /// Throws broken_promise.
  void run();

private:
  struct packet {
    std::string text, offset, id, pid;
  };

  /// What the server has written and the client has not read yet; lost with the connection.
  struct wire : session_port {
    void write(encoded_ptr what) override {
      const auto& written = static_cast<const test::text_packet&>(*what);
      unread.push_back({written.text, written.offset, written.id, written.pid});
    }
    bool congested() const noexcept override { return false; }
    void namespace_accepted(std::string) override {}
    void namespace_refused(std::string) override {}
    void namespace_disconnected(std::string) override { fenced = true; }
    void close(close_cause) override {}
    void take_credit() override { ++unfinished; }
    void return_credit() override { --unfinished; }

    std::deque<packet> unread;
    bool fenced = false;
    int unfinished = 0;
  };

  struct link {
    caf::intrusive_ptr<wire> port;
    connection_actor actor;
  };

  /// As web/ does it: numbers, keeps what is not acknowledged, drops what it has heard.
  struct client {
    std::string name;
    link now;
    bool is_connected = false; // the CONNECT answer and hello are here
    bool is_seated = false;    // answered on this connection
    bool holds_seat = false;   // answered since it last had to begin anew
    bool was_seated = false;   // answered ever
    bool was_told_gap = false; // since it was last seated anew
    bool is_owed_gap = false;
    std::string id, pid, offset, token;
    std::string public_id; // what it was greeted by first
    int attempts = 0;
    int said = 0;
    int acknowledged = 0;
    int sent = 0; // on this connection
    std::map<std::string, int> heard;
    std::vector<std::string> buffered; // before the CONNECT answer
    bool has_hole = false;             // something is missing, and no gap was told since
    std::set<std::string> excused;     // not heard of since the last gap
  };

  void start_server();
  void kill_server();
  void act();
  void connect(client& who);
  void lose(client& who, bool server_notices);
  void say(client& who);
  void send_rest(client& who);
  void read_one(client& who);
  void read(client& who, const packet& what);
  void take_event(client& who, const std::string& text, const std::string& offset);
  // What was said up to now need not be heard.
  void expect_anew(client& who) const;
  void greeted(client& who, const std::string& text);
  void emit(client& who, const std::string& name, const std::string& json, std::uint64_t ack);
  void step();
  void settle();
  void bring_all_back();
  void check_heard();
  void check_parked_while_away();

  bool may_restart_ = false;
  bool may_expire_ = false; // sessions, for those who are away long
  bool small_log_ = false;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<link> half_open_; // the server still believes in them
};

} // namespace reliable_signaler::sim
