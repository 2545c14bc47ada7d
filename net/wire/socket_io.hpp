// Socket.IO packets: text in, fields out, and back. No sessions, no attachments' bytes, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "error.hpp"
#include "limits.hpp"

namespace reliable_signaler::wire {

/// The packet types of Socket.IO protocol 5; the values are the digits on the wire.
enum class socket_packet_type : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6,
};

/// One packet, still in pieces of its text. Every view points into the decoded text, except `event`
/// when the name is written with escapes (see `decode_socket_packet`).
struct socket_packet {
  socket_packet_type type = socket_packet_type::connect;
  /// Announced attachments; 0 unless the type is binary.
  std::uint32_t attachments = 0;
  /// The namespace with its slash; `/` when the text names none.
  std::string_view nsp;
  /// The acknowledgement id: optional for events, always there for acknowledgements, never else.
  std::optional<std::uint64_t> id;
  /// The payload without white space around it: an array for events and acknowledgements, an object
  /// or empty for connect, empty for disconnect. Validated, nesting included.
  std::string_view json;
  /// Events only: the name. A number as a name is given as its text.
  std::string_view event;

  friend bool operator==(const socket_packet&, const socket_packet&) = default;
};

/// Decodes `type[count-][/nsp,][id][json]` as a client may send it, strictly: ids and counts are
/// decimal digits, the payload fits the type, event names are not reserved, placeholders of binary
/// packets and announced attachments fit each other. `text` is what follows Engine.IO's `4`. An
/// event name with escapes is decoded into `name_storage`; it is not touched otherwise. On error
/// `out` is unspecified.
wire_error decode_socket_packet(std::string_view text, const wire_limits& limits,
                                socket_packet& out, std::string& name_storage);

/// True for the names that the protocol keeps for itself: connect, connect_error, disconnect,
/// disconnecting, newListener, removeListener.
bool is_reserved_event(std::string_view name) noexcept;

// What servers send. Each function appends one packet without Engine.IO's leading `4`. `nsp` begins
// with a slash and has no comma in it; JSON arguments are valid JSON text and are copied as they
// are.

/// Appends an event. `arguments` is the JSON array with the name in front. With attachments it
/// becomes a binary event and the array must hold their placeholders.
void append_event(std::string& out, std::string_view nsp, std::string_view arguments,
                  std::optional<std::uint64_t> id = std::nullopt, std::uint32_t attachments = 0);

/// Adds one more argument, a text that needs no escapes, to the event that `out` ends with.
void append_argument(std::string& out, std::string_view plain_text);

/// Appends an acknowledgement; `arguments` is a JSON array.
void append_ack(std::string& out, std::string_view nsp, std::uint64_t id,
                std::string_view arguments, std::uint32_t attachments = 0);

/// Appends the answer to an accepted CONNECT: `{"sid":..}`, with `"pid"` if it is not empty.
void append_connect(std::string& out, std::string_view nsp, std::string_view sid,
                    std::string_view pid = {});

/// Appends the refusal of a CONNECT: `{"message":..}`, with `"data"` (JSON text) if it is not
/// empty.
void append_connect_error(std::string& out, std::string_view nsp, std::string_view message,
                          std::string_view data = {});

/// Appends a disconnect from a namespace.
void append_disconnect(std::string& out, std::string_view nsp);

} // namespace reliable_signaler::wire
