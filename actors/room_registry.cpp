// The registry actor.
#include "room_registry.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "refusal.hpp"
#include "room.hpp"
#include "supervision.hpp"

namespace reliable_signaler {

namespace {

// The room of everyone in a namespace, which has no id, is no room that anybody has opened.
bool counts(const room_key& key) {
  return !key.id.empty();
}

} // namespace

room_registry::room_registry(caf::actor_config& config, caf::execution_unit* home,
                             context_ptr context)
    : pinned_actor(config, home), context_(std::move(context)) {}

room_registry::~room_registry() = default;

room_registry::behavior_type room_registry::make_behavior() {
  keep_quiet(this, context_, "signaler.registry");
  set_down_handler([this](caf::down_msg& message) { lost(message); });
  return {
      [this](open_room& request) { return open(request); },
      [this](ask_room& question) { return ask(question); },
      [this](join_room& request) { return join(request); },
      [this](const find_room& request) { return find(request); },
      [this](broadcast_request& request) { send_to_many(request); },
      [this](const cancel_questions& request) { cancel(request); },
      [this](bounced_question& message) { bounced(message); },
      [this](const room_closed& report) { closed(report); },
      [this](const room_vacant& report) { vacant(report); },
  };
}

void room_registry::on_exit() {
  // CAF answers nothing for a promise that is merely destroyed, and a client would wait for ever.
  for (auto& [key, target] : rooms_) {
    for (auto& [place, waiting] : target.parked)
      waiting.promise.deliver(make_error(refusal::shutting_down));
    if (target.room) caf::anon_send_exit(target.room, caf::exit_reason::user_shutdown);
  }
  context_->counters.parked.fetch_sub(static_cast<std::int64_t>(places_.size()),
                                      std::memory_order_relaxed);
  context_->counters.rooms.fetch_sub(static_cast<std::int64_t>(std::exchange(alive_, 0)),
                                     std::memory_order_relaxed);
  places_.clear();
  rooms_.clear();
  keys_.clear();
  askers_.clear();
  connections_.clear();
}

// Sockets have looked before they ask; actors of the embedder's have not.
bool room_registry::is_named(const room_key& key) const {
  return !key.id.empty() && key.id.size() <= context_->options.limits.room_id_bytes;
}

// Counted here, where the limit is looked at: a room that ends may still be there beside the next.
void room_registry::count_room(const room_key& key, int change) {
  if (!counts(key)) return;
  alive_ += static_cast<std::size_t>(change);
  context_->counters.rooms.fetch_add(change, std::memory_order_relaxed);
}

refusal room_registry::revive(table::value_type& at, caf::execution_unit* home) {
  auto& [key, target] = at;
  if (target.room) return refusal::none;
  if (counts(key) && alive_ >= context_->options.limits.rooms) return refusal::too_many_rooms;
  target.room = spawn_pinned<reliable_signaler::room>(system(), home, context_, key,
                                                      caf::actor_cast<room_registry_actor>(this));
  monitor(target.room);
  keys_.emplace(target.room.address(), &key);
  count_room(key, 1);
  return refusal::none;
}

caf::result<seat_grant> room_registry::open(open_room& request) {
  const auto& key = request.claim.key;
  if (!is_named(key)) return make_error(refusal::invalid_room_id);
  auto at = rooms_.try_emplace(key).first;
  auto& target = at->second;
  if (const auto why_not = revive(*at, request.home); why_not != refusal::none) {
    erase_if_unused(at);
    return make_error(why_not);
  }
  target.open = true;
  ++target.openings;
  ++target.forwarded;
  open_with_joiners opening{std::move(request.claim), target.openings, unpark_all(target)};
  return delegate(target.room, std::move(opening));
}

caf::result<seat_grant> room_registry::join(join_room& request) {
  const auto& key = request.claim.key;
  auto at = rooms_.try_emplace(key).first;
  auto& target = at->second;
  if (const auto why_not = revive(*at, request.home); why_not != refusal::none) {
    erase_if_unused(at);
    return make_error(why_not);
  }
  ++target.forwarded;
  return delegate(target.room, std::move(request));
}

found_room room_registry::find(const find_room& request) const {
  const auto i = rooms_.find(request.key);
  return i == rooms_.end() ? found_room{} : found_room{i->second.room};
}

void room_registry::send_to_many(broadcast_request& request) {
  room_broadcast message{std::move(request.what),
                         request.id,
                         std::move(request.packet),
                         {},
                         0,
                         std::move(request.without),
                         std::move(request.sockets)};
  const auto add = [&](std::string& id) {
    const auto i = rooms_.find({request.nsp, std::move(id)});
    if (i == rooms_.end() || !i->second.room) return false;
    // Counted as sent to each of them: so none of them ends before the broadcast has passed.
    ++i->second.forwarded;
    message.next.push_back(caf::actor_cast<caf::strong_actor_ptr>(i->second.room));
    return true;
  };
  const bool through_everyone = request.rooms.empty() || !message.only.empty();
  // Nobody sits in a room that has no name; ours of everyone is not to be had by that.
  std::erase(request.without_rooms, std::string{});
  std::erase(request.rooms, std::string{});
  for (auto& id : request.without_rooms) message.exempt += add(id) ? 1 : 0;
  if (through_everyone) request.rooms.emplace_back();
  for (auto& id : request.rooms) add(id);
  if (message.next.empty()) return;
  std::reverse(message.next.begin(), message.next.end());
  const auto first = caf::actor_cast<room_actor>(message.next.back());
  message.next.pop_back();
  caf::anon_send(first, std::move(message));
}

caf::result<seat_grant> room_registry::ask(ask_room& question) {
  if (!is_named(question.claim.key)) return make_error(refusal::invalid_room_id);
  question.place = question.order = ++last_place_;
  const auto i = rooms_.find(question.claim.key);
  if (i != rooms_.end() && i->second.open) {
    auto& target = i->second;
    ++target.forwarded;
    question.openings = target.openings;
    return delegate(target.room, std::move(question));
  }
  caf::response_promise promise = make_response_promise<seat_grant>();
  if (auto* waiting = parked_of(question.claim)) {
    ask_again(*waiting, question, std::move(promise));
    return caf::delegated<seat_grant>{};
  }
  if (const auto why_not = shortage_of_parking(question.claim.who); why_not != refusal::none) {
    promise.deliver(make_error(why_not));
    return caf::delegated<seat_grant>{};
  }
  park(std::move(question), std::move(promise));
  return caf::delegated<seat_grant>{};
}

parked_question* room_registry::parked_of(const seat_claim& claim) {
  const auto known = askers_.find(claim.who);
  if (known == askers_.end()) return nullptr;
  for (const auto& [key, place] : known->second.places)
    if (key == claim.key) return &rooms_.at(key).parked.at(place);
  return nullptr;
}

void room_registry::ask_again(parked_question& waiting, ask_room& question,
                              caf::response_promise promise) {
  waiting.promise.deliver(make_error(refusal::superseded));
  waiting.promise = std::move(promise);
  waiting.question.order = question.order;
  auto& known = waiting.question.claim;
  known.box = std::move(question.claim.box);
  known.granted = std::move(question.claim.granted);
  known.withdrawn = std::move(question.claim.withdrawn);
  if (!question.claim.ack) return;
  if (known.earlier_acks.size() >= context_->options.limits.answers_per_question)
    known.earlier_acks.erase(known.earlier_acks.begin());
  known.earlier_acks.push_back(std::exchange(known.ack, std::move(question.claim.ack)));
}

void room_registry::cancel(const cancel_questions& request) {
  drop_questions_of(request.who, request.key);
  if (!request.key) return;
  // What was asked before is with the room already, and what is asked from now on comes later.
  const auto at = rooms_.find(*request.key);
  if (at != rooms_.end() && at->second.room)
    caf::anon_send(at->second.room, disown_room{request.who, request.box, request.kept});
}

void room_registry::bounced(bounced_question& message) {
  auto& question = message.question;
  caf::response_promise promise{caf::strong_actor_ptr{ctrl()}, message.promise.source(),
                                message.promise.stages(), message.promise.id()};
  if (!promise.pending()) return;
  if (question.claim.is_withdrawn()) {
    promise.deliver(make_error(refusal::cancelled)); // while it was on its way to the room and back
    return;
  }
  const auto at = rooms_.find(question.claim.key);
  if (at != rooms_.end() && at->second.open) { // opened again since
    auto& target = at->second;
    ++target.forwarded;
    question.openings = target.openings;
    promise.delegate(target.room, std::move(question));
    return;
  }
  if (auto* waiting = parked_of(question.claim))
    return merge(*waiting, question, std::move(promise));
  if (const auto why_not = make_way_for(question); why_not != refusal::none)
    return promise.deliver(make_error(why_not));
  park(std::move(question), std::move(promise));
}

// Asked again while it was on its way: the earlier place is kept, and the later one is answered.
void room_registry::merge(parked_question& waiting, ask_room& question,
                          caf::response_promise promise) {
  if (question.place < waiting.question.place) move_to(waiting, question.place);
  if (question.order > waiting.question.order)
    return ask_again(waiting, question, std::move(promise));
  promise.deliver(make_error(refusal::superseded));
  auto older = std::move(question.claim.earlier_acks);
  if (question.claim.ack) older.push_back(std::move(question.claim.ack));
  auto& acks = waiting.question.claim.earlier_acks;
  acks.insert(acks.begin(), std::make_move_iterator(older.begin()),
              std::make_move_iterator(older.end()));
  const auto most = context_->options.limits.answers_per_question;
  if (acks.size() > most) acks.erase(acks.begin(), acks.end() - static_cast<std::ptrdiff_t>(most));
}

void room_registry::closed(const room_closed& report) {
  const auto i = rooms_.find(report.key);
  if (i != rooms_.end() && i->second.openings == report.openings) i->second.open = false;
}

void room_registry::vacant(const room_vacant& report) {
  const auto i = rooms_.find(report.key);
  if (i == rooms_.end() || !i->second.room || i->second.forwarded != report.handled) return;
  auto& target = i->second;
  demonitor(target.room.address());
  keys_.erase(target.room.address());
  caf::anon_send_exit(target.room, caf::exit_reason::user_shutdown);
  target.room = nullptr;
  target.open = false;
  target.openings = 0;
  target.forwarded = 0;
  count_room(i->first, -1);
  erase_if_unused(i);
}

void room_registry::lost(const caf::down_msg& message) {
  if (const auto i = connections_.find(message.source); i != connections_.end()) {
    const auto sockets = i->second; // dropping questions changes the table
    for (const auto& who : sockets) drop_questions_of(who, std::nullopt);
    return;
  }
  const auto i = keys_.find(message.source);
  if (i == keys_.end()) return;
  // A room never ends by itself: this one has failed. Those who wait go on waiting for the next
  // one.
  const auto at = rooms_.find(*i->second);
  keys_.erase(i);
  if (at == rooms_.end()) return;
  context_->log(log_level::error, "room_lost", {{"room", at->first.id}});
  at->second.room = nullptr;
  at->second.open = false;
  at->second.openings = 0;
  at->second.forwarded = 0;
  count_room(at->first, -1);
  erase_if_unused(at);
}

refusal room_registry::shortage_of_parking(const public_id& who) const {
  const auto& bounds = context_->options.limits;
  const auto i = askers_.find(who);
  if (i != askers_.end() && i->second.places.size() >= bounds.parked_per_socket)
    return refusal::too_many_parked_of_socket;
  if (places_.size() >= bounds.parked_joiners) return refusal::too_many_parked;
  return refusal::none;
}

// So that those wait who have come first, as if none had been under way.
refusal room_registry::make_way_for(const ask_room& question) {
  const auto& who = question.claim.who;
  const auto why_not = shortage_of_parking(who);
  std::uint64_t latest = 0;
  if (why_not == refusal::too_many_parked_of_socket)
    for (const auto& [key, place] : askers_.at(who).places) latest = std::max(latest, place);
  else if (why_not == refusal::too_many_parked && !places_.empty())
    latest = places_.rbegin()->first;
  if (latest < question.place) return why_not;
  refuse_place(latest, why_not);
  return refusal::none;
}

void room_registry::park(ask_room question, caf::response_promise promise) {
  const auto connection = caf::actor_cast<caf::actor_addr>(promise.source());
  const auto who = question.claim.who;
  auto& known = askers_[who];
  if (known.places.empty()) {
    known.connection = connection;
    auto& sockets = connections_[connection];
    if (sockets.empty()) monitor(connection);
    sockets.push_back(who);
  }
  const auto place = question.place;
  auto& [key, target] = *rooms_.try_emplace(question.claim.key).first;
  known.places.emplace_back(key, place);
  places_.emplace(place, &key);
  target.parked.emplace(place, parked_question{std::move(question), std::move(promise)});
  context_->counters.parked.fetch_add(1, std::memory_order_relaxed);
}

std::vector<parked_question> room_registry::unpark_all(entry& target) {
  std::vector<parked_question> result;
  result.reserve(target.parked.size());
  for (auto& [place, waiting] : target.parked) {
    forget_place(waiting.question.claim.who, place);
    result.push_back(std::move(waiting));
  }
  target.parked.clear();
  return result;
}

void room_registry::forget_place(const public_id& who, std::uint64_t place) {
  places_.erase(place);
  context_->counters.parked.fetch_sub(1, std::memory_order_relaxed);
  const auto known = askers_.find(who);
  if (known == askers_.end()) return;
  std::erase_if(known->second.places, [&](const auto& x) { return x.second == place; });
  if (!known->second.places.empty()) return;
  const auto connection = connections_.find(known->second.connection);
  askers_.erase(known);
  if (connection == connections_.end()) return;
  std::erase(connection->second, who);
  if (!connection->second.empty()) return;
  demonitor(connection->first);
  connections_.erase(connection);
}

void room_registry::drop_questions_of(const public_id& who, const std::optional<room_key>& only) {
  const auto known = askers_.find(who);
  if (known == askers_.end()) return;
  const auto places = known->second.places; // forgetting places changes the table
  for (const auto& [key, place] : places) {
    if (!only || key == *only) refuse_place(place, refusal::cancelled);
  }
}

void room_registry::refuse_place(std::uint64_t place, refusal why) {
  const auto at = rooms_.find(*places_.at(place));
  auto waiting = at->second.parked.extract(place);
  waiting.mapped().promise.deliver(make_error(why));
  forget_place(waiting.mapped().question.claim.who, place);
  erase_if_unused(at);
}

void room_registry::move_to(parked_question& waiting, std::uint64_t place) {
  const auto former = std::exchange(waiting.question.place, place);
  const auto move = [&](auto& from) {
    auto node = from.extract(former);
    node.key() = place;
    from.insert(std::move(node));
  };
  move(rooms_.at(waiting.question.claim.key).parked);
  move(places_);
  for (auto& x : askers_.at(waiting.question.claim.who).places)
    if (x.second == former) x.second = place;
}

void room_registry::erase_if_unused(table::iterator at) {
  if (!at->second.room && at->second.parked.empty()) rooms_.erase(at);
}

} // namespace reliable_signaler
