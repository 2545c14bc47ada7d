// The name of an Engine.IO session: making and reading it.
#include "session_id.hpp"

#include <algorithm>
#include <string>

#include "../actors/ids.hpp"

namespace reliable_signaler::net {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

session_id session_id::make(std::size_t loop) {
  session_id result;
  const auto secret = make_secret(secret_length * 3 / 4);
  std::copy(secret.begin(), secret.end(), result.characters.begin());
  result.characters[secret_length] = digits[loop / 64 % 64];
  result.characters[secret_length + 1] = digits[loop % 64];
  return result;
}

std::optional<session_id> session_id::parse(std::string_view text) noexcept {
  if (text.size() != length) return std::nullopt;
  if (text.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  session_id result;
  std::copy(text.begin(), text.end(), result.characters.begin());
  return result;
}

std::size_t session_id::loop() const noexcept {
  return digits.find(characters[secret_length]) * 64 + digits.find(characters[secret_length + 1]);
}

} // namespace reliable_signaler::net
