// Redirected calls.
#include "redirected.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>

#include "actors/delivery_log.hpp"
#include "actors/introduction.hpp"
#include "actors/outbox.hpp"
#include "actors/room_seats.hpp"
#include "actors/socket.hpp"
#include "actors/token.hpp"
#include "net/wire/engine_session.hpp"
#include "net/wire/socket_io_session.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::sim;

namespace {

meddler meddling = nullptr;
wrong planted = wrong::nothing;
std::mt19937_64 secrets;
log_sizes sizes;
std::vector<log_growth> grown;
std::vector<public_id> seated;
const room_seats* judged = nullptr; // the last opening was there
std::uint64_t turns = 0;            // of faults that strike now and then

char draw_letter() {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return letters[secrets() % letters.size()];
}

/// Returns what the address has to which the log is charged.
std::int64_t note_sizes(const delivery_log& log, const delivery_rules& rules) {
  sizes.largest = std::max(sizes.largest, log.bytes());
  sizes.all = rules.bytes_kept();
  const auto& account = log.charged_to();
  return sizes.of_address[account.address() ? *account.address() : ""] = account.add(0);
}

void note_growth(const delivery_log& log, const delivery_rules& rules) {
  const auto of_address = note_sizes(log, rules);
  grown.push_back({log.bytes(), sizes.all, of_address});
}

} // namespace

namespace reliable_signaler::sim {

void meddle_with(meddler messages, wrong function) {
  meddling = messages;
  planted = function;
}

bool goes_wrong(wrong how) {
  return planted == how;
}

void begin_redirected_run(std::uint64_t seed) {
  secrets.seed(seed);
  sizes = {};
  grown.clear();
  seated.clear();
  judged = nullptr;
  turns = 0;
}

const log_sizes& logged_bytes() {
  return sizes;
}

std::vector<log_growth> logs_that_grew() {
  return std::exchange(grown, {});
}

std::vector<public_id> seated_by_opening() {
  return std::exchange(seated, {});
}

} // namespace reliable_signaler::sim

// Members are called like functions that take the object first (Itanium C++ ABI, section 3.1).
#define SIGNALER_WRAP(symbol, result, name, ...)             \
  result real_##name(__VA_ARGS__) __asm__("__real_" symbol); \
  result name(__VA_ARGS__) __asm__("__wrap_" symbol);        \
  result name(__VA_ARGS__)

#define SIGNALER_VIEW "St17basic_string_viewIcSt11char_traitsIcEE"
#define SIGNALER_WIRE "_ZN17reliable_signaler4wire"

// -- randomness

SIGNALER_WRAP("_ZN17reliable_signaler14make_public_idEv", public_id, make_id) {
  public_id result;
  std::generate(result.characters.begin(), result.characters.end(), draw_letter);
  return result;
}

SIGNALER_WRAP("_ZN17reliable_signaler11make_secretB5cxx11Em", std::string, make_text,
              std::size_t bytes) {
  std::string result((bytes * 4 + 2) / 3, ' ');
  std::generate(result.begin(), result.end(), draw_letter);
  return result;
}

// -- every message to an actor

SIGNALER_WRAP(
    "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail"
    "8disposerEEPNS_14execution_unitE",
    void, enqueue, caf::scheduled_actor* self, caf::mailbox_element_ptr element,
    caf::execution_unit* unit) {
  judged = nullptr; // between the judgement and the seat nothing is sent
  const auto what = meddling != nullptr ? meddling(element->content()) : fate::arrives;
  if (what == fate::is_lost) return;
  if (what == fate::arrives_twice)
    real_enqueue(self,
                 caf::make_mailbox_element(element->sender, element->mid, {},
                                           element->copy_content_to_message()),
                 unit);
  real_enqueue(self, std::move(element), unit);
}

// -- rooms

SIGNALER_WRAP(
    "_ZN17reliable_signaler10room_seats4takeERKNS_9public_idENS_9seat_roleEN3caf"
    "13intrusive_ptrINS_6outboxEEEm",
    const seat&, take, room_seats* self, const public_id& who, seat_role role, outbox_ptr box,
    std::uint64_t stay) {
  if (self == judged && self->find(who) == nullptr) seated.push_back(who);
  judged = nullptr;
  return real_take(self, who, role, std::move(box), stay);
}

SIGNALER_WRAP("_ZN17reliable_signaler10room_seats7releaseERKNS_9public_idE", bool, release,
              room_seats* self, const public_id& who) {
  bool freed = real_release(self, who);
  while (goes_wrong(wrong::frees_with_any_grant) && !freed && self->find(who) != nullptr)
    freed = real_release(self, who);
  return freed;
}

SIGNALER_WRAP("_ZN17reliable_signaler13judge_openingERKNS_10room_seatsERKNS_9public_idEb",
              opening_verdict, judge, const room_seats& seats, const public_id& who,
              bool exclusive) {
  judged = &seats;
  auto result = real_judge(seats, who, exclusive);
  if (goes_wrong(wrong::second_opener_is_member) && result.role == seat_role::co_owner)
    result.role = seat_role::member;
  if (goes_wrong(wrong::opens_exclusive_rooms_twice) && result.why_not == refusal::room_taken)
    result = {refusal::none, seat_role::co_owner};
  return result;
}

