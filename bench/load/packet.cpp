// Frames and event packets as bytes.
#include "packet.hpp"

#include <utility>

namespace reliable_signaler::bench {

std::string encode_frame(std::string_view payload, unsigned char head) {
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(head);
  const auto size = payload.size();
  if (size < 126) {
    frame += static_cast<char>(0x80 | size);
  } else {
    const int bytes = size < 65'536 ? 2 : 8;
    frame += static_cast<char>(0x80 | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i)
      frame += static_cast<char>(std::uint64_t{size} >> (8 * i) & 0xff);
  }
  for (const auto byte : frame_mask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < size; ++i)
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ frame_mask[i & 3]);
  return frame;
}

packet::packet(std::string text) : text_(std::move(text)), frame_(encode_frame(text_)) {}

void packet::patch(std::size_t offset, std::string_view bytes) noexcept {
  const auto start = frame_.size() - text_.size();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text_[offset + i] = bytes[i];
    const auto masked = static_cast<unsigned char>(bytes[i]) ^ frame_mask[(offset + i) & 3];
    frame_[start + offset + i] = static_cast<char>(masked);
  }
}

std::string event_text(std::string_view name, std::string_view argument, int id) {
  std::string text{"42"};
  if (id >= 0) text += std::to_string(id);
  text.append("[\"").append(name).append("\",\"").append(argument).append("\"]");
  return text;
}

} // namespace reliable_signaler::bench
