// Packets made before they are needed, ready to be sent on either transport. Sends nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace reliable_signaler::bench {

/// The mask of every frame: constant, so that frames can be made once. Not zero, because servers
/// may save themselves the work for that.
inline constexpr unsigned char frame_mask[4] = {0x5a, 0x01, 0xc3, 0x77};

/// One masked frame of a client (RFC 6455 section 5.2). `head` is its first byte.
std::string encode_frame(std::string_view payload, unsigned char head = 0x81);

/// An Engine.IO packet as text and as a WebSocket text frame.
class packet {
public:
  packet() = default;
  explicit packet(std::string text);

  std::string_view text() const noexcept { return text_; }
  std::string_view frame() const noexcept { return frame_; }
  /// Replaces bytes in the middle, without changing the length.
  void patch(std::size_t offset, std::string_view bytes) noexcept;

private:
  std::string text_;
  std::string frame_;
};

/// `42["name","argument"]`, or with an id for the acknowledgement `42ID["name","argument"]`.
std::string event_text(std::string_view name, std::string_view argument, int id = -1);

} // namespace reliable_signaler::bench
