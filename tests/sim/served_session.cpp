// The server's end of one simulated connection.
#include "served_session.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <caf/send.hpp>

#include "net/output_queue.hpp"
#include "net/wire/engine_io.hpp"

namespace reliable_signaler::sim {

namespace {

using kind = wire::engine_action::kind;

std::string_view reason_word(wire::close_reason reason) {
  return reason == wire::close_reason::ping_timeout ? "ping timeout" : "transport close";
}

arguments make_arguments(wire::incoming& from) {
  arguments result{std::string{from.json}, {}};
  for (auto& bytes : from.attachments)
    result.attachments.push_back(std::make_shared<const std::string>(std::move(bytes)));
  return result;
}

bool is_rejected(const wire::engine_actions& actions) {
  for (const auto& action : actions)
    if (action.what == kind::reject_request) return true;
  return false;
}

} // namespace

served_session::served_session(signaler& server, const wire::wire_limits& limits,
                               const std::string& address, wire::transport first, downstream& down,
                               time_point now)
    : engine_(first, limits, now),
      socket_io_(limits, now),
      down_(&down),
      now_(now),
      has_get_(first == wire::transport::polling) {
  auto request = std::make_shared<handshake>();
  request->network = address;
  actor_ = server.spawn_connection(session_port_ptr{this}, std::move(request));
}

// -- what comes in

void served_session::begin() {
  wire::engine_actions actions;
  engine_.start(actions);
  perform(std::move(actions));
}

void served_session::on_get(time_point now) {
  now_ = now;
  wire::engine_actions actions;
  engine_.on_get(!queue_.empty(), now, actions);
  if (is_rejected(actions)) {
    if (down_) down_->to_get = {false, {}};
  } else {
    has_get_ = true;
  }
  perform(std::move(actions));
}

void served_session::on_post_begin() {
  wire::engine_actions actions;
  engine_.on_post_begin(actions);
  if (is_rejected(actions)) {
    if (down_) down_->to_post = {false, {}};
  } else {
    has_post_ = true;
  }
  perform(std::move(actions));
}

void served_session::on_post_body(std::string body, time_point now) {
  if (!has_post_) return;
  now_ = now;
  wire::engine_actions actions;
  engine_.on_post_body(body, now, actions);
  perform(std::move(actions));
  if (!ended_) take_post();
}

// The POST that it was in the middle of may not have ended yet. Nobody waits for the answer.
void served_session::on_farewell(std::string body, time_point now) {
  now_ = now;
  const bool is_second = has_post_;
  wire::engine_actions actions;
  engine_.on_post_begin(actions);
  if (is_second) // neither call does anything when it was rejected
    engine_.on_second_post_body(body, now, actions);
  else
    engine_.on_post_body(body, now, actions);
  perform(std::move(actions));
}

// It is answered when there is room for more.
void served_session::take_post() {
  post_waits_ = !may_read();
  if (post_waits_) return;
  wire::engine_actions actions;
  engine_.post_taken(actions);
  perform(std::move(actions));
}

void served_session::resume() {
  if (may_resume()) take_post();
}

bool served_session::open_probe(time_point now) {
  if (ended_ || !engine_.open_probe(now)) return false;
  has_probe_ = true;
  return true;
}

void served_session::on_frame(bool text, std::string_view bytes, time_point now) {
  if (ended_) return;
  now_ = now;
  wire::engine_actions actions;
  if (has_probe_ && text)
    engine_.on_probe_text(bytes, actions);
  else if (has_probe_)
    engine_.on_probe_binary(actions);
  else if (text)
    engine_.on_websocket_text(bytes, now, actions);
  else
    engine_.on_websocket_binary(bytes, actions);
  perform(std::move(actions));
}

void served_session::on_requests_aborted() {
  wire::engine_actions actions;
  if (std::exchange(has_get_, false)) engine_.on_get_aborted(now_);
  if (std::exchange(has_post_, false)) engine_.on_post_aborted(now_);
  perform(std::move(actions));
}

void served_session::on_socket_closed() {
  wire::engine_actions actions;
  if (std::exchange(has_probe_, false))
    engine_.on_probe_closed();
  else
    engine_.on_websocket_closed(actions);
  perform(std::move(actions));
}

served_session::time_point served_session::deadline() const {
  if (ended_) return time_point::max();
  return std::min(engine_.deadline(), socket_io_.deadline());
}

void served_session::tick(time_point now) {
  if (now < deadline()) return;
  now_ = now;
  wire::engine_actions actions;
  if (socket_io_.tick(now) == wire::wire_error::connect_timeout)
    engine_.abort(wire::close_reason::connect_timeout, actions);
  else
    engine_.tick(now, actions);
  perform(std::move(actions));
}

void served_session::cut_off() {
  wire::engine_actions actions;
  engine_.abort(wire::close_reason::server_shutdown, actions);
  perform(std::move(actions));
}

void served_session::flush() {
  dirty_ = false;
  if (ended_ || queue_.empty()) return;
  wire::engine_actions actions;
  engine_.on_queued(actions);
  perform(std::move(actions));
}

// -- the port

void served_session::write(encoded_ptr packet) {
  if (!engine_.is_open()) return;
  net::packet_ptr written{static_cast<const net::outbound_packet*>(packet.get())};
  constexpr std::string_view connected = R"(40{"sid":")";
  if (written->text().starts_with(connected))
    living_ = written->text().substr(connected.size(), public_id::length);
  queue_.push_back(std::move(written));
  dirty_ = true;
}

