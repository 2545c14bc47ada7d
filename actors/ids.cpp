// Random names from the operating system's generator, as base64url, and event ids as text.
#include "ids.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <limits>

#include <openssl/rand.h>

namespace reliable_signaler {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// 16 bytes of OpenSSL's generator cost a call of about a microsecond, most of it for the call
// itself, so each thread draws a block at a time.
class random_block {
public:
  std::uint8_t next() {
    if (used_ == bytes_.size()) {
      if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1) std::abort();
      used_ = 0;
    }
    // What has been handed out must not stay behind in memory: it may be a secret.
    const auto result = bytes_[used_];
    bytes_[used_++] = 0;
    return result;
  }

private:
  std::array<std::uint8_t, 240> bytes_{};
  std::size_t used_ = 240;
};

std::uint8_t random_byte() {
  thread_local random_block block;
  return block.next();
}

// One character for each six bits of the source, the last one padded with zero bits.
template <class Output>
void write_base64url(std::size_t bytes, Output out) {
  std::uint32_t bits = 0;
  unsigned pending = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    bits = (bits << 8) | random_byte();
    pending += 8;
    while (pending >= 6) {
      pending -= 6;
      *out++ = alphabet[(bits >> pending) & 63];
    }
  }
  if (pending > 0) *out++ = alphabet[(bits << (6 - pending)) & 63];
}

constexpr int epoch_base = 36;
constexpr std::string_view own_sender = "s";
constexpr char session_mark = '-';
constexpr char counted_mark = '_';

void append_number(std::string& out, std::uint64_t number, int base) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

// Only what append_number writes: no sign, no leading zero, nothing behind it.
std::optional<std::uint64_t> read_number(std::string_view text, int base) {
  std::uint64_t result = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, result, base);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return result;
}

/// What stands in front of the first dot.
bool read_series(std::string_view text, event_id& out) {
  const bool counted = text.ends_with(counted_mark);
  if (counted) text.remove_suffix(1);
  std::uint64_t session = 0;
  if (const auto mark = text.find(session_mark); mark != std::string_view::npos) {
    const auto read = read_number(text.substr(mark + 1), epoch_base);
    if (!read || *read == 0 || *read > std::numeric_limits<std::uint32_t>::max() / 2) return false;
    session = *read;
    text = text.substr(0, mark);
  }
  const auto epoch = read_number(text, epoch_base);
  if (!epoch) return false;
  out.epoch = *epoch;
  out.series = series_of(static_cast<std::uint32_t>(session), counted);
  return true;
}

} // namespace

std::optional<public_id> parse_public_id(std::string_view text) {
  const auto fits = [](char c) { return alphabet.find(c) != std::string_view::npos; };
  if (text.size() != public_id::length || !std::all_of(text.begin(), text.end(), fits))
    return std::nullopt;
  public_id result;
  std::copy(text.begin(), text.end(), result.characters.begin());
  return result;
}

public_id make_public_id() {
  public_id result;
  write_base64url(public_id::length * 3 / 4, result.characters.begin());
  return result;
}

std::string make_secret(std::size_t bytes) {
  std::string result;
  result.reserve((bytes * 4 + 2) / 3);
  write_base64url(bytes, std::back_inserter(result));
  return result;
}

session_secret::session_secret(std::string_view text) {
  if (text.size() == length) std::copy(text.begin(), text.end(), characters_.begin());
}

// 120 random bits, as in a public id: nobody guesses one, however many are held.
session_secret make_session_secret() {
  return session_secret{make_public_id().view()};
}

std::string epoch_text(std::uint64_t epoch) {
  std::string result;
  append_number(result, epoch, epoch_base);
  return result;
}

std::string to_text(const event_id& id) {
  return std::string{event_name{epoch_text(id.epoch), id}.view()};
}

event_name::event_name(std::string_view epoch, const event_id& id) {
  auto* at = std::copy(epoch.begin(), epoch.end(), text_.begin());
  if (const auto session = id.series / 2; session > 0) {
    *at++ = session_mark;
    at = std::to_chars(at, text_.end(), session, epoch_base).ptr;
  }
  if (id.series % 2 != 0) *at++ = counted_mark;
  *at++ = '.';
  const auto who = id.sender == public_id{} ? own_sender : id.sender.view();
  at = std::copy(who.begin(), who.end(), at);
  *at++ = '.';
  at = std::to_chars(at, text_.end(), id.number).ptr;
  size_ = static_cast<std::size_t>(at - text_.begin());
}

std::optional<event_id> parse_event_id(std::string_view text) {
  const auto first = text.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto sender = text.substr(first + 1, second - first - 1);
  const auto number = read_number(text.substr(second + 1), 10);
  event_id result;
  if (!number || !read_series(text.substr(0, first), result)) return std::nullopt;
  result.number = *number;
  if (sender == own_sender) return result;
  const auto known = parse_public_id(sender);
  if (!known) return std::nullopt;
  result.sender = *known;
  return result;
}

} // namespace reliable_signaler
