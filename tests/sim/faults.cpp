// Planted faults. The linker redirects some calls of the product to here (see CMakeLists.txt),
// among them the one through which every message to an actor passes; the product knows nothing of
// it.
#include "faults.hpp"

#include <array>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include <caf/mailbox_element.hpp>
#include <caf/scheduled_actor.hpp>

#include "delivery_log.hpp"
#include "outbox.hpp"
#include "room_seats.hpp"
#include "runs.hpp"
#include "token.hpp"

using namespace reliable_signaler;

namespace {

/// What becomes of a message on its way to an actor.
enum class fate : std::uint8_t { arrives, is_lost, arrives_twice };
using meddler = fate (*)(caf::type_erased_tuple& message);

/// Of functions that the linker redirects.
enum class wrong : std::uint8_t {
  nothing,
  frees_with_any_grant,
  second_opener_is_member,
  changes_no_lane,
  logs_no_bytes,
  replays_too_little,
  replays_everything,
  believes_every_offset,
  tells_no_gap,
  reads_no_token,
};

template <class Message>
fate lose(caf::type_erased_tuple& message) {
  return message.match_elements<Message>() ? fate::is_lost : fate::arrives;
}

template <class Message>
fate repeat(caf::type_erased_tuple& message) {
  return message.match_elements<Message>() ? fate::arrives_twice : fate::arrives;
}

// Changes a message of that type, and lets it arrive.
template <class Message, void (*Change)(Message&)>
fate change(caf::type_erased_tuple& message) {
  if (message.match_elements<Message>()) Change(message.get_mutable_as<Message>(0));
  return fate::arrives;
}

void lose_a_joiner(open_with_joiners& opening) {
  if (!opening.joiners.empty()) opening.joiners.pop_back();
}
void count_no_openings(open_with_joiners& opening) {
  opening.openings = 0;
}
void stay_in_one_room(relay& event) {
  event.next.clear();
}
void forget_who_was_reached(relay& event) {
  event.reached.clear();
}
void forget_the_attempt(claim_session& claim) {
  claim.attempt = 0;
}
void forget_the_stay(open_room& request) {
  request.claim.stay = 1;
}

fate lose_some_events(caf::type_erased_tuple& message) {
  const bool some = message.match_elements<relay>() && message.get_as<relay>(0).id.number % 7 == 0;
  return some ? fate::is_lost : fate::arrives;
}

struct fault {
  std::string_view name;
  std::string_view world;
  /// Seeds within which the simulation finds it.
  std::uint64_t seeds;
  meddler messages = nullptr;
  wrong function = wrong::nothing;
};

constexpr std::array faults{
    fault{"seat-never-given-up", "rooms", 20, lose<leave_room>},
    fault{"seat-given-up-twice", "rooms", 20, repeat<leave_room>},
    fault{"closing-not-reported", "rooms", 20, lose<room_closed>},
    fault{"closing-of-another-generation", "rooms", 20,
          change<open_with_joiners, count_no_openings>},
    fault{"vacancy-not-reported", "rooms", 20, lose<room_vacant>},
    fault{"cancelled-question-kept", "rooms", 20, lose<cancel_questions>},
    fault{"late-question-lost", "rooms", 20, lose<bounced_question>},
    fault{"parked-question-lost", "rooms", 20, change<open_with_joiners, lose_a_joiner>},
    fault{"event-to-one-room-only", "rooms", 20, change<relay, stay_in_one_room>},
    fault{"event-twice-to-who-shares-two-rooms", "rooms", 20,
          change<relay, forget_who_was_reached>},
    fault{"event-on-another-way-overtakes", "rooms", 10000, nullptr, wrong::changes_no_lane},
    fault{"lane-never-clear", "rooms", 20, lose<lane_clear>},
    fault{"second-opener-is-no-owner", "rooms", 20, nullptr, wrong::second_opener_is_member},
    fault{"event-lost", "returning", 20, lose_some_events},
    fault{"event-twice", "returning", 20, repeat<relay>},
    fault{"lost-session-not-held", "returning", 20, lose<hold_session>},
    fault{"held-session-leaks", "returning", 20, lose<expire_sessions>},
    fault{"new-secret-not-tracked", "returning", 20, lose<track_session>},
    fault{"live-session-not-yielded", "returning", 20, lose<yield_session>},
    fault{"late-claim-accepted", "returning", 3000, change<claim_session, forget_the_attempt>},
    fault{"loss-not-told-to-rooms", "returning", 20, lose<seat_away>},
    fault{"return-on-a-lost-connection", "returning", 20, change<open_room, forget_the_stay>},
    fault{"seat-freed-with-any-grant", "returning", 20, nullptr, wrong::frees_with_any_grant},
    fault{"log-entry-dropped", "returning", 20, nullptr, wrong::logs_no_bytes},
    fault{"replay-begins-too-late", "returning", 20, nullptr, wrong::replays_too_little},
    fault{"replay-of-what-was-heard", "returning", 20, nullptr, wrong::replays_everything},
    fault{"roster-without-gap", "returning", 300, nullptr, wrong::believes_every_offset},
    fault{"gap-not-told", "returning", 300, nullptr, wrong::tells_no_gap},
    fault{"token-not-read", "returning", 20, nullptr, wrong::reads_no_token},
};

const fault* planted = nullptr;

bool goes_wrong(wrong how) {
  return planted != nullptr && planted->function == how;
}

} // namespace