void served_session::namespace_accepted(std::string nsp) {
  if (socket_io_.accepted(nsp) == wire::wire_error::none) return deliver_early();
  refuse_packet();
}

void served_session::namespace_refused(std::string nsp) {
  socket_io_.refused(nsp);
  deliver_early();
}

void served_session::namespace_disconnected(std::string nsp) {
  socket_io_.disconnected_by_server(nsp);
  living_.clear();
}

void served_session::close(close_cause cause) {
  if (ended_) return;
  wire::engine_actions actions;
  engine_.close(cause == close_cause::shutdown ? wire::close_reason::server_shutdown
                                               : wire::close_reason::server_closed,
                !queue_.empty(), now_, actions);
  perform(std::move(actions));
}

// -- performing

void served_session::perform(wire::engine_actions actions) {
  bool refused = false;
  // By index, since a refused message makes the list grow.
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const auto action = actions[i];
    if (action.what == kind::session_closed) {
      end(action.reason);
    } else if (action.what == kind::deliver_text || action.what == kind::deliver_binary) {
      if (refused || deliver(action)) continue;
      refused = true;
      engine_.abort(wire::close_reason::parse_error, actions);
    } else if (action.what <= kind::answer_second_post_error) {
      perform_polling(action);
    } else {
      perform_socket(action);
    }
  }
}

void served_session::perform_polling(const wire::engine_action& action) {
  switch (action.what) {
    case kind::answer_get_open:
      return answer_get(R"(0{"sid":"x"})", false);
    case kind::answer_get_text:
      return answer_get(action.text, false);
    case kind::answer_get_queue:
      return answer_get(action.text, true);
    case kind::answer_post_ok:
    case kind::answer_post_error:
    case kind::answer_post_too_large:
      if (std::exchange(has_post_, false) && down_)
        down_->to_post = {action.what == kind::answer_post_ok, {}};
      return;
    default: // rejected requests are answered where they came in, and nobody waits for a second
             // POST
      return;
  }
}

void served_session::answer_get(std::string_view text, bool with_queue) {
  if (!std::exchange(has_get_, false)) return;
  std::string payload;
  if (!text.empty()) wire::append_payload_packet(payload, text);
  if (with_queue)
    for (const auto& packet : std::exchange(queue_, {})) packet->append_to_payload(payload);
  if (down_) down_->to_get = {true, std::move(payload)};
}

void served_session::perform_socket(const wire::engine_action& action) {
  switch (action.what) {
    case kind::write_open:
      return send_text(R"(0{"sid":"x"})");
    case kind::write_text:
    case kind::write_probe:
      return send_text(action.text);
    case kind::flush_websocket:
      for (const auto& packet : std::exchange(queue_, {})) push_frames(*packet);
      return;
    case kind::close_probe:
      has_probe_ = false;
      [[fallthrough]];
    case kind::close_websocket:
      if (down_) down_->socket_closes = true;
      return;
    case kind::switch_to_websocket:
      has_probe_ = false;
      return;
    default:
      return;
  }
}

void served_session::send_text(std::string_view text) {
  push_frames(*net::outbound_packet::make(text));
}

void served_session::push_frames(const net::outbound_packet& packet) {
  if (!down_) return;
  net::output_queue pieces;
  packet.push_frames(pieces);
  const auto before = down_->frames.size();
  down_->frames.resize(before + pieces.bytes());
  pieces.copy(down_->frames.data() + before, pieces.bytes());
}

// -- upwards

bool served_session::deliver(const wire::engine_action& action) {
  const auto error = action.what == kind::deliver_text
                         ? socket_io_.on_text(action.text, incoming_)
                         : socket_io_.on_binary(std::string{action.text}, incoming_);
  return take_up(error);
}

// What the client has sent to a namespace before it knew whether it is let in.
void served_session::deliver_early() {
  auto error = wire::wire_error::none;
  while (!ended_ && engine_.is_open() && socket_io_.next_early(incoming_, error))
    if (!take_up(error)) return refuse_packet();
}

void served_session::refuse_packet() {
  wire::engine_actions actions;
  engine_.abort(wire::close_reason::parse_error, actions);
  perform(std::move(actions));
}

bool served_session::take_up(wire::wire_error error) {
  if (error != wire::wire_error::none) return false;
  const auto& what = incoming_;
  switch (what.what) {
    case wire::incoming::kind::nothing:
    case wire::incoming::kind::ack: // nobody here is asked
      break;
    case wire::incoming::kind::connect:
      caf::anon_send(actor_, namespace_connect{std::string{what.nsp}, std::string{what.json}});
      break;
    case wire::incoming::kind::event: {
      event_ptr made = caf::make_counted<event>(std::string{what.nsp}, std::string{what.name},
                                                make_arguments(incoming_));
      caf::anon_send(actor_, socket_event{std::move(made), what.id,
                                          reliable_signaler::in_flight{session_port_ptr{this}}});
      break;
    }
    case wire::incoming::kind::disconnect:
      living_.clear();
      caf::anon_send(actor_, namespace_disconnect{std::string{what.nsp}});
      break;
  }
  return true;
}

void served_session::end(wire::close_reason reason) {
  if (ended_) return;
  ended_ = reason;
  living_.clear();
  queue_.clear();
  caf::anon_send(actor_, session_ended{std::string{reason_word(reason)}});
  actor_ = nullptr;
}

} // namespace reliable_signaler::sim
