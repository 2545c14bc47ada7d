// One room: an actor that seats sockets and passes events between them. It knows no connections,
// only outboxes.
#pragma once

#include <caf/typed_event_based_actor.hpp>

#include "context.hpp"
#include "messages.hpp"
#include "pinned_actor.hpp"
#include "room_seats.hpp"

namespace reliable_signaler {

/// A room is open while an owner sits in it, and alive while anybody does. It is spawned by the
/// registry and ended by it, once it has reported itself vacant and nothing is on the way to it. A
/// lobby is a room without owners and without a registry, ended by the signaler.
class room : public pinned_actor<room_actor::base> {
public:
  /// `registry` is null for a lobby.
  room(caf::actor_config& config, caf::execution_unit* home, context_ptr context, room_key key,
       room_registry_actor registry);
  ~room() override;

  const char* name() const override { return "signaler.room"; }
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  static room& self() noexcept { return static_cast<room&>(running()); }

  caf::result<seat_grant> open(open_with_joiners& opening);
  bool was_displaced(const seat_claim& claim) const;
  /// Whether the room is the claimant's, who may have it from whoever owns it now. Not one that is
  /// known to be gone again, or has left: it would be nobody's.
  bool has_precedence(const seat_claim& claim) const;
  caf::result<seat_grant> come_back_as_member(open_with_joiners& opening);
  /// In an exclusive room: those who have not proven that it is theirs and, by an owner who has
  /// come back in time, those too: else there were two. They are told.
  void displace_others(const seat_claim& claim);
  void seat_joiner(parked_question& joiner);
  caf::result<seat_grant> ask(ask_room& question);
  caf::result<seat_grant> join(join_room& request);
  void pass_on(relay& message);
  void pass_on(room_broadcast& message);
  void deliver(relay& message);
  /// `packet` may be null: then the first receiver of bytes has it made.
  delivery delivery_of(encoded_ptr packet, const event_id& id) const;
  void give(const seat& receiver, const event_ptr& what, delivery& sent) const;
  void mark_reached(std::vector<public_id>& reached) const;
  void leave(const leave_room& message);
  void disown(const disown_room& message);
  /// A session of the same name has ended, and leases of it are still under way: whoever asks now
  /// is not answered by that.
  void disown_former_self(const seat_claim& claim);
  void lose(const seat_away& message);
  caf::result<seat_grant> seat_again(const re_register& message);
  void report_closed(std::size_t owners_before);
  void enter(const enter_lobby& message);

  // Why one more seat cannot be given to `who`; none when it can.
  refusal shortage_for(const public_id& who) const;
  seat_grant grant(seat_claim& claim, seat_role role);
  // Everybody in the room, if anybody wants to know.
  roster roster_for(std::optional<std::size_t> most) const;
  bool is_lobby() const { return !registry_; }
  /// The room of everyone in a namespace, which has no id, and a lobby: not counted among the
  /// rooms.
  bool is_counted() const { return !name_->key.id.empty(); }
  void report_vacancy();

  const context_ptr context_;
  const room_name_ptr name_;
  room_registry_actor registry_;
  room_seats seats_;
  // Openings and messages of the registry's worked off so far: what our reports are about.
  std::uint64_t openings_ = 0;
  std::uint64_t handled_ = 0;
};

} // namespace reliable_signaler
