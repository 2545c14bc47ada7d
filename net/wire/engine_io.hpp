// Engine.IO packets: one frame or payload in, packets out, and back. No sessions, no sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "error.hpp"
#include "limits.hpp"

namespace reliable_signaler::wire {

/// The packet types of Engine.IO protocol 4; the values are the digits on the wire.
enum class engine_packet_type : std::uint8_t {
  open = 0,
  close = 1,
  ping = 2,
  pong = 3,
  message = 4,
  upgrade = 5,
  noop = 6,
};

/// One packet. `data` views the input it was decoded from.
struct engine_packet {
  engine_packet_type type = engine_packet_type::noop;
  /// True for a binary message: `data` is raw bytes then.
  bool binary = false;
  /// What follows the type digit, or the bytes of a binary message.
  std::string_view data;

  friend bool operator==(const engine_packet&, const engine_packet&) = default;
};

/// Between the packets of a polling payload.
inline constexpr char payload_separator = '\x1e';

/// Decodes one WebSocket text message. The text must be known to be UTF-8 already (the WebSocket
/// layer has to check that anyway). Returns `none`, `empty_packet` or `unknown_packet_type`.
wire_error decode_engine_frame(std::string_view frame, engine_packet& out) noexcept;

/// Takes a polling payload (the body of a POST) apart.
///
///     payload_reader packets(body, limits);
///     for (engine_packet packet; packets.next(packet);) ...
///     if (packets.error() != wire_error::none) ...
class payload_reader {
public:
  /// Checks size and UTF-8 of the whole body at once. Base64 is decoded in place: `body` is
  /// changed, the packets view it, and it must stay as it is for as long as they are used.
  payload_reader(std::string& body, const wire_limits& limits) noexcept;

  /// Sets `out` to the next packet; false at the end and at the first error.
  bool next(engine_packet& out) noexcept;

  /// `none`, or why `next` stopped early: `payload_too_large`, `too_many_packets`, `invalid_utf8`,
  /// `invalid_base64`, `empty_packet` or `unknown_packet_type`.
  wire_error error() const noexcept { return error_; }

private:
  bool fail(wire_error error) noexcept;

  char* at_;
  char* end_;
  std::uint32_t packets_left_;
  bool more_ = true;
  wire_error error_ = wire_error::none;
};

/// Appends a packet that is already encoded (type digit first) to a payload, after a separator if
/// the payload is not empty.
void append_payload_packet(std::string& payload, std::string_view packet);

/// Appends a binary message to a payload: separator if needed, `b`, base64.
void append_payload_binary(std::string& payload, std::string_view bytes);

/// The bytes that `append_payload_binary` needs for `size` raw bytes, without the separator.
constexpr std::size_t payload_binary_size(std::size_t size) noexcept {
  return 1 + (size + 2) / 3 * 4;
}

/// Appends the open packet: `0{"sid":..,"upgrades":[..],"pingInterval":..,"pingTimeout":..,
/// "maxPayload":..}`, exactly these keys in this order. `sid` is plain ASCII without quotes or
/// backslashes; `offer_websocket` is true on polling (if WebSocket is on) and false on WebSocket
/// itself.
void append_open_packet(std::string& out, std::string_view sid, bool offer_websocket,
                        const wire_limits& limits);

} // namespace reliable_signaler::wire
