// The message that is relayed, with the time of its sending in it. Sends nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "../load/packet.hpp"

namespace reliable_signaler::bench {

/// What came with a message.
struct message_stamp {
  /// Nanoseconds, or whatever `stamp` was given.
  std::uint64_t value = 0;
  /// Which pair or room it belongs to: servers without rooms send everything to everybody.
  std::uint64_t channel = 0;
};

/// An ICE candidate in the page's own envelope, about 260 bytes as a packet.
class stamped_message {
public:
  explicit stamped_message(std::size_t channel, std::size_t padding = 0);
  /// The packet with this value in it; good until the next call.
  const packet& stamp(std::uint64_t value);

private:
  packet packet_;
};

/// What the arguments of an event say, if it is one of these messages.
std::optional<message_stamp> read_stamp(std::string_view arguments) noexcept;

} // namespace reliable_signaler::bench
