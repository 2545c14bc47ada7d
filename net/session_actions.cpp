// One Engine.IO session: what comes in from connections, and doing what the protocol machines say.
#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include "session.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

using kind = wire::engine_action::kind;

constexpr std::uint16_t normal_closure = 1000; // RFC 6455, section 7.4.1

http_answer engine_refusal(wire::engine_error error) {
  http_answer result;
  result.status = wire::http_status(error);
  result.content_type = "application/json";
  result.body = wire::json_body(error);
  return result;
}

http_answer polling_answer(std::string payload) {
  http_answer result;
  result.content_type = "text/plain; charset=UTF-8";
  result.extra_fields = "Cache-Control: no-store\r\n";
  result.body = std::move(payload);
  return result;
}

http_answer polling_ok() {
  http_answer result;
  result.content_type = "text/html";
  result.body = "ok";
  return result;
}

arguments make_arguments(wire::incoming& from) {
  arguments result{std::string{from.json}, {}};
  result.attachments.reserve(from.attachments.size());
  for (auto& bytes : from.attachments)
    result.attachments.push_back(std::make_shared<const std::string>(std::move(bytes)));
  return result;
}

} // namespace

// -- from connections
// ------------------------------------------------------------------------------

void session::on_polling(polling_step step, const polling_exchange_ptr& exchange,
                         std::string body) {
  shard::action_lease lease{*home_};
  auto& actions = lease.actions;
  switch (step) {
    case polling_step::get:
      // Refused or pending is known only when the machine has spoken: see take_request.
      drain_inbox();
      engine_.on_get(!queue_.empty(), clock::now(), actions);
      take_request(get_, exchange, actions);
      break;
    case polling_step::unfit:
      exchange->answer(engine_refusal(wire::engine_error::bad_request));
      break;
    case polling_step::post_begin:
      engine_.on_post_begin(actions);
      take_request(post_ ? second_post_ : post_, exchange, actions);
      break;
    case polling_step::post_body:
      if (second_post_ == exchange) {
        engine_.on_second_post_body(body, clock::now(), actions);
        break;
      }
      if (post_ != exchange) return;
      engine_.on_post_body(body, clock::now(), actions);
      perform(actions, exchange.get());
      if (!ended_ && post_) take_post();
      return;
    case polling_step::post_too_large:
      if (post_ == exchange)
        engine_.on_post_too_large(actions);
      else if (second_post_ == exchange)
        engine_.on_second_post_too_large(actions);
      break;
    case polling_step::aborted:
      if (get_ == exchange) {
        get_ = nullptr;
        engine_.on_get_aborted(clock::now());
      } else if (post_ == exchange) {
        post_ = nullptr;
        engine_.on_post_aborted(clock::now());
      } else if (second_post_ == exchange) {
        second_post_ = nullptr;
        engine_.on_second_post_aborted(actions);
      }
  }
  perform(actions, exchange.get());
}

// A request that the machine did not refuse is pending from now on, maybe to be answered at once.
void session::take_request(polling_exchange_ptr& pending, const polling_exchange_ptr& exchange,
                           const wire::engine_actions& actions) {
  for (const auto& action : actions)
    if (action.what == kind::reject_request) return;
  pending = exchange;
}

// The messages of the pending POST are on their way; it is answered when there is room for more.
void session::take_post() {
  post_waits_ = !has_room();
  if (post_waits_) return;
  shard::action_lease lease{*home_};
  engine_.post_taken(lease.actions);
  perform(lease.actions);
}

bool session::open_probe(connection& socket) {
  if (ended_ || !engine_.open_probe(clock::now())) return false;
  probe_ = &socket;
  schedule();
  return true;
}

void session::on_frame(connection& from, bool text, std::string_view bytes) {
  if (ended_) return;
  shard::action_lease lease{*home_};
  if (&from == socket_) {
    if (text)
      engine_.on_websocket_text(bytes, clock::now(), lease.actions);
    else
      engine_.on_websocket_binary(bytes, lease.actions);
  } else if (&from == probe_) {
    if (text)
      engine_.on_probe_text(bytes, lease.actions);
    else
      engine_.on_probe_binary(lease.actions);
  }
  perform(lease.actions);
}

void session::on_websocket_end(connection& from, websocket_end how) {
  if (ended_) return;
  shard::action_lease lease{*home_};
  if (&from == socket_) {
    transport_failed_ = how == websocket_end::malformed;
    if (how == websocket_end::too_large)
      engine_.on_websocket_too_large(lease.actions);
    else
      engine_.on_websocket_closed(lease.actions);
  } else if (&from == probe_) {
    probe_ = nullptr;
    engine_.on_probe_closed();
  }
  perform(lease.actions);
}

// -- performing
// ------------------------------------------------------------------------------------

void session::perform(wire::engine_actions& actions, polling_exchange* current) {
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
      perform_http(action, current);
    } else {
      perform_websocket(action);
    }
  }
  schedule();
}

