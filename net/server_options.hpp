// What can be set on a server: plain values with units, defaults and bounds. Knows no parser.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "log.hpp"

namespace reliable_signaler::net {

/// Which threads run the actors.
enum class scheduler_kind : uint8_t {
  io,   ///< the I/O threads themselves (`io_scheduler`)
  stock ///< CAF's own work-stealing threads beside the I/O threads; slower
};

/// What a server can be told. The defaults are an embedder's, who knows its pages; the standalone
/// server starts with standalone_options(). An aggregate, for `server_options{.port = 9000}`. What
/// is out of the bounds that stand here is refused by server::start, see check().
struct server_options {
  using duration = std::chrono::milliseconds;

  // -- listening ---------------------------------------------------------------------------------
  /// Off: no port is bound, and connections come by `server::take` only. For embedders.
  bool listen = true;
  std::string address = "0.0.0.0";  ///< IPv4 or IPv6 address to bind, "::" for both families
  uint16_t port = 8080;             ///< TCP port, 0 to 65,535; 0 lets the system choose
  std::string tls_certificate = {}; ///< PEM file with the chain; empty = plain TCP
  std::string tls_key = {};         ///< PEM file with the private key; both or none
  /// TCP connections, and for themselves Engine.IO sessions, 1 to 10,000,000; further ones get 503,
  /// or are closed.
  size_t max_connections = 100'000;
  /// The same of one network address, 0 to 10,000,000: an IPv6 address counts with all that share
  /// its first 64 bits. 0: without bound, as it must be where all come through one proxy.
  size_t max_connections_per_address = 0;

