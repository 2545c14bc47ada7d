// The encoder that actors use, on the functions of the wire.
#include "packet_encoder.hpp"

#include "outbound_packet.hpp"
#include "wire/socket_io.hpp"

namespace reliable_signaler::net {

namespace {

/// Capacity that a thread's scratch text keeps after a large packet, in bytes.
constexpr std::size_t kept_bytes = 65'536;

// Encodes into a text that each thread reuses, since the final size is known only afterwards.
template <class Append>
encoded_ptr encode(const std::vector<blob>& attachments, Append append) {
  thread_local std::string text;
  text.assign(1, '4');
  append(text);
  auto result = outbound_packet::make(text, attachments);
  if (text.capacity() > kept_bytes) std::string{}.swap(text);
  return result;
}

std::uint32_t count_of(const arguments& args) {
  return static_cast<std::uint32_t>(args.attachments.size());
}

} // namespace

encoded_ptr packet_encoder::event(std::string_view nsp, const arguments& args,
                                  std::optional<std::uint64_t> ack, std::string_view offset) const {
  return encode(args.attachments, [&](std::string& text) {
    wire::append_event(text, nsp, args.json, ack, count_of(args));
    if (!offset.empty()) wire::append_argument(text, offset);
  });
}

encoded_ptr packet_encoder::acknowledgement(std::string_view nsp, std::uint64_t id,
                                            const arguments& args) const {
  return encode(args.attachments, [&](std::string& text) {
    wire::append_ack(text, nsp, id, args.json, count_of(args));
  });
}

encoded_ptr packet_encoder::connected(std::string_view nsp, std::string_view sid,
                                      std::string_view pid) const {
  return encode({}, [&](std::string& text) { wire::append_connect(text, nsp, sid, pid); });
}

encoded_ptr packet_encoder::refused(std::string_view nsp, std::string_view message,
                                    std::string_view data) const {
  return encode({},
                [&](std::string& text) { wire::append_connect_error(text, nsp, message, data); });
}

encoded_ptr packet_encoder::disconnected(std::string_view nsp) const {
  return encode({}, [&](std::string& text) { wire::append_disconnect(text, nsp); });
}

} // namespace reliable_signaler::net
