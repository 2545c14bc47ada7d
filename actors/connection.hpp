// One client: an actor for the life of an Engine.IO session, with a socket for each namespace.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>

#include "context.hpp"
#include "messages.hpp"
#include "pinned_actor.hpp"
#include "socket.hpp"

namespace reliable_signaler {

/// Handles of the lobbies by namespace; few, and fixed once the server runs.
using lobby_table = std::vector<std::pair<std::string, room_actor>>;

/// Runtime name `signaler.connection`. Runs the handlers of its sockets. Ends with session_ended.
class connection : public pinned_actor<connection_actor::base> {
public:
  connection(caf::actor_config& config, caf::execution_unit* home, context_ptr context,
             room_registry_actor registry, session_store_actor sessions,
             std::shared_ptr<const lobby_table> lobbies, session_port_ptr port,
             handshake_ptr request);
  ~connection() override;

  const char* name() const override { return "signaler.connection"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  friend class socket;

  static connection& self() noexcept { return static_cast<connection&>(running()); }

  /// A client on its way into a namespace.
  struct pending {
    std::uint64_t number;
    const namespace_handlers* handlers;
    std::shared_ptr<connect_attempt::shared> what;
    /// What the client claims to have been, see introduction.
    std::string pid = {};
    std::string offset = {};
    bool announced = false;
    std::uint64_t attempt = 0;
    std::vector<std::string> left = {};
    /// What a token of its own has proven it to be.
    std::optional<public_id> known_as = {};
    std::string_view gap_reason = "window";
    /// Why what it has shown does not count.
    refusal distrust = refusal::none;
    /// Of the session that the client has heard of, and whether that is the one it gets.
    session_secret secret = {};
    bool knows_session = false;
    /// The store has given it that name.
    bool named = false;
    std::size_t stage = 0;

    bool claims() const { return !named && (known_as || !pid.empty()); }
  };

  void connect(const namespace_connect& message);
  void refuse(const std::string& nsp, const std::string& message, const std::string& data);
  void ask_middleware(const pending& p);
  void judged(connect_verdict& message);
  void let_in(const pending& p);
  /// With the session that the client has claimed, or with a new one when that is null.
  /// @param intact the client gets all that it has missed.
  void connected(const pending& p, session_ptr claimed, bool intact);

  // -- sessions that come and go, in connection_claims.cpp
  void introduce(pending& p) const;
  /// By which limits per address count this client; "" when they do not.
  std::string network() const;
  void claim(pending p);
  /// The session is there, and what the client has missed is not.
  void missed(const pending& p, session_ptr session);
  void refuse_named(const yield_session& message);
  void claimed_nothing(const pending& p);
  void claimed(pending p, claimed_session& answer);
  void too_late(const pending& p, claimed_session& answer);
  void give_back_name(const pending& p);
  claimed_session yield(const yield_session& message);

  void handle(socket_event& message);
  void run(run_on_socket& message);
  void disconnect(const std::string& nsp, std::string_view reason);
  /// The socket is gone; it stays until bury().
  socket& take_out(const socket& s);
  void end(const std::string& reason);
  void drain(const drain_connection& message);
  /// The sockets stay until bury(): one of them may be running a handler.
  void end_politely();

  socket* find(const std::string& nsp);
  /// The socket with this id, if it is still connected.
  socket* find(const public_id& id);
  const room_actor* lobby_of(const std::string& nsp) const;
  /// Runs a handler of `s`; an exception that escapes it is logged and goes no further.
  template <class Handler>
  void guarded(const socket& s, std::string_view event, Handler run) {
    try {
      run();
    } catch (...) {
      report_failure(s, event);
    }
  }
  void report_failure(const socket& s, std::string_view event) const;
  /// Ends sockets that asked for it while a handler of theirs ran.
  void bury();

  const context_ptr context_;
  room_registry_actor registry_;
  session_store_actor sessions_;
  std::shared_ptr<const lobby_table> lobbies_;
  session_port_ptr port_;
  const handshake_ptr request_;
  /// Leaves the count of connections; once.
  void uncount();

  std::vector<pending> pending_;
  std::uint64_t last_attempt_ = 0;
  // Of all sockets, since a token may bring the id of one that has gone back to this connection.
  std::uint64_t last_wait_ = 0;
  // Sessions that may still come: they must not be lost with this actor.
  std::size_t claims_ = 0;
  bool ended_ = false;
  bool counted_ = true;
  // Nearly always one.
  std::vector<std::unique_ptr<socket>> sockets_;
  // Sockets that are gone, kept until the handler that is running returns.
  std::vector<std::unique_ptr<socket>> gone_;
  // The event being handled: what a relay passes on keeps it unfinished.
  in_flight credit_;
};

} // namespace reliable_signaler
