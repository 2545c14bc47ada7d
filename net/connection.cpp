// One accepted socket: output, deadlines, and its way from HTTP to a WebSocket or to its end.
#include "connection.hpp"

#include <array>
#include <span>

#include "connection_factory.hpp"
#include "http_channel.hpp"
#include "limits.hpp"
#include "outbound_packet.hpp"
#include "session.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

using clock = std::chrono::steady_clock;

} // namespace

connection::connection(shard& home, connection_origin origin)
    : home_(&home), origin_(std::move(origin)) {}

connection::~connection() = default;

void connection::destroy(connection* x) noexcept {
  delete x;
}

void connection::begin() {
  home_->add(*this);
  http_ = std::make_unique<http_channel>(*this);
  set_deadline(clock::now() + home_->server().options.header_timeout);
}

void connection::on_handshake(bool ok) {
  if (phase_ == phase::finished) return;
  if (!ok) return finish();
  phase_ = phase::http;
  http_->begin();
}

// -- output
// ----------------------------------------------------------------------------------------

void connection::enqueue(chunk piece) {
  const auto before = output_.bytes();
  output_.push(std::move(piece));
  output_grew(before);
}

void connection::output_grew(std::size_t before) {
  // Beast answers pings that it has read already, whoever has closed the connection meanwhile.
  if (phase_ == phase::finished) return output_.clear();
  home_->counters().queued_bytes.add(static_cast<std::int64_t>(output_.bytes() - before));
  if (!waits_writable_) home_->loop().mark_dirty(*this);
}

std::pair<error_code, std::size_t> connection::take_written(std::string bytes) {
  const auto count = bytes.size();
  if (output_.bytes() > home_->server().options.max_outbound_bytes)
    return {boost::asio::error::no_buffer_space, 0};
  enqueue(make_chunk(std::move(bytes)));
  return {error_code{}, count};
}

void connection::flush() noexcept {
  // A session flushes what it has just queued: for that no other round is needed, which would look
  // for events before the loop may sleep.
  if (dirty()) flushable::unlink();
  if (waits_writable_ || phase_ == phase::finished) return;
  const auto before = static_cast<std::int64_t>(output_.bytes());
  const auto result = flush_stream();
  const auto after = static_cast<std::int64_t>(output_.bytes());
  home_->counters().queued_bytes.add(after - before);
  const auto awaited = http_ && http_->awaits_output();
  if (result == flush_result::done && !ends_after_output_ && !awaited) return;
  if (result == flush_result::blocked) {
    waits_writable_ = true;
    if (session_) session_->on_output_waits(true);
    start_wait_writable();
    return;
  }
  // Whoever flushes is in the middle of something else.
  home_->loop().post([self = connection_ptr{this}, ok = result == flush_result::done] {
    if (ok && !self->ends_after_output_)
      self->continue_http();
    else if (ok)
      self->on_output_sent();
    else
      self->on_writable(false);
  });
}

void connection::on_writable(bool ok) {
  waits_writable_ = false;
  if (session_) session_->on_output_waits(false);
  if (phase_ == phase::finished) return;
  if (ok)
    flush();
  else if (phase_ == phase::websocket)
    on_websocket_end(websocket_end::lost);
  else
    finish();
}

void connection::on_output_sent() {
  if (phase_ == phase::finished || !output_.empty()) return;
  if (!lingers_) return finish();
  if (phase_ == phase::lingering) return;
  phase_ = phase::lingering;
  end_output();
  read_http();
}

void connection::finish_after_output() {
  ends_after_output_ = true;
  if (phase_ == phase::finished) return;
  set_deadline(clock::now() + bounds::connection_end);
  if (output_.empty()) return on_output_sent();
  if (!waits_writable_) home_->loop().mark_dirty(*this);
}

void connection::close_after_output(bool linger) {
  lingers_ = linger;
  ends_after_output_ = true;
  set_deadline(clock::now() + bounds::connection_end);
  if (!waits_writable_) home_->loop().mark_dirty(*this);
}

void connection::finish() {
  if (phase_ == phase::finished) return;
  const connection_ptr self{this}; // the shard lets go of it
  const auto was = phase_;
  phase_ = phase::finished;
  set_deadline(deadline_queue::never);
  close_stream();
  home_->counters().queued_bytes.add(-static_cast<std::int64_t>(output_.bytes()));
  output_.clear();
  if (http_) http_->on_connection_lost();
  if (auto of = std::exchange(session_, nullptr); of)
    of->on_websocket_end(*this,
                         was == phase::upgrading ? websocket_end::closed : websocket_end::lost);
  handshake_ = nullptr;
  home_->remove(*this);
  origin_.share = nullptr; // handlers on their way may keep the memory
}

