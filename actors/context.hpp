// What all actors of one signaler share: options, codec, counters. Not installed; internal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "claim_guard.hpp"
#include "lobby_gate.hpp"
#include "signaler.hpp"
#include "token.hpp"
#include "void_token_table.hpp"

namespace reliable_signaler {

/// Seconds since 1970: tokens outlive processes, so they go by the calendar.
inline std::int64_t calendar_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

/// Read-only after construction except for counters and gates, which synchronise themselves. It
/// holds no actor handles, so that actors can keep it without keeping each other.
struct signaler_context {
  signaler_context(signaler_options options_, namespace_table namespaces_, encoder_ptr codec_,
                   const caf::actor_clock& clock);

  const signaler_options options;
  const caf::actor_clock& clock;
  const namespace_table namespaces;
  const encoder_ptr codec;
  /// Names this life of the server in event ids.
  const std::uint64_t epoch;
  const delivery_rules_ptr delivery;
  const token_signer tokens;
  stats counters;
  const std::shared_ptr<address_counts> seats_by_address = address_counts::make();
  const std::shared_ptr<address_counts> logs_by_address = address_counts::make();
  claim_guard claims;
  /// Claims that could not be guesses, for the sake of the log.
  claim_guard outdated_claims;
  void_token_table void_tokens;
  /// Sessions that have got their public id by a token.
  std::atomic<std::uint32_t> named_sessions{0};
  /// Questions asked of clients: a late answer to one on an earlier connection finds no other.
  std::atomic<std::uint64_t> questions{0};
  /// By namespace; only those that have a lobby.
  std::map<std::string, lobby_gate> lobby_gates;

  /// What the log of a new session from that address (see handshake::network) is charged to.
  address_counts::account log_account_of(const std::string& network) const;
  /// Whether a claim from that address is to be looked at.
  bool may_claim(const std::string& network);
  /// A claim from that address had a wrong proof: counts it, and logs it by this name.
  void claim_was_wrong(const std::string& network, std::string_view event,
                       std::initializer_list<log_field> fields);
  /// That claim was a token which proves nothing. It is wrong if it could be a guess: an expired
  /// one is not, nor one of another secret, as whole crowds show them after a restart without it.
  void token_was_refused(const std::string& network, std::string_view text, token::kind what,
                         std::string_view nsp, std::string_view room);

  /// Null for a namespace that does not exist.
  const namespace_handlers* handlers_of(const std::string& nsp) const;
  /// What a socket hears that owns the room no longer; see namespace_handlers::tell_displaced().
  std::optional<arguments> word_of_displacement(const room_key& key) const;

  void log(log_level level, std::string_view event, std::initializer_list<log_field> fields) const {
    if (options.log) options.log(level, event, fields);
  }
};

using context_ptr = std::shared_ptr<signaler_context>;

} // namespace reliable_signaler
