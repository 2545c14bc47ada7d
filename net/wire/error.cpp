// Names of protocol errors and the texts of Engine.IO's HTTP errors.
#include "error.hpp"

#include <array>

namespace reliable_signaler::wire {

namespace {

struct error_row {
  unsigned status;
  std::string_view message;
  std::string_view body;
};

constexpr std::array<error_row, 6> error_table{{
    {400, "Transport unknown", R"({"code":0,"message":"Transport unknown"})"},
    {400, "Session ID unknown", R"({"code":1,"message":"Session ID unknown"})"},
    {400, "Bad handshake method", R"({"code":2,"message":"Bad handshake method"})"},
    {400, "Bad request", R"({"code":3,"message":"Bad request"})"},
    {403, "Forbidden", R"({"code":4,"message":"Forbidden"})"},
    {400, "Unsupported protocol version", R"({"code":5,"message":"Unsupported protocol version"})"},
}};

const error_row& row(engine_error error) noexcept {
  return error_table[static_cast<std::size_t>(error) % error_table.size()];
}

} // namespace

std::string_view to_string(wire_error error) noexcept {
  switch (error) {
    case wire_error::none:
      return "none";
    case wire_error::empty_packet:
      return "empty_packet";
    case wire_error::unknown_packet_type:
      return "unknown_packet_type";
    case wire_error::invalid_utf8:
      return "invalid_utf8";
    case wire_error::invalid_base64:
      return "invalid_base64";
    case wire_error::payload_too_large:
      return "payload_too_large";
    case wire_error::too_many_packets:
      return "too_many_packets";
    case wire_error::unexpected_ping:
      return "unexpected_ping";
    case wire_error::malformed_json:
      return "malformed_json";
    case wire_error::json_too_deep:
      return "json_too_deep";
    case wire_error::bad_socket_packet_type:
      return "bad_socket_packet_type";
    case wire_error::bad_attachment_count:
      return "bad_attachment_count";
    case wire_error::too_many_attachments:
      return "too_many_attachments";
    case wire_error::bad_namespace:
      return "bad_namespace";
    case wire_error::bad_ack_id:
      return "bad_ack_id";
    case wire_error::bad_payload:
      return "bad_payload";
    case wire_error::reserved_event:
      return "reserved_event";
    case wire_error::bad_placeholder:
      return "bad_placeholder";
    case wire_error::attachment_missing:
      return "attachment_missing";
    case wire_error::attachment_surplus:
      return "attachment_surplus";
    case wire_error::namespace_not_connected:
      return "namespace_not_connected";
    case wire_error::namespace_connected_twice:
      return "namespace_connected_twice";
    case wire_error::too_many_namespaces:
      return "too_many_namespaces";
    case wire_error::too_much_before_connect:
      return "too_much_before_connect";
    case wire_error::connect_timeout:
      return "connect_timeout";
  }
  return "unknown";
}

unsigned http_status(engine_error error) noexcept {
  return row(error).status;
}

std::string_view message(engine_error error) noexcept {
  return row(error).message;
}

std::string_view json_body(engine_error error) noexcept {
  return row(error).body;
}

} // namespace reliable_signaler::wire
