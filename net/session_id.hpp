// The name of an Engine.IO session: a secret that also says on which thread the session lives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace reliable_signaler::net {

/// 22 characters of base64url: 20 random ones (15 bytes), then the number of the home loop as two
/// digits to base 64. Whoever shows it is the client, so it is never logged.
struct session_id {
  static constexpr std::size_t secret_length = 20;
  static constexpr std::size_t length = secret_length + 2;
  /// Loops that an id can name.
  static constexpr std::size_t max_loops = std::size_t{64} * 64;

  std::array<char, length> characters{};

  /// A fresh one; `loop` is below `max_loops`.
  static session_id make(std::size_t loop);

  /// Nothing, if `text` cannot be the name of any session.
  static std::optional<session_id> parse(std::string_view text) noexcept;

  /// The number of the home loop.
  std::size_t loop() const noexcept;

  std::string_view view() const noexcept { return {characters.data(), length}; }
  bool operator==(const session_id&) const = default;
};

/// The characters are random already.
struct session_id_hash {
  std::size_t operator()(const session_id& id) const noexcept {
    std::uint64_t result = 0;
    std::memcpy(&result, id.characters.data(), sizeof(result));
    return result;
  }
};

} // namespace reliable_signaler::net
