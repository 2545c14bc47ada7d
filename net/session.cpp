// One Engine.IO session: its life, its port for actors, its time.
#include "session.hpp"

#include <algorithm>
#include <caf/send.hpp>

#include "../actors/signaler.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

/// Capacity that an empty queue keeps, in packets.
constexpr std::size_t kept_packets = 16;

// As Socket.IO names them for handlers.
std::string_view reason_word(wire::close_reason reason, bool transport_failed) {
  using wire::close_reason;
  switch (reason) {
    case close_reason::client_closed:
      return "transport close";
    case close_reason::transport_closed:
      return transport_failed ? "transport error" : "transport close";
    case close_reason::ping_timeout:
      return "ping timeout";
    case close_reason::parse_error:
      return "parse error";
    case close_reason::overlapping_poll:
    case close_reason::overlapping_post:
    case close_reason::payload_too_large:
    case close_reason::slow_consumer:
      return "transport error";
    case close_reason::connect_timeout:
    case close_reason::server_closed:
      return "forced server close";
    case close_reason::server_shutdown:
      return "server shutting down";
  }
  return "transport close";
}

} // namespace

session::session(shard& home, const session_id& id, wire::transport first, handshake_ptr handshake)
    : home_(&home),
      id_(id),
      handshake_(std::move(handshake)),
      engine_(first, home.server().wire, clock::now()),
      socket_io_(home.server().wire, clock::now()) {
  auto& server = home.server();
  server.alive.fetch_add(1, std::memory_order_relaxed);
  server.sessions.fetch_add(1, std::memory_order_relaxed);
  if (server.options.max_connections_per_address > 0)
    share_ = server.sessions_of_address->take(handshake_->network);
  home.counters().sessions.add(1);
  home.counters().sessions_opened.add(1);
  actor_ = server.actors->spawn_connection(session_port_ptr{this}, handshake_,
                                           server.pinned ? &home.loop() : nullptr);
  if (server.log.enabled(log_level::debug))
    server.log.debug("session_opened",
                     {{"remote", handshake_->remote_address},
                      {"transport", first == wire::transport::polling ? "polling" : "websocket"}});
}

session::~session() = default;

void session::begin_polling(polling_exchange_ptr exchange) {
  get_ = std::move(exchange);
  shard::action_lease lease{*home_};
  engine_.start(lease.actions);
  perform(lease.actions);
}

void session::begin_websocket(connection& socket) {
  socket_ = &socket;
  shard::action_lease lease{*home_};
  engine_.start(lease.actions);
  perform(lease.actions);
}

void session::cut_off() {
  const session_ptr self{this};
  shard::action_lease lease{*home_};
  engine_.abort(wire::close_reason::server_shutdown, lease.actions);
  perform(lease.actions);
}

void session::end(wire::close_reason reason) {
  if (std::exchange(ended_, true)) return;
  {
    const std::lock_guard guard{inbox_mutex_};
    inbox_closed_ = true;
    inbox_.clear();
  }
  auto& server = home_->server();
  const auto word = reason_word(reason, transport_failed_);
  caf::anon_send(actor_, session_ended{std::string{word}});
  actor_ = nullptr;
  drop_queue();
  // Whoever lets go of it last may do so on another thread, where our lists must not be touched.
  home_->loop().deadlines().remove(*this);
  if (dirty()) flushable::unlink();
  get_ = post_ = second_post_ = nullptr;
  socket_ = probe_ = nullptr;
  if (reason == wire::close_reason::slow_consumer) home_->counters().slow_consumers.add(1);
  const auto level =
      reason == wire::close_reason::slow_consumer ? log_level::info : log_level::debug;
  if (server.log.enabled(level))
    server.log.write(level, "session_closed",
                     {{"remote", handshake_->remote_address}, {"reason", to_string(reason)}});
  share_ = nullptr;
  server.sessions.fetch_sub(1, std::memory_order_relaxed);
  home_->counters().sessions.add(-1);
  server.alive.fetch_sub(1, std::memory_order_relaxed);
  home_->forget(id_);
}

// -- the port
// --------------------------------------------------------------------------------------

void session::write(encoded_ptr packet) {
  if (!home_->loop().in_thread())
    return submit(command{command::kind::write, {}, std::move(packet), {}});
  drain_inbox();
  // The only encoder there is makes outbound packets.
  append(packet_ptr{static_cast<const outbound_packet*>(packet.get())});
}

void session::namespace_accepted(std::string nsp) {
  submit(command{command::kind::accepted, {}, nullptr, std::move(nsp)});
}

void session::namespace_refused(std::string nsp) {
  submit(command{command::kind::refused, {}, nullptr, std::move(nsp)});
}

void session::namespace_disconnected(std::string nsp) {
  submit(command{command::kind::disconnected, {}, nullptr, std::move(nsp)});
}

void session::close(close_cause cause) {
  submit(command{command::kind::close, cause, nullptr, {}});
}

void session::drain(const drain_connection& when) {
  if (!ended_) caf::anon_send(actor_, when);
}

void session::submit(command x) {
  if (home_->loop().in_thread()) {
    const session_ptr self{this};
    drain_inbox();
    execute(x);
    return;
  }
  {
    const std::lock_guard guard{inbox_mutex_};
    if (inbox_closed_) return;
    if (x.packet) inbox_bytes_ += x.packet->size();
    if (is_much(inbox_bytes_)) inbox_waits_.store(true);
    inbox_.push_back(std::move(x));
    if (inbox_.size() > 1) return;
    inbox_used_.store(true, std::memory_order_release);
    // Under the lock: once the session has ended, its loop may end as well.
    home_->loop().post([self = session_ptr{this}] { self->drain_inbox(); });
  }
}