SIGNALER_WRAP("_ZN17reliable_signaler10room_seats8set_awayERKNS_9public_idEmm", void, set_away,
              room_seats* self, const public_id& who, incarnation held, std::uint64_t stay) {
  if (!goes_wrong(wrong::keeps_who_is_away)) real_set_away(self, who, held, stay);
}

SIGNALER_WRAP("_ZN17reliable_signaler10room_seats15displace_othersERKNS_9public_idEb",
              std::vector<outbox_ptr>, displace_others, room_seats* self, const public_id& who,
              bool proven_too) {
  auto displaced = real_displace_others(self, who, proven_too);
  if (goes_wrong(wrong::tells_no_displaced)) displaced.clear();
  return displaced;
}

SIGNALER_WRAP(
    "_ZNK17reliable_signaler6socket5ownedERKNSt7__cxx1112basic_stringIcSt11char_traits"
    "IcESaIcEEESt17basic_string_viewIcS4_E",
    bool, owned, const reliable_signaler::socket* self, const std::string& room,
    std::string_view shown) {
  return !goes_wrong(wrong::believes_no_owner) && real_owned(self, room, shown);
}

SIGNALER_WRAP(
    "_ZN17reliable_signaler17read_introductionERKNSt7__cxx1112basic_stringIcSt11char_traits"
    "IcESaIcEEERKNS_6limitsE",
    introduction, introduce, const std::string& auth, const limits& bounds) {
  auto result = real_introduce(auth, bounds);
  if (goes_wrong(wrong::hears_of_nothing_left)) result.left.clear();
  return result;
}

SIGNALER_WRAP("_ZNK17reliable_signaler15acknowledgement4sendERKNS_9argumentsE", bool, answer,
              const acknowledgement* self, const arguments& args) {
  if (goes_wrong(wrong::drops_answers) && *self && ++turns % 5 == 0) return false;
  return real_answer(self, args);
}

SIGNALER_WRAP("_ZNK17reliable_signaler15acknowledgement6revokeEv", void, revoke,
              const acknowledgement* self) {
  if (!goes_wrong(wrong::answers_what_is_revoked)) real_revoke(self);
}

// -- logs

SIGNALER_WRAP(
    "_ZN17reliable_signaler12delivery_log6appendERKNS_14delivery_rulesERKNS_8event_idEN3"
    "caf13intrusive_ptrIKNS_7encodedEEENSt6chrono10time_pointINSC_3_V212steady_clockENSC_"
    "8durationIlSt5ratioILl1ELl1000000000EEEEEE",
    void, append, delivery_log* self, const delivery_rules& rules, const event_id& id,
    encoded_ptr packet, delivery_log::time_point now) {
  if (goes_wrong(wrong::logs_no_bytes) && id.number % 5 == 0) packet = nullptr;
  real_append(self, rules, id, std::move(packet), now);
  note_growth(*self, rules);
}

SIGNALER_WRAP(
    "_ZN17reliable_signaler12delivery_log4fillERKNS_14delivery_rulesEmN3caf13intrusive_ptrIKNS_"
    "7encodedEEE",
    void, fill_in, delivery_log* self, const delivery_rules& rules, std::uint64_t position,
    encoded_ptr packet) {
  real_fill_in(self, rules, position, std::move(packet));
  note_growth(*self, rules);
}

SIGNALER_WRAP("_ZN17reliable_signaler12delivery_log5clearERKNS_14delivery_rulesE", void, clear_log,
              delivery_log* self, const delivery_rules& rules) {
  const auto bytes = static_cast<std::int64_t>(self->bytes());
  if (!goes_wrong(wrong::never_clears_logs)) real_clear_log(self, rules);
  if (goes_wrong(wrong::charges_addresses_for_ever)) self->charged_to().add(bytes);
  note_sizes(*self, rules);
}

SIGNALER_WRAP("_ZNK17reliable_signaler12delivery_log5afterERKNS_8event_idE",
              std::optional<std::size_t>, after, const delivery_log* self, const event_id& id) {
  auto result = real_after(self, id);
  if (result && goes_wrong(wrong::replays_too_little)) ++*result;
  if (result && goes_wrong(wrong::replays_everything)) *result = 0;
  return result;
}

SIGNALER_WRAP(
    "_ZN17reliable_signaler6outbox6resumeEN3caf13intrusive_ptrINS_12session_portEEE" SIGNALER_VIEW,
    bool, resume, outbox* self, session_port_ptr port, std::string_view offset) {
  const bool covered = real_resume(self, port, offset);
  if (covered || !goes_wrong(wrong::believes_every_offset)) return covered;
  self->bind(std::move(port));
  return true;
}

// -- our extension

