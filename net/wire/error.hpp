// What can be wrong with bytes from a client, and Engine.IO's HTTP errors. Names and texts only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reliable_signaler::wire {

/// A violation of the protocol by a client. Every value but `none` ends the session.
enum class wire_error : std::uint8_t {
  /// No error.
  none,

  // Engine.IO
  /// A frame or a part of a payload holds no byte, not even a packet type.
  empty_packet,
  /// A packet type outside 0..6 (Engine.IO), or binary data that is not marked with `b`.
  unknown_packet_type,
  /// Text that is not valid UTF-8.
  invalid_utf8,
  /// A binary packet in a payload that is not canonical, padded base64.
  invalid_base64,
  /// A payload or message of more than `max_payload_bytes`.
  payload_too_large,
  /// A payload of more than `max_packets_per_payload` packets.
  too_many_packets,
  /// A ping from the client: in version 4 only the server sends pings.
  unexpected_ping,

  // JSON
  /// Text that is not JSON (RFC 8259), or a number too large for a double.
  malformed_json,
  /// JSON nested deeper than `max_json_depth`.
  json_too_deep,

  // Socket.IO packets
  /// A packet type outside 0..6 (Socket.IO), or one that only servers send (CONNECT_ERROR).
  bad_socket_packet_type,
  /// An attachment count that is missing, not plain decimal digits, or zero.
  bad_attachment_count,
  /// More than `max_attachments` attachments announced.
  too_many_attachments,
  /// A namespace longer than `max_namespace_bytes` or with control characters in it.
  bad_namespace,
  /// An acknowledgement id of 2^53 or more, one where none belongs, or none where one must be.
  bad_ack_id,
  /// A payload of a shape that does not fit the packet type, or one that is missing.
  bad_payload,
  /// An event with a name that the protocol keeps for itself, such as `connect` or `disconnecting`.
  reserved_event,
  /// A placeholder that names no attachment, or an attachment that no placeholder names.
  bad_placeholder,

  // Socket.IO sessions
  /// Text, while attachments of a binary packet are outstanding.
  attachment_missing,
  /// A binary message that no packet announced.
  attachment_surplus,
  /// An event, acknowledgement or disconnect for a namespace that is not connected.
  namespace_not_connected,
  /// A CONNECT for a namespace that is connected, or one too many while the first is decided.
  namespace_connected_twice,
  /// A CONNECT beyond `max_namespaces`.
  too_many_namespaces,
  /// More than `max_early_bytes` before the server has decided on a CONNECT.
  too_much_before_connect,
  /// No namespace was connected within `connect_timeout`.
  connect_timeout,
};

/// The number of values of `wire_error`.
inline constexpr std::size_t wire_error_count =
    static_cast<std::size_t>(wire_error::connect_timeout) + 1;

/// The enumerator's name, for logs and tests.
std::string_view to_string(wire_error error) noexcept;

/// The answers to HTTP requests that do not fit (Engine.IO protocol 4, "HTTP long-polling" errors).
/// The values are the codes in the answer's body.
enum class engine_error : std::uint8_t {
  /// `transport` is absent, unknown or switched off.
  transport_unknown = 0,
  /// No session with this `sid` (or it has ended).
  session_unknown = 1,
  /// A handshake with another method than GET.
  bad_handshake_method = 2,
  /// Anything else that does not fit, such as the wrong transport for the session.
  bad_request = 3,
  /// The server's policy refuses the client.
  forbidden = 4,
  /// `EIO` is not 4.
  unsupported_protocol_version = 5,
};

/// The HTTP status that goes with the error: 403 for `forbidden`, else 400.
unsigned http_status(engine_error error) noexcept;

/// The sentence in the body, as the reference server words it.
std::string_view message(engine_error error) noexcept;

/// The whole body, `{"code":..,"message":".."}`; content type `application/json`. A static string.
std::string_view json_body(engine_error error) noexcept;

} // namespace reliable_signaler::wire
