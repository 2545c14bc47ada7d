// What can be set on a server: plain values with units, defaults and bounds. Knows no parser.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "log.hpp"

namespace reliable_signaler::net {

/// Options of the standalone server with its defaults; an embedder fills in one of its own
/// (`origins` is then better "same-origin", `lobby` false). Bounds are those of `check`.
struct server_options {
  using duration = std::chrono::milliseconds;

  // -- listening ---------------------------------------------------------------------------------
  std::string address = "0.0.0.0"; ///< IPv4 or IPv6 address to bind, "::" for both families
  uint16_t port = 8080;            ///< TCP port; 0 lets the system choose
  size_t threads = 0;              ///< I/O threads, 0 = one per core; at most 256
  bool io_scheduler = true;        ///< actors on the I/O threads; false = CAF's own scheduler

  // -- protocol ----------------------------------------------------------------------------------
  std::string path = "/socket.io/"; ///< begins and ends with a slash
  std::string origins = "*";        ///< "*", "same-origin", or origins separated by commas
  duration ping_interval{25'000};   ///< 1 ms .. 1 h between heartbeats
  duration ping_timeout{20'000};    ///< 1 ms .. 1 h for the answer
  duration upgrade_timeout{10'000}; ///< 1 ms .. 1 h from the probe to the upgrade
  duration connect_timeout{45'000}; ///< 1 ms .. 1 h until a namespace must be connected

  // -- limits of one connection ------------------------------------------------------------------
  size_t max_payload = 1'000'000;            ///< bytes of one message; 1 kB .. 100 MB
  size_t max_outbound_bytes = 4 * 1'048'576; ///< bytes queued for a slow reader before it is
                                             ///< closed; at least max_payload, at most 1 GiB
  size_t max_inbound_events = 256;   ///< events taken but not yet handled; reading pauses there
  size_t max_rooms_per_socket = 64;  ///< rooms one socket may be in
  size_t max_parked_per_socket = 64; ///< questions for rooms that are not open

  // -- limits of the server ----------------------------------------------------------------------
  size_t max_connections = 100'000; ///< accepted TCP connections; further ones are closed at once
  size_t max_rooms = 100'000;       ///< rooms that exist at a time
  size_t max_seats = 10'000;        ///< seats in one room
  size_t max_parked = 100'000;      ///< parked questions of all sockets
  bool exclusive_rooms = false;     ///< refuse a second opener of a room
  bool lobby = true;                ///< sockets in no room share a lobby
  size_t lobby_members = 1'000;     ///< sockets in the lobby
  size_t lobby_rate = 100;          ///< messages relayed in the lobby per second

  // -- HTTP --------------------------------------------------------------------------------------
  size_t max_header_bytes = 16'384; ///< request line and headers; 1 kB .. 1 MB
  duration header_timeout{10'000};  ///< 1 ms .. 1 h for a complete header
  duration body_timeout{30'000};    ///< 1 ms .. 1 h for a complete body
  duration idle_timeout{60'000};    ///< 1 ms .. 1 h without a request on a kept-alive connection
  std::string web_root;             ///< folder with static files; empty = none
  std::string tls_certificate;      ///< PEM file with the chain; empty = plain TCP
  std::string tls_key;              ///< PEM file with the private key

  // -- operation ---------------------------------------------------------------------------------
  bool admin = false;                      ///< whether there is an admin listener at all
  std::string admin_address = "127.0.0.1"; ///< address of the admin listener
  uint16_t admin_port = 0;                 ///< its port; 0 lets the system choose
  log_level log = log_level::info;         ///< least level that is logged
  log_format log_lines = log_format::text; ///< how lines look

  bool operator==(const server_options&) const = default;
};

/// One sentence on what cannot work in `options`, naming the command line option, or an empty
/// string. Looks at the values only: no file, no network.
std::string check(const server_options& options);

} // namespace reliable_signaler::net
