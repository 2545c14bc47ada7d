// Socket.IO packets: strict decoding, and encoding of what servers send.
#include "socket_io.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "json_scan.hpp"
#include "placeholders.hpp"
#include "text.hpp"

namespace reliable_signaler::wire {

namespace {

using type = socket_packet_type;

constexpr std::string_view root_namespace = "/";

bool is_binary(type t) noexcept {
  return t == type::binary_event || t == type::binary_ack;
}
bool is_event(type t) noexcept {
  return t == type::event || t == type::binary_event;
}
bool is_ack(type t) noexcept {
  return t == type::ack || t == type::binary_ack;
}

bool starts_with_digit(std::string_view text) noexcept {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// Takes a number off the front; false if it is not below `end`. There must be a digit in front.
bool take_number(std::string_view& text, std::uint64_t end, std::uint64_t& value) noexcept {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || value >= end) return false;
  text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
  return true;
}

wire_error take_attachment_count(std::string_view& text, const wire_limits& limits,
                                 std::uint32_t& count) noexcept {
  std::uint64_t value = 0;
  if (!starts_with_digit(text)) return wire_error::bad_attachment_count;
  if (!take_number(text, ack_id_end, value)) return wire_error::too_many_attachments;
  if (text.empty() || text.front() != '-' || value == 0) return wire_error::bad_attachment_count;
  if (value > std::min(limits.max_attachments, attachments_ceiling))
    return wire_error::too_many_attachments;
  text.remove_prefix(1);
  count = static_cast<std::uint32_t>(value);
  return wire_error::none;
}

// Up to the comma, which may be missing when nothing follows.
wire_error take_namespace(std::string_view& text, const wire_limits& limits,
                          std::string_view& nsp) noexcept {
  const std::size_t comma = text.find(',');
  nsp = text.substr(0, comma);
  text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
  if (nsp.size() > limits.max_namespace_bytes || std::any_of(nsp.begin(), nsp.end(), is_control)) {
    return wire_error::bad_namespace;
  }
  return is_valid_utf8(nsp) ? wire_error::none : wire_error::invalid_utf8;
}

// The first element of a validated array, if it may be an event's name.
wire_error take_event_name(std::string_view array, std::string_view& name, std::string& storage) {
  std::string_view first;
  if (!json_array_reader(array).next(first)) return wire_error::bad_payload;
  if (first.front() == '"') {
    name = decode_json_string(first, storage);
    return is_reserved_event(name) ? wire_error::reserved_event : wire_error::none;
  }
  name = first;
  return first.front() == '-' || starts_with_digit(first) ? wire_error::none
                                                          : wire_error::bad_payload;
}

wire_error take_payload(std::string_view text, const wire_limits& limits, socket_packet& out,
                        std::string& storage) {
  out.json = {};
  out.event = {};
  if (text.empty()) {
    return out.type == type::connect || out.type == type::disconnect ? wire_error::none
                                                                     : wire_error::bad_payload;
  }
  if (out.type == type::disconnect) return wire_error::bad_payload;
  if (const auto error = validate_json(text, limits.max_json_depth); error != wire_error::none) {
    return error;
  }
  out.json = trim_json(text);
  if (out.json.front() != (out.type == type::connect ? '{' : '[')) return wire_error::bad_payload;
  if (is_event(out.type)) {
    const auto error = take_event_name(out.json, out.event, storage);
    if (error != wire_error::none) return error;
  }
  return is_binary(out.type) ? check_placeholders(out.json, out.attachments) : wire_error::none;
}

void append_head(std::string& out, type plain, type binary, std::uint32_t attachments,
                 std::string_view nsp) {
  const type used = attachments == 0 ? plain : binary;
  out.push_back(static_cast<char>('0' + static_cast<int>(used)));
  if (attachments != 0) {
    append_decimal(out, attachments);
    out.push_back('-');
  }
  if (nsp != root_namespace) out.append(nsp).push_back(',');
}

} // namespace

bool is_reserved_event(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 6> reserved{
      "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

wire_error decode_socket_packet(std::string_view text, const wire_limits& limits,
                                socket_packet& out, std::string& name_storage) {
  if (text.empty() || text.front() < '0' || text.front() > '6' || text.front() == '4') {
    return wire_error::bad_socket_packet_type;
  }
  out.type = static_cast<type>(text.front() - '0');
  out.attachments = 0;
  out.nsp = root_namespace;
  out.id.reset();
  text.remove_prefix(1);
  if (is_binary(out.type)) {
    const auto error = take_attachment_count(text, limits, out.attachments);
    if (error != wire_error::none) return error;
  }
  if (!text.empty() && text.front() == '/') {
    const auto error = take_namespace(text, limits, out.nsp);
    if (error != wire_error::none) return error;
  }
  if (starts_with_digit(text)) {
    std::uint64_t id = 0;
    const bool may_have_id = is_event(out.type) || is_ack(out.type);
    if (!may_have_id || !take_number(text, ack_id_end, id)) return wire_error::bad_ack_id;
    out.id = id;
  } else if (is_ack(out.type)) {
    return wire_error::bad_ack_id;
  }
  return take_payload(text, limits, out, name_storage);
}

void append_event(std::string& out, std::string_view nsp, std::string_view arguments,
                  std::optional<std::uint64_t> id, std::uint32_t attachments) {
  append_head(out, type::event, type::binary_event, attachments, nsp);
  if (id) append_decimal(out, *id);
  out.append(arguments);
}

void append_argument(std::string& out, std::string_view plain_text) {
  out.back() = ','; // for the bracket: the array holds the name at least
  out.push_back('"');
  out.append(plain_text);
  out.append("\"]");
}

void append_ack(std::string& out, std::string_view nsp, std::uint64_t id,
                std::string_view arguments, std::uint32_t attachments) {
  append_head(out, type::ack, type::binary_ack, attachments, nsp);
  append_decimal(out, id);
  out.append(arguments);
}

void append_connect(std::string& out, std::string_view nsp, std::string_view sid,
                    std::string_view pid) {
  append_head(out, type::connect, type::connect, 0, nsp);
  out.append(R"({"sid":)");
  append_json_string(out, sid);
  if (!pid.empty()) {
    out.append(R"(,"pid":)");
    append_json_string(out, pid);
  }
  out.push_back('}');
}

void append_connect_error(std::string& out, std::string_view nsp, std::string_view message,
                          std::string_view data) {
  append_head(out, type::connect_error, type::connect_error, 0, nsp);
  out.append(R"({"message":)");
  append_json_string(out, message);
  if (!data.empty()) out.append(R"(,"data":)").append(data);
  out.push_back('}');
}

void append_disconnect(std::string& out, std::string_view nsp) {
  append_head(out, type::disconnect, type::disconnect, 0, nsp);
}

} // namespace reliable_signaler::wire