  // -- protocol ----------------------------------------------------------------------------------
  std::string path = "/socket.io/"; ///< begins and ends with a slash, and is more than one
  /// "*", "same-origin", or origins separated by commas
  std::string origins = "same-origin";
  duration ping_interval{25'000};   ///< between heartbeats, 1 ms to 1 h
  duration ping_timeout{20'000};    ///< for the answer to a heartbeat, 1 ms to 1 h
  duration upgrade_timeout{10'000}; ///< from the probe to the end of an upgrade, 1 ms to 1 h
  /// Until a client must have connected to a namespace, 1 ms to 1 h.
  duration connect_timeout{45'000};
  /// For each middleware to answer, then it has refused; 1 ms to 1 h. For embedders.
  duration middleware_timeout{10'000};
  /// Questions of the program's that one client has not answered yet, 1 to 1,000,000; one more
  /// fails. For embedders.
  size_t max_unanswered = 1'000;
  size_t max_payload = 1'000'000; ///< bytes of one message, 1,000 to 100,000,000
  /// Bytes queued for one slow reader before it is closed, 2,000 to 1,073,741,824 and at least
  /// twice `max_payload`.
  size_t max_outbound_bytes = 4'194'304;
  /// Of one connection, unhandled, 1 to 1,000,000; reading pauses there. What has been read by then
  /// goes on: the rest of one POST, or what waited for the answer to a CONNECT
  /// (wire_limits::max_early_bytes).
  size_t max_inbound_events = 256;

  // -- rooms -------------------------------------------------------------------------------------
  bool exclusive_rooms = false;       ///< refuse a second opener of a room
  size_t max_rooms = 1'000'000;       ///< rooms at a time, 1 to 100,000,000
  size_t max_room_id_bytes = 256;     ///< length of a room id, 1 to 65,536; for embedders
  size_t max_rooms_per_socket = 128;  ///< rooms one socket may be in or wait for, 1 to 1,000,000
  size_t max_seats = 1'000'000;       ///< seats in all rooms, 1 to 100,000,000
  size_t max_seats_per_room = 10'000; ///< seats in one room, 1 to 1,000,000
  /// Seats of the clients of one address, 0 to 100,000,000; 0: no bound.
  size_t max_seats_per_address = 0;
  size_t max_parked = 1'000'000;     ///< questions waiting for rooms, of all, 0 to 100,000,000
  size_t max_parked_per_socket = 64; ///< the same of one socket, 0 to 1,000,000
  bool lobby = false;                ///< sockets in no room share a lobby
  size_t lobby_members = 1'000;      ///< sockets in the lobby of one namespace, 1 to 1,000,000
  size_t lobby_rate = 200;           ///< messages per second relayed there, 1 to 1,000,000

  // -- recovery ----------------------------------------------------------------------------------
  /// For which the session of a client that lost its transport is kept, 0 to 1 h; zero: not at all,
  /// and nothing of recovery shows on the wire.
  duration grace{0};
  /// Sessions kept so, at a time, 1 to 100,000,000; then the oldest goes.
  size_t max_held = 100'000;
  size_t max_held_per_address = 0; ///< the same of one address, 0 to 100,000,000; 0: no bound
  /// Forged or foreign tokens and secrets that clients of one address may show in a minute, 0 to
  /// 1,000,000,000; then none of theirs is looked at before the next one. 0: no bound.
  size_t max_wrong_claims = 0;
  /// Bytes of the latest events, kept for one socket, 0 to 1,073,741,824 and, where sessions are
  /// kept, no more than `max_outbound_bytes`: who comes back gets them in one go.
  size_t replay_bytes = 131'072;
  /// Bytes kept for all sockets, 0 to 1,099,511,627,776; beyond, each keeps a sixteenth.
  size_t max_replay_bytes = 1'073'741'824;
  /// The same for the sockets of one address, 0 to 1,099,511,627,776; 0: no bound.
  size_t max_replay_bytes_per_address = 0;
  duration replay_age{180'000}; ///< events are kept so long, 0 to 24 h, and no shorter than grace
  /// Who comes back to a session is not asked by middleware again. For embedders.
  bool skip_middleware_on_recovery = false;
  /// Signs tokens, 32 bytes or more; empty: a new one each time. The standalone server reads it
  /// from `secret_file`, which it makes if there is none.
  std::string secret = {};
  std::string secret_file = {}; ///< the standalone server's; an embedded one does not look at it
  /// How long a token by which a page proves who it was is good; 1 s to 10 years. For embedders.
  std::chrono::seconds token_life{86'400};
  /// What pages wait before they connect again, at first, 1 ms to 1 h ...
  duration backoff_min{250};
  duration backoff_max{5'000}; ///< ... and at last, 1 ms to 1 h, and not less than backoff_min
  /// Pages are told when the server stops to wait so long, 0 to 1 h, before they come back, and
  /// then
  duration drain_after{1'000};
  /// ... to spread: so many are to come back in a second, 1 to 1,000,000.
  size_t drain_rate = 1'000;
  /// From the call of `stop` until it is over, whoever has not gone by then; 3,000 ms to 1 h.
  duration drain_limit{5'000};

  // -- HTTP --------------------------------------------------------------------------------------
  /// Folder with static files; empty = what server::set_files gave, "none" = no files at all.
  std::string web_root = {};
  size_t max_header_bytes = 16'384; ///< request line and headers, 1,024 to 1,048,576
  duration header_timeout{10'000};  ///< for a complete request header, 1 ms to 1 h
  duration body_timeout{30'000};    ///< for a complete request body, 1 ms to 1 h
  /// Without a request on a connection that is kept alive, 1 ms to 1 h.
  duration idle_timeout{60'000};

  // -- operation ---------------------------------------------------------------------------------
  size_t threads = 0; ///< I/O threads, 0 to 256; 0 = one per core
  scheduler_kind scheduler = scheduler_kind::io;
  /// 0 to 65,535; unset = no admin listener; 0 = any port. Differs from `port`.
  std::optional<uint16_t> admin_port = {};
  std::string admin_address = "127.0.0.1";        ///< address of the admin listener
  std::optional<log_level> log = log_level::info; ///< least level that is logged; unset = nothing
  log_format log_lines = log_format::text;        ///< how lines look

  bool operator==(const server_options&) const = default;
};

/// The standalone server's defaults: pages of any origin may use it, since it never looks at a
/// cookie, and sockets in no room hear each other, as with the server that it replaces.
server_options standalone_options();

/// One sentence on what cannot work in `options`, or an empty string. It names the command line
/// option: `--ping-interval` is ping_interval. Looks at the values only: no file, no network.
std::string check(const server_options& options);

} // namespace reliable_signaler::net
