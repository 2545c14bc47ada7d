// Gathering: connect, enter, count who is seated.
#include "crowd.hpp"

#include <algorithm>
#include <utility>

#include "../load/failure.hpp"
#include "../load/interrupt.hpp"

namespace reliable_signaler::bench {

namespace {

// Enough to keep a server busy, few enough for the shortest backlog.
constexpr std::size_t at_a_time = 64;

} // namespace

crowd::crowd(const scenario_context& context, std::size_t count, std::size_t room_size,
             bool track_offsets)
    : context_(context),
      room_size_(room_size),
      track_offsets_(track_offsets),
      clients_(count),
      seated_(count) {
  if (room_size == 0) return;
  const auto prefix = fresh_name("room");
  for (std::size_t i = 0; i * room_size < count; ++i)
    rooms_.push_back(prefix + "-" + std::to_string(i));
}

void crowd::connect(std::size_t i, const recovery_state* resume) {
  auto made = std::make_unique<client>(context_.load, context_.server.where,
                                       context_.options.transport, *this, resume, track_offsets_);
  made->index = i;
  std::swap(made, clients_[i]);
  if (made) context_.load.io.bury(std::move(made));
}

void crowd::gather(std::size_t count) {
  failure_.clear();
  std::size_t begun = 0;
  while (begun < count && clients_[begun]) ++begun;
  const auto per_client = steady::duration{std::chrono::milliseconds{5}};
  const auto deadline = steady::now() + context_.options.patience + per_client * count;
  const auto step = [&] {
    while (begun < count && begun < seated_count_ + at_a_time) connect(begun++, nullptr);
    return seated_count_ >= count || !failure_.empty() || interrupted();
  };
  context_.load.io.run_until(step, deadline);
  if (seated_count_ >= count && failure_.empty()) return;
  if (interrupted()) throw failure(exit_partial, "interrupted");
  throw failure(exit_server, "'" + context_.server.name + "': " + std::to_string(seated_count_)
                                 + " of " + std::to_string(count) + " clients came in, then: "
                                 + (failure_.empty() ? "no answer in time" : failure_));
}

void crowd::drop(std::size_t i) {
  clients_[i]->part(parting::reset);
  stand_up(i);
}

void crowd::rejoin(std::size_t i) {
  const auto state = clients_[i]->recovery();
  stand_up(i);
  connect(i, track_offsets_ && !state.pid.empty() ? &state : nullptr);
}

void crowd::join_anew(std::size_t i) {
  stand_up(i);
  connect(i, nullptr);
}

packet crowd::entrance(std::size_t i, int id) const {
  const auto* event = i % room_size_ == 0 ? "keep-in-server" : "get-session-info";
  return packet{event_text(event, room_of(i), id)};
}

void crowd::on_connected(client& who) {
  if (room_size_ == 0) return sit(who);
  who.emit(entrance(who.index, 0));
}

void crowd::on_answer(client& who, std::uint64_t id, std::string_view) {
  if (id == 0)
    sit(who);
  else
    answered(who, id);
}

void crowd::sit(client& who) {
  if (seated_[who.index]) return;
  seated_[who.index] = true;
  ++seated_count_;
  seated(who);
}

void crowd::stand_up(std::size_t i) {
  if (seated_[i]) --seated_count_;
  seated_[i] = false;
}

void crowd::on_gone(client& who, const std::string& reason) {
  if (failure_.empty()) failure_ = reason;
  stand_up(who.index);
  lost(who, reason);
}

} // namespace reliable_signaler::bench