// Members are called like functions that take the object first (Itanium C++ ABI, section 3.1).
#define SIGNALER_WRAP(symbol, result, name, ...)             \
  result real_##name(__VA_ARGS__) __asm__("__real_" symbol); \
  result name(__VA_ARGS__) __asm__("__wrap_" symbol)

SIGNALER_WRAP(
    "_ZN3caf15scheduled_actor7enqueueESt10unique_ptrINS_15mailbox_elementENS_6detail"
    "8disposerEEPNS_14execution_unitE",
    void, enqueue, caf::scheduled_actor* self, caf::mailbox_element_ptr element,
    caf::execution_unit* unit);
SIGNALER_WRAP("_ZN17reliable_signaler10room_seats7releaseERKNS_9public_idE", bool, release,
              room_seats* self, const public_id& who);
SIGNALER_WRAP("_ZN17reliable_signaler13judge_openingERKNS_10room_seatsERKNS_9public_idEb",
              opening_verdict, judge, const room_seats& seats, const public_id& who,
              bool exclusive);
SIGNALER_WRAP("_ZN17reliable_signaler6socket11change_laneEv", void, change_lane,
              reliable_signaler::socket* self);
SIGNALER_WRAP(
    "_ZN17reliable_signaler12delivery_log6appendERKNS_14delivery_rulesERKNS_8event_idEN3"
    "caf13intrusive_ptrIKNS_7encodedEEENSt6chrono10time_pointINSC_3_V212steady_clockENSC_"
    "8durationIlSt5ratioILl1ELl1000000000EEEEEE",
    void, append, delivery_log* self, const delivery_rules& rules, const event_id& id,
    encoded_ptr packet, delivery_log::time_point now);
SIGNALER_WRAP("_ZNK17reliable_signaler12delivery_log5afterERKNS_8event_idE",
              std::optional<std::size_t>, after, const delivery_log* self, const event_id& id);
SIGNALER_WRAP("_ZNK17reliable_signaler6outbox6coversESt17basic_string_viewIcSt11char_traitsIcEE",
              bool, covers, const outbox* self, std::string_view offset);
SIGNALER_WRAP(
    "_ZN17reliable_signaler6socket13will_tell_gapESt17basic_string_viewIcSt11char_"
    "traitsIcEE",
    void, will_tell_gap, reliable_signaler::socket* self, std::string_view reason);
SIGNALER_WRAP(
    "_ZNK17reliable_signaler12token_signer4readESt17basic_string_viewIcSt11char_traitsIcEE"
    "NS_5token4kindES4_S4_l",
    std::optional<token>, read_token, const token_signer* self, std::string_view text,
    token::kind what, std::string_view nsp, std::string_view room, std::int64_t now);

