// Fuzz target: Engine.IO payloads. What is accepted can be written again and is the same bytes.
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz_support.hpp"
#include "net/wire/engine_io.hpp"
#include "net/wire/text.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

bool is_utf8_to_nlohmann(std::string_view text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text(data, size);
  wire_limits limits;
  limits.max_payload_bytes = 4096;
  limits.max_packets_per_payload = 64;

  std::string body(input);
  std::string again;
  std::uint32_t count = 0;
  payload_reader packets(body, limits);
  for (engine_packet packet; packets.next(packet); ++count) {
    check(packet.data.data() >= body.data());
    check(packet.data.data() + packet.data.size() <= body.data() + body.size());
    if (packet.binary) {
      check(packet.type == engine_packet_type::message);
      append_payload_binary(again, packet.data);
    } else {
      append_payload_packet(
          again, std::to_string(static_cast<int>(packet.type)) + std::string(packet.data));
    }
  }
  check(count <= limits.max_packets_per_payload);
  const bool utf8 = is_valid_utf8(input);
  check(utf8 == is_utf8_to_nlohmann(input));
  if (packets.error() == wire_error::none) {
    check(count > 0 && utf8 && input.size() <= limits.max_payload_bytes);
    check(again == input);
  } else {
    // Whatever was handed out before the error was the front of the payload.
    check(input.starts_with(again));
  }
  return 0;
}
