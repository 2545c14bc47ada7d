// The actors of one signaling server, without any network: rooms, registry, lobby, connections.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>

#include "broadcast.hpp"
#include "limits.hpp"
#include "log.hpp"
#include "messages.hpp"
#include "namespaces.hpp"
#include "stats.hpp"

namespace reliable_signaler {

/// How the actors of one signaler behave. A time below zero counts as zero, one above longest_time
/// as that.
struct signaler_options {
  reliable_signaler::limits limits;
  /// Rooms have one owner: a second opener is refused (room-taken) instead of becoming a co-owner.
  bool exclusive_rooms = false;
  /// How long the seats of a lost transport are kept, so that its client can come back to them,
  /// counted from the loss; zero: they are given up at once, and nothing of recovery shows on the
  /// wire. A client claims its session with the `pid` of the CONNECT answer and is given what it
  /// has missed, see limits::log_bytes.
  std::chrono::milliseconds grace{0};
  /// How long an event stays in the log of a socket; never shorter than `grace`. A loss is noticed
  /// late, so the default leaves a minute more than the standalone server's grace.
  std::chrono::milliseconds log_age{180'000};
  /// What pages are told to wait before they try to connect again: from the one, doubling, to the
  /// other. Many that are cut off at once come back spread over it.
  std::chrono::milliseconds backoff_min{250};
  std::chrono::milliseconds backoff_max{5'000};
  /// A client that comes back to its session is let in without being asked by middleware again.
  bool skip_middleware_on_recovery = false;
  /// How long one middleware may take to let a client into a namespace; then it is refused.
  std::chrono::milliseconds middleware_timeout{10'000};
  /// Sockets that sit in no room hear each other, see limits::lobby_members. Off for embedders.
  bool lobby = false;
  /// Signs the tokens by which pages prove who they were and what they owned to a server that was
  /// started anew with the same secret. Empty: a random one, good for this process.
  std::string secret;
  /// How long such a token is good.
  std::chrono::seconds token_life{86'400};
  /// Empty: nothing is logged.
  log_sink log;

  bool recovers() const noexcept { return grace.count() > 0; }
};

struct signaler_context;

/// Spawns the registry and the lobbies into `system` and connections on demand. Owns the actors:
/// when it is stopped they end. `system` and the execution units given to spawn_connection() must
/// outlive the connections. Members may be called from any thread unless they say otherwise.
class signaler {
public:
  /// `codec`: net::packet_encoder, or null when no client will ever connect and the rooms are for
  /// actors alone. `home`: the thread that the registry is bound to, or null when actors float.
  signaler(caf::actor_system& system, signaler_options options, namespace_table namespaces,
           encoder_ptr codec, caf::execution_unit* home = nullptr);
  ~signaler();
  signaler(const signaler&) = delete;
  signaler& operator=(const signaler&) = delete;

  const room_registry_actor& registry() const noexcept { return registry_; }

  /// A connection actor for a new Engine.IO session. It ends with session_ended, which whoever
  /// holds `port` must send, last and exactly once. `home`: the thread of the session's socket, or
  /// null. Throws std::logic_error if the signaler was given no codec.
  connection_actor spawn_connection(session_port_ptr port, handshake_ptr handshake,
                                    caf::execution_unit* home = nullptr);

  /// To everyone in `nsp`, to be narrowed; see broadcast.
  broadcast everyone_in(std::string nsp) const;

  /// What is alive now.
  const stats& counters() const noexcept;
  /// Bytes of events kept for clients that miss them, as limits::log_bytes_in_all counts them.
  std::int64_t kept_bytes() const noexcept;

  /// Ends registry, rooms and lobbies; questions still parked are answered with shutting_down.
  /// Connections end by their own session_ended, which their owner sends. Idempotent.
  void stop();

private:
  caf::actor_system& system_;
  const bool has_codec_;
  std::shared_ptr<signaler_context> context_;
  room_registry_actor registry_;
  session_store_actor sessions_;
  std::shared_ptr<const std::vector<std::pair<std::string, room_actor>>> lobbies_;
  std::atomic<bool> stopped_{false};
};

} // namespace reliable_signaler
