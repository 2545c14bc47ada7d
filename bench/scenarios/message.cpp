// Time and channel stand at fixed places, so that neither side needs a JSON parser.
#include "message.hpp"

#include <array>
#include <charconv>
#include <string>

namespace reliable_signaler::bench {

namespace {

constexpr std::string_view head = R"(["message",{"t":")";
constexpr std::size_t stamp_digits = 17;
constexpr std::string_view middle = R"(","channel":")";
constexpr std::size_t channel_digits = 6;
constexpr std::string_view tail =
    R"(","sender":"k3j2h","message":{"candidate":"candidate:842163049 1 udp 1677729535 203.0.113.7 )"
    R"(46154 typ srflx raddr 192.0.2.1 rport 46154 generation 0 ufrag sXP5 network-cost 999",)"
    R"("sdpMLineIndex":0}}])";

template <std::size_t Size>
std::array<char, Size> digits(std::uint64_t value) noexcept {
  std::array<char, Size> result{};
  for (auto i = Size; i-- > 0; value /= 10) result[i] = static_cast<char>('0' + value % 10);
  return result;
}

std::uint64_t number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string text_of(std::size_t channel, std::size_t padding) {
  const auto number_text = digits<channel_digits>(channel);
  std::string text{"42"};
  text.append(head).append(stamp_digits, '0').append(middle);
  text.append(number_text.data(), number_text.size());
  if (padding > 0) text.append(R"(","padding":")").append(padding, 'x');
  return text.append(tail);
}

} // namespace

stamped_message::stamped_message(std::size_t channel, std::size_t padding)
    : packet_(text_of(channel, padding)) {}

const packet& stamped_message::stamp(std::uint64_t value) {
  const auto text = digits<stamp_digits>(value);
  packet_.patch(2 + head.size(), {text.data(), text.size()});
  return packet_;
}

std::optional<message_stamp> read_stamp(std::string_view arguments) noexcept {
  constexpr auto channel_at = head.size() + stamp_digits + middle.size();
  if (arguments.size() < channel_at + channel_digits || !arguments.starts_with(head))
    return std::nullopt;
  return message_stamp{number(arguments.substr(head.size(), stamp_digits)),
                       number(arguments.substr(channel_at, channel_digits))};
}

} // namespace reliable_signaler::bench