void enqueue(caf::scheduled_actor* self, caf::mailbox_element_ptr element,
             caf::execution_unit* unit) {
  if (planted == nullptr || planted->messages == nullptr)
    return real_enqueue(self, std::move(element), unit);
  switch (planted->messages(element->content())) {
    case fate::is_lost:
      return;
    case fate::arrives_twice:
      real_enqueue(self,
                   caf::make_mailbox_element(element->sender, element->mid, {},
                                             element->copy_content_to_message()),
                   unit);
      break;
    case fate::arrives:
      break;
  }
  real_enqueue(self, std::move(element), unit);
}

bool release(room_seats* self, const public_id& who) {
  bool freed = real_release(self, who);
  while (goes_wrong(wrong::frees_with_any_grant) && !freed && self->find(who) != nullptr)
    freed = real_release(self, who);
  return freed;
}

opening_verdict judge(const room_seats& seats, const public_id& who, bool exclusive) {
  auto result = real_judge(seats, who, exclusive);
  if (goes_wrong(wrong::second_opener_is_member) && result.role == seat_role::co_owner)
    result.role = seat_role::member;
  return result;
}

void change_lane(reliable_signaler::socket* self) {
  if (!goes_wrong(wrong::changes_no_lane)) real_change_lane(self);
}

void append(delivery_log* self, const delivery_rules& rules, const event_id& id, encoded_ptr packet,
            delivery_log::time_point now) {
  if (goes_wrong(wrong::logs_no_bytes) && id.number % 5 == 0) packet = nullptr;
  real_append(self, rules, id, std::move(packet), now);
}

std::optional<std::size_t> after(const delivery_log* self, const event_id& id) {
  auto result = real_after(self, id);
  if (result && goes_wrong(wrong::replays_too_little)) ++*result;
  if (result && goes_wrong(wrong::replays_everything)) *result = 0;
  return result;
}

bool covers(const outbox* self, std::string_view offset) {
  return goes_wrong(wrong::believes_every_offset) || real_covers(self, offset);
}

void will_tell_gap(reliable_signaler::socket* self, std::string_view reason) {
  if (!goes_wrong(wrong::tells_no_gap)) real_will_tell_gap(self, reason);
}

std::optional<token> read_token(const token_signer* self, std::string_view text, token::kind what,
                                std::string_view nsp, std::string_view room, std::int64_t now) {
  if (goes_wrong(wrong::reads_no_token)) return std::nullopt;
  return real_read_token(self, text, what, nsp, room, now);
}

namespace reliable_signaler::sim {

namespace {

/// Runs in a process of its own, which the fault may wreck: 0 when a promise was broken in time.
int look_for(const fault& which) {
  planted = &which;
  for (std::uint64_t seed = 1; seed <= which.seeds; ++seed) {
    const auto run = run_world(which.world, {seed});
    if (run.broken.empty()) continue;
    std::cout << which.name << ": found by seed " << seed << " of " << which.seeds << " ("
              << run.broken << ")" << std::endl;
    return 0;
  }
  std::cout << which.name << ": NOT found in " << which.seeds << " seeds" << std::endl;
  return 1;
}

} // namespace

bool plant(std::string_view name) {
  for (const auto& x : faults)
    if (x.name == name) planted = &x;
  return planted != nullptr;
}

int find_planted_faults() {
  std::size_t found = 0;
  for (const auto& x : faults) {
    const auto child = ::fork();
    if (child == 0) ::_exit(look_for(x));
    int status = 1;
    ::waitpid(child, &status, 0);
    found += status == 0 ? 1 : 0;
    if (!WIFEXITED(status)) std::cout << x.name << ": the process died" << std::endl;
  }
  std::cout << found << " of " << faults.size() << " planted faults found" << std::endl;
  return found == faults.size() ? 0 : 1;
}

int list_planted_faults() {
  for (const auto& x : faults)
    std::cout << x.name << " (" << x.world << ", " << x.seeds << " seeds)\n";
  return 0;
}

} // namespace reliable_signaler::sim
