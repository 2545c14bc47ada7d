// Engine.IO packets: decoding frames and payloads, encoding payloads and the open packet.
#include "engine_io.hpp"

#include <algorithm>

#include "text.hpp"

namespace reliable_signaler::wire {

wire_error decode_engine_frame(std::string_view frame, engine_packet& out) noexcept {
  if (frame.empty()) return wire_error::empty_packet;
  const char digit = frame.front();
  if (digit < '0' || digit > '6') return wire_error::unknown_packet_type;
  out = {static_cast<engine_packet_type>(digit - '0'), false, frame.substr(1)};
  return wire_error::none;
}

payload_reader::payload_reader(std::string& body, const wire_limits& limits) noexcept
    : at_(body.data()), end_(at_ + body.size()), packets_left_(limits.max_packets_per_payload) {
  if (body.size() > limits.max_payload_bytes) {
    fail(wire_error::payload_too_large);
  } else if (!is_valid_utf8(body)) {
    fail(wire_error::invalid_utf8);
  }
}

bool payload_reader::next(engine_packet& out) noexcept {
  if (!more_) return false;
  if (packets_left_ == 0) return fail(wire_error::too_many_packets);
  --packets_left_;
  char* const first = at_;
  char* const last = std::find(first, end_, payload_separator);
  // A separator promises another packet, even if nothing follows it.
  more_ = last != end_;
  at_ = more_ ? last + 1 : end_;
  if (first != last && *first == 'b') {
    const auto size = decode_base64_in_place(first + 1, static_cast<std::size_t>(last - first - 1));
    if (!size) return fail(wire_error::invalid_base64);
    out = {engine_packet_type::message, true, {first + 1, *size}};
    return true;
  }
  const wire_error error =
      decode_engine_frame({first, static_cast<std::size_t>(last - first)}, out);
  return error == wire_error::none || fail(error);
}

bool payload_reader::fail(wire_error error) noexcept {
  error_ = error;
  more_ = false;
  return false;
}

void append_payload_packet(std::string& payload, std::string_view packet) {
  if (!payload.empty()) payload.push_back(payload_separator);
  payload.append(packet);
}

void append_payload_binary(std::string& payload, std::string_view bytes) {
  if (!payload.empty()) payload.push_back(payload_separator);
  payload.push_back('b');
  append_base64(payload, bytes);
}

void append_open_packet(std::string& out, std::string_view sid, bool offer_websocket,
                        const wire_limits& limits) {
  out.append(R"(0{"sid":")").append(sid).append(R"(","upgrades":[)");
  if (offer_websocket) out.append(R"("websocket")");
  out.append(R"(],"pingInterval":)");
  append_decimal(out, static_cast<std::uint64_t>(limits.ping_interval.count()));
  out.append(R"(,"pingTimeout":)");
  append_decimal(out, static_cast<std::uint64_t>(limits.ping_timeout.count()));
  out.append(R"(,"maxPayload":)");
  append_decimal(out, limits.max_payload_bytes);
  out.push_back('}');
}

} // namespace reliable_signaler::wire
