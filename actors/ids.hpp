// Names of things: sockets, rooms and events. Values without behaviour.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace reliable_signaler {

/// Public name of one socket: 20 characters of unpadded base64url (15 random bytes). Peers see it;
/// it proves nothing. It differs from the secret Engine.IO session id.
struct public_id {
  static constexpr std::size_t length = 20;
  std::array<char, length> characters{};

  std::string_view view() const noexcept { return {characters.data(), characters.size()}; }
  auto operator<=>(const public_id&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, public_id& x) {
  return f(caf::meta::type_name("public_id"), x.characters);
}

/// The id whose view() this is: of a client that a client has named. Nothing for any other text.
std::optional<public_id> parse_public_id(std::string_view text);

/// Makes a fresh public id from the operating system's cryptographic randomness.
/// Aborts the process when there is none: nothing here is safe without it.
public_id make_public_id();

/// `bytes` bytes of cryptographic randomness as unpadded base64url text: for session ids and other
/// secrets. The result has ceil(bytes * 4 / 3) characters. Aborts like make_public_id().
std::string make_secret(std::size_t bytes);

/// By which a client claims a session of its own, beside the public id: as many characters of
/// base64url. Empty where sessions are not held. Never logged.
class session_secret {
public:
  static constexpr std::size_t length = public_id::length;

  session_secret() = default;
  /// Empty for a text of any other length.
  explicit session_secret(std::string_view text);

  std::string_view view() const noexcept { return {characters_.data(), empty() ? 0 : length}; }
  bool empty() const noexcept { return characters_.front() == '\0'; }

private:
  std::array<char, length> characters_{};
};

/// A fresh one.
session_secret make_session_secret();

/// What a room is found by. Ids are opaque bytes; the same id in two namespaces is two rooms.
struct room_key {
  std::string nsp;
  std::string id;

  bool operator==(const room_key&) const = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, room_key& x) {
  return f(caf::meta::type_name("room_key"), x.nsp, x.id);
}

/// Identity of one event: unique for the life of a server secret, ordered per sender and series.
/// `epoch` names one life of a server process; `number` counts from 1 per series. An empty sender
/// is the server itself.
struct event_id {
  std::uint64_t epoch = 0;
  public_id sender;
  std::uint64_t number = 0;
  /// Even: the sender's own numbers; odd: the server counts, and nothing is ever sent again. Half
  /// of it tells apart the sessions that a token has brought the sender's name back to: each may
  /// repeat what the one before it had sent.
  std::uint32_t series = 0;

  bool operator==(const event_id&) const = default;
};

constexpr std::uint32_t series_of(std::uint32_t session, bool counted_by_server) {
  return session * 2 + (counted_by_server ? 1 : 0);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, event_id& x) {
  return f(caf::meta::type_name("event_id"), x.epoch, x.sender, x.number, x.series);
}

/// The text by which clients know an event, Socket.IO's offset: `epoch.sender.number`, letters,
/// digits, `-`, `_` and dots only. The server's own sender is `s`. Behind the epoch stand `-` and
/// the session, unless it is 0, and `_` if the server has counted.
std::string to_text(const event_id& id);

/// The reverse. Nothing for any other text.
std::optional<event_id> parse_event_id(std::string_view text);

/// The text of an epoch: up to 13 letters and digits.
std::string epoch_text(std::uint64_t epoch);

/// The text of an event id, to be looked at and forgotten: every relayed event needs one.
class event_name {
public:
  /// `epoch` is what epoch_text() gives for the id's.
  event_name(std::string_view epoch, const event_id& id);
  std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
  static constexpr std::size_t most = 13 + 8 + 1 + 1 + public_id::length + 1 + 20;
  std::array<char, most> text_;
  std::size_t size_ = 0;
};

} // namespace reliable_signaler

template <>
struct std::hash<reliable_signaler::public_id> {
  std::size_t operator()(const reliable_signaler::public_id& x) const noexcept {
    return std::hash<std::string_view>{}(x.view());
  }
};

template <>
struct std::hash<reliable_signaler::room_key> {
  std::size_t operator()(const reliable_signaler::room_key& x) const noexcept {
    const std::hash<std::string> of_text;
    return of_text(x.nsp) * 31 + of_text(x.id);
  }
};