void connection::end_if_idle() {
  if (phase_ == phase::handshake || (phase_ == phase::http && http_->is_idle()))
    finish_after_output();
}

// -- HTTP
// ------------------------------------------------------------------------------------------

void connection::read_http() {
  if (reading_ || phase_ == phase::finished) return;
  reading_ = true;
  // What comes while lingering counts for nothing, whoever's it is.
  static thread_local std::array<char, 4'096> sink;
  start_read_http(phase_ == phase::lingering ? std::span<char>{sink} : http_->prepare());
}

void connection::on_read_http(bool ok, std::size_t count) {
  reading_ = false;
  if (phase_ == phase::finished) return;
  if (!ok) return finish();
  if (phase_ == phase::lingering) return read_http();
  http_->received(count);
}

void connection::continue_http() {
  if (phase_ == phase::http && http_) http_->process();
}

void connection::hand_over(shard& target) {
  // The head that was read goes along, so the other side begins with the same request.
  unread(http_->unread_with_head());
  auto socket = detach();
  pass_on(target, std::move(socket), origin_);
  finish(); // when the other side counts as alive already
}

// -- WebSocket
// -------------------------------------------------------------------------------------

void connection::accept_websocket(caf::intrusive_ptr<session> of,
                                  std::shared_ptr<const handshake> handshake) {
  phase_ = phase::upgrading;
  session_ = std::move(of);
  handshake_ = std::move(handshake);
  unread(http_->unread());
  set_deadline(clock::now() + home_->server().options.header_timeout);
  start_accept();
}

void connection::on_accepted(bool ok) {
  if (phase_ == phase::finished) return;
  if (!ok) return finish();
  http_ = nullptr;
  set_deadline(deadline_queue::never);
  phase_ = phase::websocket;
  if (close_code_ != 0) return close_websocket(close_code_);
  if (!session_ && home_->server().stopping)
    return close_websocket(wire::websocket_close_code(wire::close_reason::server_shutdown));
  if (!session_) {
    session_ = home_->open_session(wire::transport::websocket, std::move(handshake_));
    session_->begin_websocket(*this);
  }
  read_frames();
}

void connection::read_frames() {
  if (reading_ || phase_ != phase::websocket) return;
  paused_ = session_ && !session_->may_read(*this);
  if (paused_) return;
  reading_ = true;
  start_read_frame();
}

void connection::resume_reading() {
  if (paused_) read_frames();
}

void connection::on_frame(bool text, std::string_view bytes) {
  reading_ = false;
  if (phase_ != phase::websocket) return;
  // The session may let go of this connection, and this connection of the session, meanwhile.
  if (const auto of = session_; of) of->on_frame(*this, text, bytes);
  read_frames();
}

void connection::on_websocket_end(websocket_end how) {
  reading_ = false;
  if (phase_ != phase::websocket) return;
  phase_ = phase::closing;
  if (auto of = std::exchange(session_, nullptr); of) of->on_websocket_end(*this, how);
  if (how == websocket_end::lost) return finish();
  // Who broke the rules may still be sending, and a reset would take our close frame from it.
  lingers_ = how != websocket_end::closed;
  finish_after_output();
}

void connection::send_text(std::string_view text) {
  const auto before = output_.bytes();
  outbound_packet::make(text)->push_frames(output_);
  output_grew(before);
}

void connection::close_websocket(std::uint16_t code) {
  if (phase_ == phase::upgrading) {
    close_code_ = code;
    session_ = nullptr;
    return;
  }
  if (phase_ != phase::websocket) return;
  phase_ = phase::closing;
  session_ = nullptr;
  set_deadline(clock::now() + bounds::connection_end);
  start_close(code);
}

void connection::abandon() {
  session_ = nullptr;
  finish();
}

void connection::on_closed() {
  finish_after_output();
}

// -- time
// ------------------------------------------------------------------------------------------

void connection::set_deadline(time_point when) {
  deadline_ = when;
  unsent_ = output_.bytes();
  if (when != deadline_queue::never) home_->loop().deadlines().schedule(*this, when);
}

connection::time_point connection::on_deadline(time_point now) {
  if (now < deadline_) return deadline_;
  const connection_ptr self{this};
  const auto unsent_before = std::exchange(unsent_, output_.bytes());
  if (phase_ == phase::http && unsent_ > 0 && unsent_ < unsent_before) {
    // A slow client that takes more and more of a large answer is alive.
    const auto& options = home_->server().options;
    return deadline_ = now + (ends_after_output_ ? bounds::connection_end : options.idle_timeout);
  }
  deadline_ = deadline_queue::never;
  if (phase_ == phase::http && !ends_after_output_)
    http_->on_deadline();
  else
    finish();
  return deadline_;
}

} // namespace reliable_signaler::net
