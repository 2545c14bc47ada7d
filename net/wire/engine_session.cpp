// The Engine.IO half of a session: heartbeat, polling's rules, upgrade, close.
#include "engine_session.hpp"

#include <algorithm>
#include <utility>

namespace reliable_signaler::wire {

namespace {

using kind = engine_action::kind;
using time_point = engine_session::time_point;

constexpr time_point never = time_point::max();

constexpr std::string_view close_packet = "1";
constexpr std::string_view close_packet_behind_others =
    "\x1e"
    "1";
constexpr std::string_view ping_packet = "2";
constexpr std::string_view noop_packet = "6";

void add(engine_actions& out, kind what, std::string_view text = {}) {
  out.push_back({what, engine_error::bad_request, close_reason::client_closed, text});
}

void add_error(engine_actions& out, kind what, engine_error error) {
  out.push_back({what, error, close_reason::client_closed, {}});
}

void add_reason(engine_actions& out, kind what, close_reason reason) {
  out.push_back({what, engine_error::bad_request, reason, {}});
}

} // namespace

std::string_view to_string(close_reason reason) noexcept {
  switch (reason) {
    case close_reason::client_closed:
      return "client_closed";
    case close_reason::transport_closed:
      return "transport_closed";
    case close_reason::ping_timeout:
      return "ping_timeout";
    case close_reason::parse_error:
      return "parse_error";
    case close_reason::overlapping_poll:
      return "overlapping_poll";
    case close_reason::overlapping_post:
      return "overlapping_post";
    case close_reason::payload_too_large:
      return "payload_too_large";
    case close_reason::connect_timeout:
      return "connect_timeout";
    case close_reason::server_closed:
      return "server_closed";
    case close_reason::server_shutdown:
      return "server_shutdown";
    case close_reason::slow_consumer:
      return "slow_consumer";
  }
  return "unknown";
}

std::uint16_t websocket_close_code(close_reason reason) noexcept {
  switch (reason) {
    case close_reason::client_closed:
    case close_reason::transport_closed:
    case close_reason::ping_timeout:
    case close_reason::server_closed:
      return 1000;
    case close_reason::server_shutdown:
      return 1001;
    case close_reason::parse_error:
    case close_reason::overlapping_poll:
    case close_reason::overlapping_post:
      return 1002;
    case close_reason::connect_timeout:
    case close_reason::slow_consumer:
      return 1008;
    case close_reason::payload_too_large:
      return 1009;
  }
  return 1000;
}

engine_session::engine_session(transport first, const wire_limits& limits, time_point now) noexcept
    : limits_(&limits),
      heartbeat_(now + limits.ping_interval),
      transport_(first),
      has_get_(first == transport::polling) {}

void engine_session::start(engine_actions& out) {
  if (transport_ == transport::polling) {
    answer_get(kind::answer_get_open, {}, out);
  } else {
    add(out, kind::write_open);
  }
}

// Polling.

void engine_session::on_get(bool queued, time_point now, engine_actions& out) {
  if (state_ == state::closed) return reject(engine_error::session_unknown, out);
  if (transport_ == transport::websocket) return reject(engine_error::bad_request, out);
  if (waits_for_pong_ && now >= heartbeat_) {
    // The tick that should have noticed is late: the client must not see a session that is over.
    reject(engine_error::session_unknown, out);
    return end(close_reason::ping_timeout, out);
  }
  if (awaits_goodbye()) {
    reject(engine_error::session_unknown, out);
    return end(close_reason_, out);
  }
  if (has_get_) {
    reject(engine_error::bad_request, out);
    return end(close_reason::overlapping_poll, out);
  }
  has_get_ = true;
  if (state_ == state::closing) return finish_closing(queued, out);
  if (queued || owes_ping_) {
    answer_get(kind::answer_get_queue, owes_ping_ ? ping_packet : std::string_view{}, out);
    owes_ping_ = false;
  } else if (probe_ == probe_state::probed) {
    // The client cannot finish the upgrade while a poll is pending.
    if (noops_sent_ < limits_->eager_noops) {
      ++noops_sent_;
      answer_get(kind::answer_get_text, noop_packet, out);
    } else {
      noop_deadline_ = now + limits_->noop_interval;
    }
  }
}

void engine_session::on_get_aborted(time_point now) noexcept {
  if (!has_get_) return;
  has_get_ = false;
  noop_deadline_ = never;
  await_goodbye(now);
}

void engine_session::await_goodbye(time_point now) noexcept {
  close_reason_ = close_reason::transport_closed;
  close_deadline_ = std::min(close_deadline_, now + limits_->goodbye_timeout);
}

bool engine_session::awaits_goodbye() const noexcept {
  return state_ == state::open && close_deadline_ != never;
}

void engine_session::on_post_begin(engine_actions& out) {
  if (state_ == state::closed) return reject(engine_error::session_unknown, out);
  if (transport_ == transport::websocket) return reject(engine_error::bad_request, out);
  if (has_second_post_) {
    reject(engine_error::bad_request, out);
    return end(close_reason::overlapping_post, out);
  }
  if (has_post_) {
    has_second_post_ = true;
    return;
  }
  has_post_ = true;
  post_is_read_ = false;
}

void engine_session::on_post_body(std::string& body, time_point now, engine_actions& out) {
  if (!has_post_ || post_is_read_) return;
  if (body.size() > limits_->max_payload_bytes) return on_post_too_large(out);
  post_is_read_ = on_packets(body, now, out);
}

// Whether the session goes on.
bool engine_session::on_packets(std::string& body, time_point now, engine_actions& out) {
  payload_reader packets(body, *limits_);
  for (engine_packet packet; packets.next(packet);) {
    on_packet(packet, now, out);
    if (state_ == state::closed) return false;
  }
  if (packets.error() == wire_error::none) return true;
  end(close_reason::parse_error, out);
  return false;
}

void engine_session::post_taken(engine_actions& out) {
  if (!has_post_ || !post_is_read_) return;
  has_post_ = false;
  add(out, kind::answer_post_ok);
}

void engine_session::on_post_too_large(engine_actions& out) {
  if (!has_post_) return;
  has_post_ = false;
  add(out, kind::answer_post_too_large);
  end(close_reason::payload_too_large, out);
}

void engine_session::on_post_aborted(time_point now) noexcept {
  if (!has_post_) return;
  has_post_ = false;
  await_goodbye(now);
}

void engine_session::on_second_post_body(std::string& body, time_point now, engine_actions& out) {
  if (!has_second_post_) return;
  const bool is_goodbye = body == close_packet || body.ends_with(close_packet_behind_others);
  if (!is_goodbye || body.size() > limits_->max_payload_bytes) return on_second_post_too_large(out);
  if (has_post_ && !post_is_read_) {
    has_post_ = false;
    add_error(out, kind::answer_post_error, engine_error::bad_request);
  }
  on_packets(body, now, out);
}

void engine_session::on_second_post_too_large(engine_actions& out) {
  if (has_second_post_) end(close_reason::overlapping_post, out);
}

void engine_session::on_second_post_aborted(engine_actions& out) {
  if (!std::exchange(has_second_post_, false)) return;
  end(close_reason::overlapping_post, out);
}

// The upgrade.

bool engine_session::open_probe(time_point now) noexcept {
  if (state_ != state::open || transport_ == transport::websocket || probe_ != probe_state::none
      || awaits_goodbye()) {
    return false;
  }
  probe_ = probe_state::opened;
  probe_deadline_ = now + limits_->upgrade_timeout;
  noops_sent_ = 0;
  return true;
}

void engine_session::on_probe_text(std::string_view frame, engine_actions& out) {
  if (probe_ == probe_state::none) return;
  if (frame == "2probe") {
    probe_ = probe_state::probed;
    add(out, kind::write_probe, "3probe");
    if (has_get_) answer_get(kind::answer_get_text, noop_packet, out);
  } else if (frame == "5" && probe_ == probe_state::probed && !has_post_ && !has_second_post_
             && !awaits_goodbye()) {
    switch_transport(out);
  } else {
    // A POST under way would be overtaken by what follows on the WebSocket: refused like any
    // nonsense.
    drop_probe(out);
  }
}

void engine_session::on_probe_binary(engine_actions& out) {
  if (probe_ != probe_state::none) drop_probe(out);
}

void engine_session::on_probe_closed() noexcept {
  forget_probe();
}

void engine_session::switch_transport(engine_actions& out) {
  if (has_get_) answer_get(kind::answer_get_text, noop_packet, out);
  forget_probe();
  transport_ = transport::websocket;
  add(out, kind::switch_to_websocket);
  if (owes_ping_) add(out, kind::write_text, ping_packet);
  owes_ping_ = false;
  add(out, kind::flush_websocket);
  if (state_ == state::closing) end(close_reason_, out);
}

void engine_session::drop_probe(engine_actions& out) {
  add(out, kind::close_probe);
  forget_probe();
}

void engine_session::forget_probe() noexcept {
  probe_ = probe_state::none;
  probe_deadline_ = never;
  noop_deadline_ = never;
}

// The session's WebSocket.

void engine_session::on_websocket_text(std::string_view frame, time_point now,
                                       engine_actions& out) {
  if (state_ == state::closed || transport_ != transport::websocket) return;
  engine_packet packet;
  if (decode_engine_frame(frame, packet) != wire_error::none) {
    return end(close_reason::parse_error, out);
  }
  on_packet(packet, now, out);
}

void engine_session::on_websocket_binary(std::string_view bytes, engine_actions& out) {
  if (state_ == state::open && transport_ == transport::websocket) {
    add(out, kind::deliver_binary, bytes);
  }
}

void engine_session::on_websocket_too_large(engine_actions& out) {
  if (transport_ == transport::websocket) end(close_reason::payload_too_large, out);
}

void engine_session::on_websocket_closed(engine_actions& out) {
  if (transport_ != transport::websocket) return;
  websocket_is_gone_ = true;
  end(close_reason::transport_closed, out);
}

// What the client says on either transport.
void engine_session::on_packet(const engine_packet& packet, time_point now, engine_actions& out) {
  switch (packet.type) {
    case engine_packet_type::message:
      if (state_ == state::open) {
        add(out, packet.binary ? kind::deliver_binary : kind::deliver_text, packet.data);
      }
      break;
    case engine_packet_type::pong:
      if (!waits_for_pong_) break;
      waits_for_pong_ = false;
      owes_ping_ = false;
      heartbeat_ = state_ == state::open ? now + limits_->ping_interval : never;
      break;
    case engine_packet_type::ping:
      end(close_reason::parse_error, out);
      break;
    case engine_packet_type::close:
      end(close_reason::client_closed, out);
      break;
    case engine_packet_type::open:
    case engine_packet_type::upgrade:
    case engine_packet_type::noop:
      break;
  }
}

// The application.

void engine_session::on_queued(engine_actions& out) {
  if (state_ == state::closed) return;
  if (transport_ == transport::websocket) {
    add(out, kind::flush_websocket);
  } else if (has_get_) {
    answer_get(kind::answer_get_queue, {}, out);
  }
}

void engine_session::close(close_reason reason, bool queued, time_point now, engine_actions& out) {
  if (state_ != state::open) return;
  if (awaits_goodbye()) return end(reason, out);
  close_reason_ = reason;
  if (transport_ == transport::websocket) {
    if (queued) add(out, kind::flush_websocket);
    return end(reason, out);
  }
  if (has_get_ && !queued) return finish_closing(queued, out);
  state_ = state::closing;
  close_deadline_ = now + limits_->close_timeout;
  owes_ping_ = false;
  if (!waits_for_pong_) heartbeat_ = never;
  if (has_get_) finish_closing(queued, out);
}

void engine_session::finish_closing(bool queued, engine_actions& out) {
  if (queued) return answer_get(kind::answer_get_queue, {}, out);
  answer_get(kind::answer_get_text, close_packet, out);
  end(close_reason_, out);
}

void engine_session::abort(close_reason reason, engine_actions& out) {
  end(reason, out);
}

void engine_session::end(close_reason reason, engine_actions& out) {
  if (state_ == state::closed) return;
  state_ = state::closed;
  const bool by_client = reason == close_reason::client_closed;
  if (has_get_) {
    answer_get(kind::answer_get_text, by_client ? noop_packet : close_packet, out);
  }
  if (has_post_) {
    has_post_ = false;
    if (by_client) {
      add(out, kind::answer_post_ok);
    } else {
      add_error(out, kind::answer_post_error, engine_error::bad_request);
    }
  }
  if (std::exchange(has_second_post_, false)) {
    if (by_client) {
      add(out, kind::answer_second_post_ok);
    } else {
      add_error(out, kind::answer_second_post_error, engine_error::bad_request);
    }
  }
  if (probe_ != probe_state::none) drop_probe(out);
  if (transport_ == transport::websocket && !websocket_is_gone_) {
    add_reason(out, kind::close_websocket, reason);
  }
  add_reason(out, kind::session_closed, reason);
}

// Time.

time_point engine_session::deadline() const noexcept {
  if (state_ == state::closed) return never;
  return std::min({heartbeat_, probe_deadline_, noop_deadline_, close_deadline_});
}

void engine_session::tick(time_point now, engine_actions& out) {
  if (state_ == state::closed) return;
  if (now >= close_deadline_) return end(close_reason_, out);
  if (now >= heartbeat_ && waits_for_pong_) return end(close_reason::ping_timeout, out);
  if (now >= probe_deadline_) drop_probe(out);
  if (now >= noop_deadline_ && has_get_) answer_get(kind::answer_get_text, noop_packet, out);
  if (now < heartbeat_) return;
  waits_for_pong_ = true;
  heartbeat_ = now + limits_->ping_timeout;
  if (transport_ == transport::websocket) {
    add(out, kind::write_text, ping_packet);
  } else if (has_get_) {
    answer_get(kind::answer_get_queue, ping_packet, out);
  } else {
    owes_ping_ = true;
  }
}

void engine_session::answer_get(kind what, std::string_view text, engine_actions& out) {
  has_get_ = false;
  noop_deadline_ = never;
  add(out, what, text);
}

void engine_session::reject(engine_error error, engine_actions& out) {
  add_error(out, kind::reject_request, error);
}

} // namespace reliable_signaler::wire
