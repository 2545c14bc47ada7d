// Puts the actors of one signaler together.
#include "signaler.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include "connection.hpp"
#include "context.hpp"
#include "room.hpp"
#include "room_registry.hpp"
#include "session_store.hpp"
#include "supervision.hpp"

namespace reliable_signaler {

namespace {

// Random, so that no two lives of a server share an epoch even when clocks jump; and short, since
// every event carries it.
std::uint64_t make_epoch() {
  constexpr std::uint64_t epochs = std::uint64_t{1} << 41; // 8 characters
  const auto random = make_public_id();
  return std::hash<public_id>{}(random) % epochs;
}

delivery_rules_ptr make_rules(const signaler_options& options, const encoder_ptr& codec,
                              std::uint64_t epoch, const caf::actor_clock& clock) {
  if (!options.recovers()) return caf::make_counted<const delivery_rules>(codec);
  const delivery_rules::bounds bounds{options.limits.log_bytes, options.limits.log_bytes_in_all,
                                      std::max(options.log_age, options.grace),
                                      options.limits.log_bytes_per_address};
  return caf::make_counted<const delivery_rules>(codec, epoch, clock, bounds);
}

// Where nobody takes bytes, events to many still pass by the functions that make them.
struct no_encoder : encoder {
  encoded_ptr event(std::string_view, const arguments&, std::optional<std::uint64_t>,
                    std::string_view) const override {
    return nullptr;
  }
  encoded_ptr acknowledgement(std::string_view, std::uint64_t, const arguments&) const override {
    return nullptr;
  }
  encoded_ptr connected(std::string_view, std::string_view, std::string_view) const override {
    return nullptr;
  }
  encoded_ptr refused(std::string_view, std::string_view, std::string_view) const override {
    return nullptr;
  }
  encoded_ptr disconnected(std::string_view) const override { return nullptr; }
};

encoder_ptr codec_or_none(encoder_ptr codec) {
  // Never destroyed: a signaler of a static object's may be made, and end, after statics of here.
  static const auto& none = *new encoder_ptr{caf::make_counted<const no_encoder>()};
  if (!codec) return none;
  return codec;
}

template <class Duration>
void bound(Duration& time) {
  time = std::clamp(time, Duration::zero(), std::chrono::duration_cast<Duration>(longest_time));
}

signaler_options bounded(signaler_options&& from) {
  bound(from.grace);
  bound(from.log_age);
  bound(from.backoff_min);
  bound(from.backoff_max);
  bound(from.middleware_timeout);
  bound(from.token_life);
  return std::move(from);
}

namespace_table frozen(namespace_table&& table) {
  table.freeze();
  return std::move(table);
}

} // namespace

signaler_context::signaler_context(signaler_options options_, namespace_table namespaces_,
                                   encoder_ptr codec_, const caf::actor_clock& clock_)
    : options(bounded(std::move(options_))),
      clock(clock_),
      namespaces(frozen(std::move(namespaces_))),
      codec(codec_or_none(std::move(codec_))),
      epoch(make_epoch()),
      delivery(make_rules(options, codec, epoch, clock)),
      tokens(options.secret.empty() ? make_secret(token_signer::secret_bytes) : options.secret),
      claims(options.limits.wrong_claims_per_minute, options.limits.addresses_with_wrong_claims),
      outdated_claims(options.limits.wrong_claims_per_minute,
                      options.limits.addresses_with_wrong_claims),
      void_tokens(
          epoch,
          {options.limits.rooms_left_per_client, options.limits.rooms_left, options.token_life},
          counters.left_rooms) {
  if (!options.lobby) return;
  const auto& bounds = options.limits;
  for (const auto& [nsp, handlers] : namespaces.named())
    if (handlers.has_lobby())
      lobby_gates.try_emplace(nsp, bounds.lobby_members, bounds.lobby_events_per_second);
}

// Predicates are the embedder's code and run on what any client sends.
const namespace_handlers* signaler_context::handlers_of(const std::string& nsp) const {
  try {
    return namespaces.find(nsp);
  } catch (...) {
    log(log_level::error, "pattern_failed",
        {{"nsp", nsp}, {"what", text_of(std::current_exception())}});
    return nullptr;
  }
}

std::optional<arguments> signaler_context::word_of_displacement(const room_key& key) const {
  const auto* handlers = handlers_of(key.nsp);
  if (handlers == nullptr || !handlers->displaced()) return std::nullopt;
  try {
    return handlers->displaced()(key.id);
  } catch (...) {
    log(log_level::error, "handler_failed",
        {{"nsp", key.nsp}, {"room", key.id}, {"what", text_of(std::current_exception())}});
    return std::nullopt;
  }
}

address_counts::account signaler_context::log_account_of(const std::string& network) const {
  const bool bounded = options.recovers() && options.limits.log_bytes_per_address > 0;
  if (!bounded || network.empty()) return {};
  return logs_by_address->open_account(network);
}

bool signaler_context::may_claim(const std::string& network) {
  if (claims.allows(network, clock.now())) return true;
  counters.ignored_claims.fetch_add(1, std::memory_order_relaxed);
  return false;
}

// At most as many lines a minute and address as claims are looked at.
void signaler_context::claim_was_wrong(const std::string& network, std::string_view event,
                                       std::initializer_list<log_field> fields) {
  counters.wrong_claims.fetch_add(1, std::memory_order_relaxed);
  log(log_level::warning, event, fields);
  if (claims.count(network, clock.now()))
    log(log_level::warning, "claims_ignored",
        {{"network", network}, {"limit", std::to_string(options.limits.wrong_claims_per_minute)}});
}

void signaler_context::token_was_refused(const std::string& network, std::string_view text,
                                         token::kind what, std::string_view nsp,
                                         std::string_view room) {
  const auto event = what == token::kind::hello ? "token_refused" : "room_token_refused";
  const bool outdated = tokens.read(text, what, nsp, room, 0).has_value();
  if (!outdated && tokens.has_signed(text, what))
    return claim_was_wrong(network, event, {{"nsp", nsp}, {"room", room}});
  if (!outdated_claims.allows(network, clock.now())) return;
  outdated_claims.count(network, clock.now());
  log(log_level::info, event,
      {{"nsp", nsp}, {"room", room}, {"why", outdated ? "expired" : "of another secret"}});
}

signaler::signaler(caf::actor_system& system, signaler_options options, namespace_table namespaces,
                   encoder_ptr codec, caf::execution_unit* home)
    : system_(system),
      has_codec_(codec != nullptr),
      context_(std::make_shared<signaler_context>(std::move(options), std::move(namespaces),
                                                  std::move(codec), system.clock())),
      registry_(spawn_pinned<room_registry>(system, home, context_)),
      sessions_(spawn_pinned<session_store>(system, home, context_)) {
  auto lobbies = std::make_shared<lobby_table>();
  for (const auto& [nsp, gate] : context_->lobby_gates)
    lobbies->emplace_back(
        nsp, spawn_pinned<room>(system, home, context_, room_key{nsp, {}}, room_registry_actor{}));
  lobbies_ = std::move(lobbies);
}

signaler::~signaler() {
  stop();
}

connection_actor signaler::spawn_connection(session_port_ptr port, handshake_ptr request,
                                            caf::execution_unit* home) {
  if (!has_codec_) throw std::logic_error("a signaler without a codec has no connections");
  return spawn_pinned<connection>(system_, home, context_, registry_, sessions_, lobbies_,
                                  std::move(port), std::move(request));
}

broadcast signaler::everyone_in(std::string nsp) const {
  return {registry_, context_->delivery, std::move(nsp)};
}

const stats& signaler::counters() const noexcept {
  return context_->counters;
}

std::int64_t signaler::kept_bytes() const noexcept {
  return context_->delivery ? context_->delivery->bytes_kept() : 0;
}

void signaler::stop() {
  if (stopped_.exchange(true)) return;
  caf::anon_send_exit(sessions_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(registry_, caf::exit_reason::user_shutdown);
  for (const auto& [nsp, actor] : *lobbies_)
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

} // namespace reliable_signaler