void session::perform_http(const wire::engine_action& action, polling_exchange* current) {
  const auto answer = [](polling_exchange_ptr& pending, http_answer value) {
    if (pending) std::exchange(pending, nullptr)->answer(std::move(value));
  };
  switch (action.what) {
    case kind::answer_get_open: {
      std::string text;
      wire::append_open_packet(text, id_.view(), true, home_->server().wire);
      answer_get(text, false);
      break;
    }
    case kind::answer_get_text:
      answer_get(action.text, false);
      break;
    case kind::answer_get_queue:
      answer_get(action.text, true);
      break;
    case kind::reject_request:
      if (current != nullptr) current->answer(engine_refusal(action.error));
      break;
    case kind::answer_post_ok:
      answer(post_, polling_ok());
      break;
    case kind::answer_post_error:
      answer(post_, engine_refusal(action.error));
      break;
    case kind::answer_post_too_large:
      answer(post_, make_status_answer(413));
      break;
    case kind::answer_second_post_ok:
      answer(second_post_, polling_ok());
      break;
    case kind::answer_second_post_error:
      answer(second_post_, engine_refusal(action.error));
      break;
    default:
      break;
  }
}

void session::answer_get(std::string_view text, bool with_queue) {
  if (!get_) return;
  std::string payload;
  if (!text.empty()) wire::append_payload_packet(payload, text);
  if (with_queue) {
    payload.reserve(payload.size() + queue_bytes_);
    for (const auto& packet : queue_) packet->append_to_payload(payload);
    drop_queue();
  }
  std::exchange(get_, nullptr)->answer(polling_answer(std::move(payload)));
}

void session::perform_websocket(const wire::engine_action& action) {
  switch (action.what) {
    case kind::write_open: {
      std::string text;
      wire::append_open_packet(text, id_.view(), false, home_->server().wire);
      if (socket_) socket_->send_text(text);
      break;
    }
    case kind::write_text:
      if (socket_) socket_->send_text(action.text);
      break;
    case kind::flush_websocket: {
      if (!socket_) break;
      const auto before = socket_->queued_bytes();
      for (const auto& packet : queue_) packet->push_frames(socket_->output());
      socket_->output_grew(before);
      drop_queue();
      socket_->flush();
      break;
    }
    case kind::close_websocket: {
      const auto socket = std::exchange(socket_, nullptr);
      if (!socket) break;
      if (action.reason == wire::close_reason::slow_consumer)
        socket->abandon();
      else
        socket->close_websocket(wire::websocket_close_code(action.reason));
      break;
    }
    case kind::write_probe:
      if (probe_) probe_->send_text(action.text);
      break;
    case kind::close_probe:
      if (const auto probe = std::exchange(probe_, nullptr); probe)
        probe->close_websocket(normal_closure);
      break;
    case kind::switch_to_websocket:
      socket_ = std::exchange(probe_, nullptr);
      break;
    default:
      break;
  }
}

// -- upwards
// ---------------------------------------------------------------------------------------

bool session::deliver(const wire::engine_action& action) {
  auto& what = home_->incoming();
  const auto error = action.what == kind::deliver_text
                         ? socket_io_.on_text(action.text, what)
                         : socket_io_.on_binary(std::string{action.text}, what);
  return take_up(error, what);
}

bool session::take_up(wire::wire_error error, wire::incoming& what) {
  if (error != wire::wire_error::none) {
    home_->server().log.debug(
        "packet_refused", {{"remote", handshake_->remote_address}, {"error", to_string(error)}});
    return false;
  }
  send_up(what);
  return true;
}

// What the client has sent to a namespace before it knew whether it is let in.
void session::deliver_early() {
  auto& what = home_->incoming();
  auto error = wire::wire_error::none;
  while (!ended_ && engine_.is_open() && socket_io_.next_early(what, error)) {
    if (take_up(error, what)) continue;
    shard::action_lease lease{*home_};
    engine_.abort(wire::close_reason::parse_error, lease.actions);
    perform(lease.actions);
    return;
  }
}

void session::send_up(wire::incoming& what) {
  using wire::incoming;
  switch (what.what) {
    case incoming::kind::nothing:
      break;
    case incoming::kind::connect:
      caf::anon_send(actor_, namespace_connect{std::string{what.nsp}, std::string{what.json}});
      break;
    case incoming::kind::event: {
      event_ptr made = caf::make_counted<event>(std::string{what.nsp}, std::string{what.name},
                                                make_arguments(what));
      caf::anon_send(actor_,
                     socket_event{std::move(made), what.id, in_flight{session_port_ptr{this}}});
      break;
    }
    case incoming::kind::ack:
      caf::anon_send(
          actor_, socket_answer{std::string{what.nsp}, what.id.value_or(0), make_arguments(what)});
      break;
    case incoming::kind::disconnect:
      caf::anon_send(actor_, namespace_disconnect{std::string{what.nsp}});
      break;
  }
}

} // namespace reliable_signaler::net
