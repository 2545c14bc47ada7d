// The registry of rooms: an actor that finds and spawns them and parks those who come too early. It
// is never on the path of a relayed event.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "context.hpp"
#include "messages.hpp"
#include "pinned_actor.hpp"
#include "refusal.hpp"

namespace reliable_signaler {

/// Runtime name `signaler.registry`. Answers everything it has parked when it ends.
class room_registry : public pinned_actor<room_registry_actor::base> {
public:
  room_registry(caf::actor_config& config, caf::execution_unit* home, context_ptr context);
  ~room_registry() override;

  const char* name() const override { return "signaler.registry"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  /// Questions that wait for one room, by place: whoever came first is first.
  using queue = std::map<std::uint64_t, parked_question>;

  /// One id. It exists while a room does or while somebody waits for one.
  struct entry {
    room_actor room;
    // The registry passes openings on to the room, and the room reports when it closes, saying
    // after how many openings. A report older than the last opening says nothing: that opening is
    // still on its way.
    bool open = false;
    std::uint64_t openings = 0;
    // Messages passed on to the room: it may end when it has handled that many and is vacant.
    std::uint64_t forwarded = 0;
    queue parked;
  };
  using table = std::unordered_map<room_key, entry>;

  /// Where the parked questions of one socket are.
  struct asker {
    caf::actor_addr connection;
    std::vector<std::pair<room_key, std::uint64_t>> places;
  };

  caf::result<seat_grant> open(open_room& request);
  caf::result<seat_grant> ask(ask_room& question);
  caf::result<seat_grant> join(join_room& request);
  found_room find(const find_room& request) const;
  void send_to_many(broadcast_request& request);
  bool is_named(const room_key& key) const;
  /// Sees to it that there is a room; returns why it cannot.
  refusal revive(table::value_type& at, caf::execution_unit* home);
  void count_room(const room_key& key, int change);
  void cancel(const cancel_questions& request);
  void bounced(bounced_question& message);
  void closed(const room_closed& report);
  void vacant(const room_vacant& report);
  void lost(const caf::down_msg& message);

  /// The question that the same socket has parked for the same room, or null.
  parked_question* parked_of(const seat_claim& claim);
  /// The later question takes the earlier one's place, and both are answered from it.
  void ask_again(parked_question& waiting, ask_room& question, caf::response_promise promise);
  void merge(parked_question& waiting, ask_room& question, caf::response_promise promise);
  refusal shortage_of_parking(const public_id& who) const;
  /// One that has been on its way to a room and back has its old place: if there are too many then,
  /// the latest is refused. Returns why it must go itself.
  refusal make_way_for(const ask_room& question);
  void park(ask_room question, caf::response_promise promise);
  /// Takes the questions of one room out of the index, as they are about to be handed on.
  std::vector<parked_question> unpark_all(entry& target);
  void forget_place(const public_id& who, std::uint64_t place);
  /// Moves a parked question to a place where nobody is.
  void move_to(parked_question& waiting, std::uint64_t place);
  void refuse_place(std::uint64_t place, refusal why);
  void drop_questions_of(const public_id& who, const std::optional<room_key>& only);
  void erase_if_unused(table::iterator at);

  const context_ptr context_;
  table rooms_;
  // Where the keys of the rooms that live stand in the table.
  std::unordered_map<caf::actor_addr, const room_key*> keys_;
  std::unordered_map<public_id, asker> askers_;
  // Sockets with parked questions, by connection; a connection in it is monitored.
  std::unordered_map<caf::actor_addr, std::vector<public_id>> connections_;
  std::uint64_t last_place_ = 0;
  // Where each parked question is.
  std::map<std::uint64_t, const room_key*> places_;
  std::size_t alive_ = 0;
};

} // namespace reliable_signaler
