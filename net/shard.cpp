// One loop's share of one server: finding sessions, and ending all of them.
#include "shard.hpp"

#include <vector>

namespace reliable_signaler::net {

namespace {

http_answer unknown_session() {
  http_answer result;
  result.status = wire::http_status(wire::engine_error::session_unknown);
  result.content_type = "application/json";
  result.body = wire::json_body(wire::engine_error::session_unknown);
  return result;
}

} // namespace

shard::shard(std::shared_ptr<server_context> server, io_loop& loop, std::size_t index)
    : server_(std::move(server)), loop_(loop), index_(index) {}

shard::~shard() = default;

// -- sessions
// --------------------------------------------------------------------------------------

shard* shard::home_of(const session_id& id) const noexcept {
  const auto index = id.loop();
  return index < server_->shards.size() ? server_->shards[index].get() : nullptr;
}

session_ptr shard::open_session(wire::transport first, handshake_ptr handshake) {
  const auto id = session_id::make(index_);
  auto made = session_ptr{new session(*this, id, first, std::move(handshake)), false};
  sessions_.emplace(id, made);
  return made;
}

session_ptr shard::find(const session_id& id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? nullptr : found->second;
}

void shard::forget(const session_id& id) {
  sessions_.erase(id);
}

void shard::route(polling_step step, polling_exchange_ptr exchange, std::string body) {
  auto* home = home_of(exchange->session);
  if (home == nullptr) return;
  if (home == this) {
    perform(step, exchange, std::move(body));
    return;
  }
  home->loop_.post([to = shard_ptr{home}, step, of = std::move(exchange),
                    text = std::move(body)]() mutable { to->perform(step, of, std::move(text)); });
}

void shard::perform(polling_step step, const polling_exchange_ptr& exchange, std::string body) {
  const auto of = find(exchange->session);
  if (of)
    of->on_polling(step, exchange, std::move(body));
  else if (step != polling_step::aborted)
    exchange->answer(unknown_session());
}

// -- connections
// -----------------------------------------------------------------------------------

void shard::add(connection& x) {
  intrusive_ptr_add_ref(&x);
  connections_.push_back(x);
  server_->alive.fetch_add(1, std::memory_order_relaxed);
  if (x.origin().role == connection_role::admin) return;
  server_->connections.fetch_add(1, std::memory_order_relaxed);
  counters().connections.add(1);
}

void shard::remove(connection& x) {
  if (x.origin().role != connection_role::admin) {
    server_->connections.fetch_sub(1, std::memory_order_relaxed);
    counters().connections.add(-1);
  }
  server_->alive.fetch_sub(1, std::memory_order_relaxed);
  connections_.erase(connections_.iterator_to(x));
  intrusive_ptr_release(&x);
}

// -- the end
// ---------------------------------------------------------------------------------------

// The lists change under our hands.
void shard::drain(const drain_connection& when) {
  std::vector<session_ptr> sessions;
  for (const auto& [id, of] : sessions_) sessions.push_back(of);
  for (const auto& of : sessions) of->drain(when);
}

void shard::end_idle() {
  std::vector<connection_ptr> connections;
  for (auto& x : connections_) connections.emplace_back(&x);
  for (const auto& x : connections) x->end_if_idle();
}

void shard::cut_off() {
  std::vector<session_ptr> sessions;
  for (const auto& [id, of] : sessions_) sessions.push_back(of);
  for (const auto& of : sessions) of->cut_off();
  std::vector<connection_ptr> connections;
  for (auto& x : connections_) connections.emplace_back(&x);
  for (const auto& x : connections) x->finish();
}

} // namespace reliable_signaler::net
