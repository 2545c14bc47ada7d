// The options of the standalone server: the one place where a new one is added.
#include "option_table.hpp"

#include <array>

namespace reliable_signaler::net {

namespace {

constexpr uint64_t hour = 3'600'000; // in milliseconds

constexpr std::array<std::string_view, 2> scheduler_names{"io", "stock"};
constexpr std::array<std::string_view, 5> level_names{"debug", "info", "warning", "error", "off"};
constexpr std::array<std::string_view, 2> format_names{"text", "json"};

constexpr option_choice scheduler_choice{
    scheduler_names, [](const server_options& o) { return static_cast<size_t>(o.scheduler); },
    [](server_options& o, size_t i) { o.scheduler = static_cast<scheduler_kind>(i); }};
constexpr option_choice level_choice{level_names,
                                     [](const server_options& o) {
                                       return o.log ? static_cast<size_t>(*o.log)
                                                    : level_names.size() - 1;
                                     },
                                     [](server_options& o, size_t i) {
                                       o.log.reset();
                                       if (i + 1 < level_names.size())
                                         o.log = static_cast<log_level>(i);
                                     }};
constexpr option_choice format_choice{
    format_names, [](const server_options& o) { return static_cast<size_t>(o.log_lines); },
    [](server_options& o, size_t i) { o.log_lines = static_cast<log_format>(i); }};

using o = server_options;

constexpr std::string_view listening = "Listening";
constexpr std::string_view protocol = "Connections";
constexpr std::string_view rooms = "Rooms";
constexpr std::string_view recovery = "Recovery";
constexpr std::string_view http = "HTTP";
constexpr std::string_view operation = "Operation";
constexpr std::string_view other = "Other";

constexpr option_row rows[] = {
    {listening, "port", &o::port, "PORT", "TCP port; 0 lets the system choose", 0, 65'535},
    {listening, "address", &o::address, "ADDRESS",
     "IPv4 or IPv6 address to listen on; :: means all of both"},
    {listening, "tls-certificate", &o::tls_certificate, "FILE",
     "PEM file with the certificate and its chain; makes the port speak TLS"},
    {listening, "tls-key", &o::tls_key, "FILE", "PEM file with the private key"},
    {listening, "max-connections", &o::max_connections, "N",
     "TCP connections, and sessions, at a time; further ones are refused", 1, 10'000'000},
    {listening, "max-connections-per-address", &o::max_connections_per_address, "N",
     "the same of one network address (of IPv6, of one /64); 0: no bound, as it must be where all "
     "clients come through one proxy",
     0, 10'000'000},

    {protocol, "path", &o::path, "PATH", "where Socket.IO is served"},
    {protocol, "origins", &o::origins, "LIST",
     "web origins that may use the server: * for all, same-origin, or a list separated by commas"},
    {protocol, "ping-interval", &o::ping_interval, "TIME", "between heartbeats", 1, hour},
    {protocol, "ping-timeout", &o::ping_timeout, "TIME",
     "for the answer to a heartbeat, then the connection is closed", 1, hour},
    {protocol, "upgrade-timeout", &o::upgrade_timeout, "TIME",
     "for the upgrade from polling to WebSocket", 1, hour},
    {protocol, "connect-timeout", &o::connect_timeout, "TIME",
     "until a client must have connected to a namespace", 1, hour},
    {protocol, "max-payload", &o::max_payload, "BYTES", "size of one message", 1'000, 100'000'000},
    {protocol, "max-outbound-bytes", &o::max_outbound_bytes, "BYTES",
     "queued for a client that reads slowly, then it is closed", 2'000, 1'073'741'824},
    {protocol, "max-inbound-events", &o::max_inbound_events, "N",
     "events of one client in work; reading from it pauses there", 1, 1'000'000},

    {rooms, "exclusive-rooms", &o::exclusive_rooms, "",
     "refuse to open a room that another client has open"},
    {rooms, "max-rooms", &o::max_rooms, "N", "rooms at a time", 1, 100'000'000},
    {rooms, "max-rooms-per-socket", &o::max_rooms_per_socket, "N",
     "rooms that one client is in or waits for", 1, 1'000'000},
    {rooms, "max-seats", &o::max_seats, "N", "seats in all rooms", 1, 100'000'000},
    {rooms, "max-seats-per-room", &o::max_seats_per_room, "N", "seats in one room", 1, 1'000'000},
    {rooms, "max-seats-per-address", &o::max_seats_per_address, "N",
     "seats of the clients of one network address; 0: no bound", 0, 100'000'000},
    {rooms, "max-parked", &o::max_parked, "N", "clients waiting for rooms to open", 0, 100'000'000},
    {rooms, "max-parked-per-socket", &o::max_parked_per_socket, "N",
     "rooms that one client waits for", 0, 1'000'000},
    {rooms, "lobby", &o::lobby, "", "clients that are in no room hear each other"},
    {rooms, "lobby-members", &o::lobby_members, "N", "clients in the lobby", 1, 1'000'000},
    {rooms, "lobby-rate", &o::lobby_rate, "N", "messages per second in the lobby", 1, 1'000'000},

    {recovery, "grace", &o::grace, "TIME",
     "for which a client that lost its connection keeps its seats and gets what it missed; 0s: not "
     "at all",
     0, hour},
    {recovery, "max-held", &o::max_held, "N", "clients that keep their seats so", 1, 100'000'000},
    {recovery, "max-held-per-address", &o::max_held_per_address, "N",
     "the same of one network address; 0: no bound", 0, 100'000'000},
    {recovery, "max-wrong-claims", &o::max_wrong_claims, "N",
     "forged proofs of one network address in a minute, then it may prove nothing until the next; "
     "0: no bound",
     0, 1'000'000'000},
    {recovery, "replay-bytes", &o::replay_bytes, "BYTES", "of events kept for one client", 0,
     1'073'741'824},
    {recovery, "max-replay-bytes", &o::max_replay_bytes, "BYTES",
     "of events kept for all; beyond, who gets more has a sixteenth of it", 0, 1'099'511'627'776},
    {recovery, "max-replay-bytes-per-address", &o::max_replay_bytes_per_address, "BYTES",
     "the same for the clients of one network address; 0: no bound", 0, 1'099'511'627'776},
    {recovery, "replay-age", &o::replay_age, "TIME", "for which they are kept, at least the grace",
     0, 24 * hour},
    {recovery, "secret-file", &o::secret_file, "FILE",
     "secret by which pages keep their ids over a restart of the server; made if there is none"},
    {recovery, "backoff-min", &o::backoff_min, "TIME",
     "what pages are told to wait before they connect again, at first", 1, hour},
    {recovery, "backoff-max", &o::backoff_max, "TIME", "and after many attempts", 1, hour},
    {recovery, "drain-after", &o::drain_after, "TIME",
     "what pages are told to wait before they come back when the server stops", 0, hour},
    {recovery, "drain-rate", &o::drain_rate, "N", "and how many of them come back in a second", 1,
     1'000'000},
    {recovery, "drain-limit", &o::drain_limit, "TIME",
     "in which the server stops, whoever has not taken leave by then", 3'000, hour},

    {http, "web-root", &o::web_root, "FOLDER",
     "serve the files in this folder instead of the web client in the binary; none: no files"},
    {http, "max-header-bytes", &o::max_header_bytes, "BYTES", "request line and headers", 1'024,
     1'048'576},
    {http, "header-timeout", &o::header_timeout, "TIME", "for a complete header", 1, hour},
    {http, "body-timeout", &o::body_timeout, "TIME", "for a complete body", 1, hour},
    {http, "idle-timeout", &o::idle_timeout, "TIME", "without a request, then it is closed", 1,
     hour},

    {operation, "threads", &o::threads, "N", "I/O threads; 0 means one per core", 0, 256},
    {operation, "scheduler", scheduler_choice, "NAME",
     "who runs the actors: io (the I/O threads) or stock (CAF's own threads, slower)"},
    {operation, "admin-port", &o::admin_port, "PORT",
     "serve /stats there; off unless given, 0 lets the system choose", 0, 65'535},
    {operation, "admin-address", &o::admin_address, "ADDRESS", "for the admin port"},
    {operation, "log-level", level_choice, "NAME", "debug, info, warning, error or off"},
    {operation, "log-format", format_choice, "NAME", "text, or json: one object per line"},

    {other, "config-file", {}, "FILE", "read options from a file; the command line wins"},
    {other, "help", {}, "", "print this text"},
    {other, "version", {}, "", "print the version"},
};

// The number in the field, durations in milliseconds; nothing for fields without one.
std::optional<uint64_t> number_in(const option_field& field, const server_options& options) {
  struct {
    const server_options& options;
    std::optional<uint64_t> operator()(uint16_t o::*m) const { return options.*m; }
    std::optional<uint64_t> operator()(size_t o::*m) const { return options.*m; }
    std::optional<uint64_t> operator()(std::optional<uint16_t> o::*m) const { return options.*m; }
    std::optional<uint64_t> operator()(o::duration o::*m) const {
      // A negative one becomes huge, which is out of bounds as well.
      return static_cast<uint64_t>((options.*m).count());
    }
    std::optional<uint64_t> operator()(bool o::*) const { return {}; }
    std::optional<uint64_t> operator()(std::string o::*) const { return {}; }
    std::optional<uint64_t> operator()(const option_choice&) const { return {}; }
    std::optional<uint64_t> operator()(std::monostate) const { return {}; }
  } visitor{options};
  return std::visit(visitor, field);
}

} // namespace

std::span<const option_row> option_table() {
  return rows;
}

std::string duration_text(uint64_t milliseconds) {
  if (milliseconds % 60'000 == 0 && milliseconds != 0)
    return std::to_string(milliseconds / 60'000) + "min";
  if (milliseconds % 1'000 == 0) return std::to_string(milliseconds / 1'000) + "s";
  return std::to_string(milliseconds) + "ms";
}

std::string check_bounds(const option_row& row, const server_options& options) {
  auto number = number_in(row.field, options);
  if (!number || (*number >= row.least && *number <= row.most)) return {};
  auto text = [&](uint64_t n) {
    return row.value == "TIME" ? duration_text(n) : std::to_string(n);
  };
  return "--" + std::string{row.name} + " must be between " + text(row.least) + " and "
         + text(row.most);
}

} // namespace reliable_signaler::net
