// One Socket.IO packet as bytes for every transport, encoded once. It knows no connection.
#pragma once

#include <array>
#include <caf/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../actors/ports.hpp"
#include "output_queue.hpp"

namespace reliable_signaler::net {

/// The longest header of an unmasked frame, in bytes (RFC 6455, section 5.2).
inline constexpr std::size_t max_frame_header = 10;

enum class frame_kind : std::uint8_t { text = 0x81, binary = 0x82 };

/// Writes the header of a whole, unmasked frame with `size` bytes of payload; returns its length.
std::size_t write_frame_header(char* to, frame_kind kind, std::size_t size) noexcept;

/// Immutable and shared by all receivers of a fan-out, whatever transport they are on: the header
/// of a WebSocket frame and the packet's text lie in one allocation, a polling payload leaves the
/// header out. Binary attachments are frames of their own that refer to the blobs of the event.
class outbound_packet final : public encoded {
public:
  /// @param text the Engine.IO packet, its type digit first.
  static caf::intrusive_ptr<const outbound_packet> make(std::string_view text,
                                                        const std::vector<blob>& attachments = {});

  ~outbound_packet() override;
  outbound_packet(const outbound_packet&) = delete;
  outbound_packet& operator=(const outbound_packet&) = delete;

  std::size_t size() const noexcept override { return charged_; }

  /// The Engine.IO packet without any framing.
  std::string_view text() const noexcept { return {bytes() + header_, text_}; }

  /// Appends the packet and its attachments as WebSocket frames.
  void push_frames(output_queue& out) const;

  /// Appends them to the payload of a poll's answer.
  void append_to_payload(std::string& payload) const;

  /// For the trailing bytes; the plain delete matches what `make` allocates.
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }

private:
  struct attachment;
  struct attachment_list;

  outbound_packet(std::string_view text, const std::vector<blob>& attachments);
  /// With its `delete`, for constructors that throw: inlined one without the other, GCC takes the
  /// two for no pair.
  [[gnu::noinline]] static void* operator new(std::size_t size, std::size_t trailing);
  [[gnu::noinline]] static void operator delete(void* memory, std::size_t) noexcept {
    ::operator delete(memory);
  }

  char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* bytes() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  std::size_t text_;
  std::size_t charged_;
  std::uint8_t header_ = 0;
  std::unique_ptr<const attachment_list> attachments_;
};

using packet_ptr = caf::intrusive_ptr<const outbound_packet>;

} // namespace reliable_signaler::net
