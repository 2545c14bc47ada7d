// Tokens: what a client shows to prove, also to a server that has lost its memory, who it was and
// what it owned. Signed, not encrypted; no clock, no sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ids.hpp"

namespace reliable_signaler {

/// What a token says. Times are seconds since 1970.
struct token {
  /// `hello`: the bearer goes by the id `who` in the namespace. `owner`: it owns the room there.
  enum class kind : std::uint8_t { hello, owner };

  kind what = kind::hello;
  std::string nsp;
  public_id who;
  /// Of owner tokens only.
  std::string room;
  /// Of the process that made it.
  std::uint64_t epoch = 0;
  /// Rises with each leave of the bearer's session, and from session to session of one name: of a
  /// room that the session has left since, this proves nothing any more.
  std::uint64_t generation = 0;
  std::int64_t issued = 0;
  std::int64_t expires = 0;
};

/// Compares secrets, in a time that depends on their lengths only: so none can be guessed bit by
/// bit.
bool same_secret(std::string_view a, std::string_view b);

/// Signs with HMAC-SHA-256 (RFC 2104) under one secret. Immutable, any thread. Aborts the process
/// when libcrypto cannot compute it.
class token_signer {
public:
  /// Bytes a secret should have at least.
  static constexpr std::size_t secret_bytes = 32;

  /// Characters of the name that a secret has in its tokens. It tells nothing of the secret.
  static constexpr std::size_t secret_name_length = 8;

  explicit token_signer(std::string secret);

  /// The token as text of letters, digits, `-`, `_` and dots. Namespace and room are signed but not
  /// in it, so whoever reads it must know them.
  std::string sign(const token& x) const;

  /// The reverse, given what the text does not hold; nothing for a text that was not signed so, or
  /// that has expired at `now`. Takes equally long wherever a forged signature differs.
  std::optional<token> read(std::string_view text, token::kind what, std::string_view nsp,
                            std::string_view room, std::int64_t now) const;

  /// False for a token that names another secret: it is from a server that had that one, and cannot
  /// be a guess, since it cannot be right. True for what is no token at all.
  bool has_signed(std::string_view text, token::kind what) const;

private:
  std::string mac(const token& x) const;

  const std::string secret_;
  const std::string secret_name_;
};

} // namespace reliable_signaler