SIGNALER_WRAP("_ZN17reliable_signaler6socket13will_tell_gapE" SIGNALER_VIEW, void, will_tell_gap,
              reliable_signaler::socket* self, std::string_view reason) {
  if (!goes_wrong(wrong::tells_no_gap)) real_will_tell_gap(self, reason);
}

SIGNALER_WRAP("_ZNK17reliable_signaler12token_signer4readE" SIGNALER_VIEW "NS_5token4kindES4_S4_l",
              std::optional<token>, read_token, const token_signer* self, std::string_view text,
              token::kind what, std::string_view nsp, std::string_view room, std::int64_t now) {
  if (goes_wrong(wrong::reads_no_token)) return std::nullopt;
  return real_read_token(self, text, what, nsp, room, now);
}

// -- the wire

SIGNALER_WRAP(SIGNALER_WIRE
              "14engine_session4tickENSt6chrono10time_pointINS2_3_V212steady_clockENS2_"
              "8durationIlSt5ratioILl1ELl1000000000EEEEEERSt6vectorINS0_13engine_actionESaISC_EE",
              void, tick, wire::engine_session* self, wire::engine_session::time_point now,
              wire::engine_actions& out) {
  if (!goes_wrong(wrong::never_ticks)) real_tick(self, now, out);
}

SIGNALER_WRAP(SIGNALER_WIRE
              "14engine_session17on_websocket_textE" SIGNALER_VIEW
              "NSt6chrono10time_pointINS6_3_V212steady_clockENS6_8durationIlSt5ratioILl1ELl"
              "1000000000EEEEEERSt6vectorINS0_13engine_actionESaISG_EE",
              void, on_socket_text, wire::engine_session* self, std::string_view frame,
              wire::engine_session::time_point now, wire::engine_actions& out) {
  if (!goes_wrong(wrong::ignores_pongs) || frame != "3") real_on_socket_text(self, frame, now, out);
}

SIGNALER_WRAP(SIGNALER_WIRE "14engine_session13on_probe_textE" SIGNALER_VIEW
                            "RSt6vectorINS0_13engine_actionESaIS7_EE",
              void, on_probe_text, wire::engine_session* self, std::string_view frame,
              wire::engine_actions& out) {
  real_on_probe_text(self, frame, out);
  if (goes_wrong(wrong::upgrade_forgets_queue))
    std::erase_if(out, [](const wire::engine_action& x) {
      return x.what == wire::engine_action::kind::flush_websocket;
    });
}

SIGNALER_WRAP(SIGNALER_WIRE
              "14engine_session6on_getEbNSt6chrono10time_pointINS2_3_V212steady_clockENS2_"
              "8durationIlSt5ratioILl1ELl1000000000EEEEEERSt6vectorINS0_13engine_actionESaISC_EE",
              void, on_get, wire::engine_session* self, bool queued,
              wire::engine_session::time_point now, wire::engine_actions& out) {
  real_on_get(self, queued && !goes_wrong(wrong::polls_find_nothing), now, out);
}

SIGNALER_WRAP(SIGNALER_WIRE
              "14engine_session19on_websocket_closedERSt6vectorINS0_13engine_actionESaIS3_EE",
              void, on_socket_closed, wire::engine_session* self, wire::engine_actions& out) {
  if (!goes_wrong(wrong::ignores_closed_sockets)) real_on_socket_closed(self, out);
}

SIGNALER_WRAP(SIGNALER_WIRE "14engine_session10post_takenERSt6vectorINS0_13engine_actionESaIS3_EE",
              void, post_taken, wire::engine_session* self, wire::engine_actions& out) {
  if (goes_wrong(wrong::takes_posts_late) && ++turns % 5 == 0) return;
  real_post_taken(self, out);
}

SIGNALER_WRAP(SIGNALER_WIRE
              "14engine_session14on_get_abortedENSt6chrono10time_pointINS2_3_V212steady_clockENS2_"
              "8durationIlSt5ratioILl1ELl1000000000EEEEEE",
              void, on_get_aborted, wire::engine_session* self,
              wire::engine_session::time_point now) {
  if (!goes_wrong(wrong::misses_aborted_polls)) real_on_get_aborted(self, now);
}

SIGNALER_WRAP(SIGNALER_WIRE "17socket_io_session10next_earlyERNS0_8incomingERNS0_10wire_errorE",
              bool, next_early, wire::socket_io_session* self, wire::incoming& out,
              wire::wire_error& error) {
  return real_next_early(self, out, error) && !goes_wrong(wrong::drops_early_events);
}

SIGNALER_WRAP(SIGNALER_WIRE
              "17socket_io_session9on_binaryEONSt7__cxx1112basic_stringIcSt11char_traitsIcE"
              "SaIcEEERNS0_8incomingE",
              wire::wire_error, on_binary, wire::socket_io_session* self, std::string&& bytes,
              wire::incoming& out) {
  if (goes_wrong(wrong::loses_attachments)) {
    out.what = wire::incoming::kind::nothing;
    return wire::wire_error::none;
  }
  return real_on_binary(self, std::move(bytes), out);
}
