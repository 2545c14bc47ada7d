// Planted faults, and the search for them.
#include "faults.hpp"

#include <array>
#include <cstdint>
#include <iostream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "actors/messages.hpp"
#include "redirected.hpp"
#include "runs.hpp"

namespace reliable_signaler::sim {

namespace {

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
void forget_the_lane(relay& event) {
  event.lane = nullptr;
}
void forget_the_mark(open_room& request) {
  request.claim.withdrawn = nullptr;
}
void forget_the_mark(ask_room& request) {
  request.claim.withdrawn = nullptr;
}
void forget_the_stay(open_room& request) {
  request.claim.stay = 1;
}
// Of a stock client's every claim is.
void be_the_newest(claim_session& request) {
  request.attempt = 0;
}

fate lose_some_events(caf::type_erased_tuple& message) {
  const bool some = message.match_elements<relay>() && message.get_as<relay>(0).id.number % 7 == 0;
  return some ? fate::is_lost : fate::arrives;
}

void hold_without_bound(limits& bounds) {
  bounds.held_sessions = limits{}.held_sessions;
}
void log_without_bound(limits& bounds) {
  bounds.log_bytes = limits{}.log_bytes;
}
void log_all_without_bound(limits& bounds) {
  bounds.log_bytes_in_all = limits{}.log_bytes_in_all;
}
void log_address_without_bound(limits& bounds) {
  bounds.log_bytes_per_address = limits{}.log_bytes_in_all;
}
void park_without_bound(limits& bounds) {
  bounds.parked_joiners = limits{}.parked_joiners;
}
void seat_without_bound(limits& bounds) {
  bounds.seats = limits{}.seats;
}
void open_without_bound(limits& bounds) {
  bounds.rooms = limits{}.rooms;
}
void leave_without_bound(limits& bounds) {
  bounds.rooms_left = limits{}.rooms_left;
}

struct fault {
  std::string_view name;
  /// Seeds within which the simulation finds it.
  std::uint64_t seeds;
  meddler messages = nullptr;
  wrong function = wrong::nothing;
  void (*bounds)(limits&) = nullptr;
};

constexpr fault in_function(std::string_view name, std::uint64_t seeds, wrong what) {
  return {name, seeds, nullptr, what};
}
constexpr fault of_bounds(std::string_view name, std::uint64_t seeds, void (*bounds)(limits&)) {
  return {name, seeds, nullptr, wrong::nothing, bounds};
}

constexpr std::array faults{
    // -- rooms and questions
    fault{"seat-never-given-up", 20, lose<leave_room>},
    fault{"seat-given-up-twice", 20, repeat<leave_room>},
    fault{"closing-not-reported", 20, lose<room_closed>},
    fault{"closing-of-another-generation", 20, change<open_with_joiners, count_no_openings>},
    fault{"vacancy-not-reported", 20, lose<room_vacant>},
    fault{"cancelled-question-kept", 20, lose<cancel_questions>},
    in_function("cancelled-question-answered", 2000, wrong::answers_what_is_revoked),
    fault{"late-question-lost", 2000, lose<bounced_question>},
    fault{"parked-question-lost", 100, change<open_with_joiners, lose_a_joiner>},
    in_function("answers-dropped", 20, wrong::drops_answers),
    in_function("second-opener-is-no-owner", 300, wrong::second_opener_is_member),
    in_function("room-of-absent-owner-is-open", 20, wrong::keeps_who_is_away),
    in_function("displaced-owner-not-told", 300, wrong::tells_no_displaced),
    in_function("proof-of-ownership-not-believed", 300, wrong::believes_no_owner),
    in_function("exclusive-room-has-two-owners", 100, wrong::opens_exclusive_rooms_twice),
    in_function("seat-left-while-away-is-taken-again", 2000, wrong::hears_of_nothing_left),
    fault{"room-that-was-left-is-owned", 2000, lose<disown_room>},
    fault{"withdrawn-opening-granted", 2000, change<open_room, forget_the_mark>},
    fault{"withdrawn-question-granted", 2000, change<ask_room, forget_the_mark>},
    // -- events
    fault{"event-lost", 100, lose_some_events},
    fault{"event-twice", 100, repeat<relay>},
    fault{"event-to-one-room-only", 20, change<relay, stay_in_one_room>},
    fault{"event-twice-to-who-shares-two-rooms", 200, change<relay, forget_who_was_reached>},
    fault{"lane-never-clear", 20, lose<lane_clear>},
    fault{"event-on-another-way-overtakes", 2000, change<relay, forget_the_lane>},
    // -- sessions
    fault{"lost-session-not-held", 20, lose<hold_session>},
    fault{"held-session-leaks", 20, lose<expire_sessions>},
    fault{"new-secret-not-tracked", 20, lose<track_session>},
    fault{"live-session-not-yielded", 20, lose<yield_session>},
    fault{"loss-not-told-to-rooms", 50, lose<seat_away>},
    fault{"return-on-a-lost-connection", 20, change<open_room, forget_the_stay>},
    in_function("seat-freed-with-any-grant", 300, wrong::frees_with_any_grant),
    in_function("token-not-read", 20, wrong::reads_no_token),
    fault{"late-claim-accepted", 2000, change<claim_session, be_the_newest>},
    // -- what is replayed, and what cannot be
    in_function("log-entry-dropped", 100, wrong::logs_no_bytes),
    in_function("replay-begins-too-late", 50, wrong::replays_too_little),
    in_function("replay-of-what-was-heard", 100, wrong::replays_everything),
    in_function("roster-without-gap", 2000, wrong::believes_every_offset),
    in_function("gap-not-told", 300, wrong::tells_no_gap),
    // -- memory
    in_function("logs-never-cleared", 20, wrong::never_clears_logs),
    in_function("logs-charged-to-an-address-for-ever", 20, wrong::charges_addresses_for_ever),
    of_bounds("held-sessions-without-bound", 300, hold_without_bound),
    of_bounds("log-without-bound", 300, log_without_bound),
    of_bounds("logs-without-bound-in-all", 2000, log_all_without_bound),
    of_bounds("logs-of-an-address-without-bound", 300, log_address_without_bound),
    of_bounds("parked-questions-without-bound", 300, park_without_bound),
    of_bounds("seats-without-bound", 2000, seat_without_bound),
    of_bounds("rooms-without-bound", 300, open_without_bound),
    of_bounds("left-rooms-without-bound", 2000, leave_without_bound),
    // -- the wire
    in_function("heartbeat-ends-nothing", 20, wrong::never_ticks),
    in_function("pong-not-counted", 20, wrong::ignores_pongs),
    in_function("upgrade-forgets-the-queue", 300, wrong::upgrade_forgets_queue),
    in_function("poll-finds-nothing", 50, wrong::polls_find_nothing),
    in_function("closed-socket-ignored", 20, wrong::ignores_closed_sockets),
    in_function("attachment-lost", 20, wrong::loses_attachments),
    in_function("post-not-answered", 20, wrong::takes_posts_late),
    in_function("aborted-poll-ends-nothing", 100, wrong::misses_aborted_polls),
    in_function("early-events-dropped", 100, wrong::drops_early_events),
};

const fault* planted = nullptr;

void begin(const fault& which) {
  planted = &which;
  meddle_with(which.messages, which.function);
}

/// Runs in a process of its own, which the fault may wreck: 0 when a promise was broken in time.
int look_for(const fault& which) {
  begin(which);
  for (std::uint64_t seed = 1; seed <= which.seeds; ++seed) {
    const auto run = run_world({seed});
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
    if (x.name == name) begin(x);
  return planted != nullptr;
}

void loosen_bounds(limits& bounds) {
  if (planted != nullptr && planted->bounds != nullptr) planted->bounds(bounds);
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
  for (const auto& x : faults) std::cout << x.name << " (" << x.seeds << " seeds)\n";
  return 0;
}

} // namespace reliable_signaler::sim