void session::drain_inbox() {
  if (!inbox_used_.load(std::memory_order_acquire)) return;
  const session_ptr self{this};
  std::vector<command> taken;
  {
    const std::lock_guard guard{inbox_mutex_};
    taken.swap(inbox_);
    inbox_bytes_ = 0;
    inbox_waits_.store(false);
    inbox_used_.store(false, std::memory_order_relaxed);
  }
  for (auto& x : taken) execute(x);
}

void session::execute(command& x) {
  if (ended_) return;
  switch (x.what) {
    case command::kind::write:
      append(packet_ptr{static_cast<const outbound_packet*>(x.packet.get())});
      break;
    case command::kind::accepted:
      if (socket_io_.accepted(x.nsp) != wire::wire_error::none) {
        shard::action_lease lease{*home_};
        engine_.abort(wire::close_reason::parse_error, lease.actions);
        perform(lease.actions);
      }
      deliver_early();
      break;
    case command::kind::refused:
      socket_io_.refused(x.nsp);
      deliver_early();
      break;
    case command::kind::disconnected:
      socket_io_.disconnected_by_server(x.nsp);
      break;
    case command::kind::close: {
      const auto reason = x.cause == close_cause::shutdown ? wire::close_reason::server_shutdown
                                                           : wire::close_reason::server_closed;
      shard::action_lease lease{*home_};
      engine_.close(reason, !queue_.empty(), clock::now(), lease.actions);
      perform(lease.actions);
    }
  }
}

// -- the queue
// -------------------------------------------------------------------------------------

std::size_t session::waiting_bytes() const noexcept {
  return queue_bytes_ + (socket_ ? socket_->queued_bytes() : 0);
}

// So much that what may be dropped is: far from the limit, since it is known only when the next
// event has been written.
bool session::is_much(std::size_t bytes) const noexcept {
  return bytes > home_->server().options.max_outbound_bytes / 4;
}

void session::append(packet_ptr packet) {
  if (!engine_.is_open()) return;
  const auto limit = home_->server().options.max_outbound_bytes;
  if (waiting_bytes() + packet->size() > limit) {
    // A burst within one round is not the reader's fault: it gets the chance to take it.
    const session_ptr self{this};
    flush();
    if (ended_) return;
    if (waiting_bytes() + packet->size() > limit) {
      shard::action_lease lease{*home_};
      engine_.abort(wire::close_reason::slow_consumer, lease.actions);
      perform(lease.actions);
      return;
    }
  }
  queue_bytes_ += packet->size();
  if (is_much(queue_bytes_)) queue_waits_.store(true);
  home_->counters().queued_bytes.add(static_cast<std::int64_t>(packet->size()));
  queue_.push_back(std::move(packet));
  home_->loop().mark_dirty(*this);
}

void session::drop_queue() noexcept {
  queue_waits_.store(false);
  home_->counters().queued_bytes.add(-static_cast<std::int64_t>(queue_bytes_));
  queue_bytes_ = 0;
  if (queue_.capacity() > kept_packets)
    std::vector<packet_ptr>{}.swap(queue_);
  else
    queue_.clear();
}

void session::flush() noexcept {
  if (ended_ || queue_.empty()) return;
  const session_ptr self{this};
  shard::action_lease lease{*home_};
  engine_.on_queued(lease.actions);
  perform(lease.actions);
  queue_waits_.store(!queue_.empty()); // for the next poll
}

// -- flow control
// ----------------------------------------------------------------------------------

void session::take_credit() {
  in_flight_.fetch_add(1);
}

void session::return_credit() {
  const auto before = in_flight_.fetch_sub(1);
  if (before > home_->server().options.max_inbound_events || !paused_.exchange(false)) return;
  const std::lock_guard guard{inbox_mutex_};
  if (!inbox_closed_) home_->loop().post([self = session_ptr{this}] { self->resume(); });
}

bool session::may_read(const connection& from) noexcept {
  return &from != socket_ || has_room();
}

// Whoever gets false is told by `resume`.
bool session::has_room() noexcept {
  const auto limit = home_->server().options.max_inbound_events;
  if (in_flight_.load() < limit) return true;
  paused_.store(true);
  // The last one may have come back before it could see that somebody waits.
  return in_flight_.load() < limit && paused_.exchange(false);
}

void session::resume() {
  if (ended_) return;
  const session_ptr self{this};
  if (post_waits_) take_post();
  if (socket_) socket_->resume_reading();
}

// -- time
// ------------------------------------------------------------------------------------------

void session::schedule() {
  if (ended_) return;
  home_->loop().deadlines().schedule(*this, std::min(engine_.deadline(), socket_io_.deadline()));
}

session::time_point session::on_deadline(time_point now) {
  if (ended_) return deadline_queue::never;
  const session_ptr self{this};
  shard::action_lease lease{*home_};
  if (socket_io_.tick(now) == wire::wire_error::connect_timeout)
    engine_.abort(wire::close_reason::connect_timeout, lease.actions);
  else
    engine_.tick(now, lease.actions);
  perform(lease.actions);
  if (ended_) return deadline_queue::never;
  return std::min(engine_.deadline(), socket_io_.deadline());
}

} // namespace reliable_signaler::net
