// Fuzz target: Socket.IO packets. What is accepted keeps the rules and survives being written
// again.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fuzz_support.hpp"
#include "net/wire/socket_io.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

using type = socket_packet_type;

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty()
         || (part.data() >= whole.data()
             && part.data() + part.size() <= whole.data() + whole.size());
}

// How often each attachment is named, found the slow way. The parsed value has the last of equal
// keys.
bool placeholders_fit(const nlohmann::json& value, std::vector<int>& named) {
  if (value.is_object()) {
    const auto mark = value.find("_placeholder");
    if (mark != value.end() && *mark == true) {
      const auto num = value.find("num");
      if (num == value.end() || !num->is_number_unsigned()) return false;
      const auto index = num->get<std::uint64_t>();
      if (index >= named.size()) return false;
      ++named[index];
    }
  }
  if (!value.is_structured()) return true;
  for (const auto& element : value) {
    if (!placeholders_fit(element, named)) return false;
  }
  return true;
}

void check_event(const socket_packet& packet, const nlohmann::json& arguments) {
  check(arguments.is_array() && !arguments.empty());
  const auto& name = arguments.front();
  if (name.is_string()) {
    check(name.get<std::string>() == packet.event);
    check(!is_reserved_event(packet.event));
  } else {
    check(name.is_number() && nlohmann::json::parse(packet.event) == name);
  }
}

void check_rules(const socket_packet& packet, std::string_view text, const wire_limits& limits) {
  const bool event = packet.type == type::event || packet.type == type::binary_event;
  const bool ack = packet.type == type::ack || packet.type == type::binary_ack;
  const bool binary = packet.type == type::binary_event || packet.type == type::binary_ack;
  check(packet.nsp.starts_with('/') && packet.nsp.size() <= limits.max_namespace_bytes);
  check(packet.nsp == "/" || lies_in(packet.nsp, text));
  check(lies_in(packet.json, text));
  check(packet.id ? (event || ack) && *packet.id < ack_id_end : !ack);
  check(binary == (packet.attachments != 0) && packet.attachments <= limits.max_attachments);
  check(!packet.json.empty() || packet.type == type::connect || packet.type == type::disconnect);
  if (packet.json.empty()) return;
  const auto value = nlohmann::json::parse(packet.json, nullptr, false);
  // Half an emoji: valid here, but nlohmann does not parse it.
  if (value.is_discarded()) return;
  if (event) check_event(packet, value);
  if (ack) check(value.is_array());
  if (packet.type == type::connect) check(value.is_object());
  if (binary) {
    std::vector<int> named(packet.attachments);
    check(placeholders_fit(value, named));
    for (const int times : named) check(times > 0);
  }
}

std::string write(const socket_packet& packet) {
  std::string out;
  switch (packet.type) {
    case type::event:
    case type::binary_event:
      append_event(out, packet.nsp, packet.json, packet.id, packet.attachments);
      break;
    case type::ack:
    case type::binary_ack:
      append_ack(out, packet.nsp, *packet.id, packet.json, packet.attachments);
      break;
    case type::disconnect:
      append_disconnect(out, packet.nsp);
      break;
    case type::connect:
    case type::connect_error:
      break;
  }
  return out;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  const wire_limits limits;
  socket_packet packet;
  std::string storage;
  if (decode_socket_packet(text, limits, packet, storage) != wire_error::none) return 0;
  check_rules(packet, text, limits);
  const std::string again = write(packet);
  if (again.empty()) return 0;
  socket_packet second;
  std::string second_storage;
  check(decode_socket_packet(again, limits, second, second_storage) == wire_error::none);
  check(second == packet);
  return 0;
}
