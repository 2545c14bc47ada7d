// One Socket.IO packet as bytes for every transport: frames and payloads.
#include "outbound_packet.hpp"

#include <cstring>
#include <new>

#include "wire/engine_io.hpp"

namespace reliable_signaler::net {

struct outbound_packet::attachment {
  blob bytes;
  std::array<char, max_frame_header> header;
  std::uint8_t header_size = 0;
};

struct outbound_packet::attachment_list {
  std::vector<attachment> items;
};

std::size_t write_frame_header(char* to, frame_kind kind, std::size_t size) noexcept {
  to[0] = static_cast<char>(kind);
  if (size < 126) {
    to[1] = static_cast<char>(size);
    return 2;
  }
  const std::size_t width = size < 65'536 ? 2 : 8;
  to[1] = static_cast<char>(width == 2 ? 126 : 127);
  for (std::size_t i = 0; i < width; ++i)
    to[2 + i] = static_cast<char>((size >> (8 * (width - 1 - i))) & 0xff);
  return 2 + width;
}

void* outbound_packet::operator new(std::size_t size, std::size_t trailing) {
  return ::operator new(size + trailing);
}

packet_ptr outbound_packet::make(std::string_view text, const std::vector<blob>& attachments) {
  // The header's length is known only when it is written: room for the longest.
  return {new (max_frame_header + text.size()) outbound_packet(text, attachments), false};
}

outbound_packet::outbound_packet(std::string_view text, const std::vector<blob>& attachments)
    : text_(text.size()) {
  header_ = static_cast<std::uint8_t>(write_frame_header(bytes(), frame_kind::text, text.size()));
  std::memcpy(bytes() + header_, text.data(), text.size());
  charged_ = sizeof(*this) + header_ + text_;
  if (attachments.empty()) return;
  auto list = std::make_unique<attachment_list>();
  list->items.reserve(attachments.size());
  for (const auto& bytes : attachments) {
    auto& item = list->items.emplace_back();
    item.bytes = bytes ? bytes : std::make_shared<const std::string>();
    item.header_size = static_cast<std::uint8_t>(
        write_frame_header(item.header.data(), frame_kind::binary, item.bytes->size()));
    charged_ += sizeof(attachment) + item.bytes->size();
  }
  attachments_ = std::move(list);
}

outbound_packet::~outbound_packet() = default;

void outbound_packet::push_frames(output_queue& out) const {
  const caf::intrusive_ptr<const caf::ref_counted> self{this};
  out.push({self, bytes(), header_ + text_});
  if (!attachments_) return;
  for (const auto& item : attachments_->items) {
    out.push({self, item.header.data(), item.header_size});
    out.push({self, item.bytes->data(), item.bytes->size()});
  }
}

void outbound_packet::append_to_payload(std::string& payload) const {
  wire::append_payload_packet(payload, text());
  if (!attachments_) return;
  for (const auto& item : attachments_->items) wire::append_payload_binary(payload, *item.bytes);
}

} // namespace reliable_signaler::net
