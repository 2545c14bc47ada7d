// Requests to the path of Engine.IO: who is let in, and which session they belong to.
#include <caf/make_counted.hpp>

#include "connection.hpp"
#include "http_channel.hpp"
#include "network.hpp"
#include "router.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

/// Base64 of 16 bytes (RFC 6455, section 4.1).
constexpr std::size_t websocket_key_length = 24;

void refuse(http_channel& channel, wire::engine_error error) {
  http_answer result;
  result.status = wire::http_status(error);
  result.content_type = "application/json";
  result.body = wire::json_body(error);
  // Behind a refused upgrade comes something that is not HTTP.
  result.close = channel.request().wants_websocket;
  channel.answer(std::move(result));
}

// The fields that let a page on another origin read the answer (Fetch standard, "CORS protocol").
std::string cors_fields(const origin_decision& decision) {
  std::string result;
  if (!decision.allow_origin.empty())
    result += "Access-Control-Allow-Origin: " + decision.allow_origin + "\r\n";
  if (decision.vary) result += "Vary: Origin\r\n";
  return result;
}

bool admit_origin(http_channel& channel) {
  auto& connection = channel.owner();
  auto& server = connection.home().server();
  const auto& request = channel.request();
  const auto origin = request.find("origin");
  const auto decision = server.origins.decide(origin, request.find("host"), connection.secure());
  channel.set_fields(cors_fields(decision));
  if (decision.allowed) return true;
  if (server.refused.first_time(origin))
    server.log.warning("origin_refused", {{"origin", origin}, {"option", "--origins"}});
  refuse(channel, wire::engine_error::forbidden);
  return false;
}

void answer_preflight(http_channel& channel) {
  http_answer result;
  result.status = 204;
  result.extra_fields = "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n";
  if (const auto wanted = channel.request().find("access-control-request-headers");
      !wanted.empty()) {
    result.extra_fields += "Access-Control-Allow-Headers: ";
    result.extra_fields += wanted;
    result.extra_fields += "\r\n";
  }
  result.extra_fields += "Access-Control-Max-Age: 600\r\n";
  channel.answer(std::move(result));
}

handshake_ptr make_handshake(http_channel& channel) {
  const auto& request = channel.request();
  auto result = std::make_shared<handshake>();
  result->remote_address = channel.owner().origin().peer.address().to_string();
  result->network = network_of(channel.owner().origin().peer.address());
  result->query = request.query();
  result->secure = channel.owner().secure();
  std::size_t characters = 0;
  for (const auto& field : request.fields) characters += field.name.size() + field.value.size();
  result->headers.reserve(request.fields.size(), characters);
  for (const auto& field : request.fields) result->headers.add(field.name, field.value);
  return result;
}

void answer_unavailable(http_channel& channel, std::string_view extra_fields = {}) {
  auto refusal = make_status_answer(503);
  refusal.close = true;
  refusal.extra_fields = extra_fields;
  channel.answer(std::move(refusal));
}

/// Sessions count for themselves: one that polls needs no connection most of the time.
bool has_room_for_session(http_channel& channel) {
  const auto& connection = channel.owner();
  auto& home = connection.home();
  auto& server = home.server();
  const auto network = network_of(connection.origin().peer.address());
  const auto open = server.sessions.load(std::memory_order_relaxed) + 1;
  const auto of_address = server.options.max_connections_per_address > 0
                              ? server.sessions_of_address->of(network) + 1
                              : 0;
  const auto why_not = server.exceeds(open, of_address);
  if (!why_not) return true;
  home.counters().refused_sessions.add(1);
  server.log_limit("sessions_refused", *why_not, network);
  return false;
}

void open_polling_session(http_channel& channel) {
  auto& home = channel.owner().home();
  const auto of = home.open_session(wire::transport::polling, make_handshake(channel));
  of->begin_polling(channel.exchange_with(of->id(), polling_step::get));
}

// A request of a session that may live on another loop.
void route_polling(http_channel& channel, std::string_view sid, bool is_websocket) {
  auto& home = channel.owner().home();
  const auto id = session_id::parse(sid);
  if (!id || home.home_of(*id) == nullptr)
    return refuse(channel, wire::engine_error::session_unknown);
  const auto method = channel.request().method;
  if (method == "POST" && !is_websocket) {
    home.route(polling_step::post_begin, channel.exchange_with(*id, polling_step::post_body));
  } else {
    const auto is_get = method == "GET" && !is_websocket;
    channel.exchange_with(*id, is_get ? polling_step::get : polling_step::unfit);
  }
}

void begin_upgrade(http_channel& channel, std::string_view sid) {
  auto& connection = channel.owner();
  auto& home = connection.home();
  if (sid.empty()) {
    channel.leave();
    return connection.accept_websocket(nullptr, make_handshake(channel));
  }
  const auto id = session_id::parse(sid);
  auto* target = id ? home.home_of(*id) : nullptr;
  if (target == nullptr) return refuse(channel, wire::engine_error::session_unknown);
  if (target != &home) {
    channel.leave();
    return connection.hand_over(*target);
  }
  const auto of = home.find(*id);
  if (!of) return refuse(channel, wire::engine_error::session_unknown);
  if (!of->open_probe(connection)) return refuse(channel, wire::engine_error::bad_request);
  channel.leave();
  connection.accept_websocket(of, nullptr);
}

// Looked at before anything is accepted: after the 101 nothing can be refused with a status.
bool can_upgrade(http_channel& channel) {
  const auto& request = channel.request();
  return request.method == "GET" && request.http_1_1 && !request.has_body
         && request.find("sec-websocket-version") == "13"
         && request.find("sec-websocket-key").size() == websocket_key_length
         && !channel.owner().reading();
}

} // namespace

void route_engine_io(http_channel& channel) {
  if (!admit_origin(channel)) return;
  const auto& request = channel.request();
  if (request.method == "OPTIONS") return answer_preflight(channel);
  const auto transport = query_parameter(request.query(), "transport");
  const auto is_websocket = transport == "websocket";
  if (!is_websocket && transport != "polling")
    return refuse(channel, wire::engine_error::transport_unknown);
  const auto sid = query_parameter(request.query(), "sid");
  if (!sid.empty() && !request.wants_websocket) return route_polling(channel, sid, is_websocket);
  if (sid.empty()) {
    if (request.method != "GET") return refuse(channel, wire::engine_error::bad_handshake_method);
    if (is_websocket != request.wants_websocket)
      return refuse(channel, wire::engine_error::bad_request);
    if (query_parameter(request.query(), "EIO") != "4")
      return refuse(channel, wire::engine_error::unsupported_protocol_version);
    if (channel.owner().home().server().stopping) return answer_unavailable(channel);
    if (!has_room_for_session(channel)) return answer_unavailable(channel, "Retry-After: 5\r\n");
    if (!is_websocket) return open_polling_session(channel);
  }
  if (!is_websocket || !can_upgrade(channel))
    return refuse(channel, wire::engine_error::bad_request);
  begin_upgrade(channel, sid);
}

} // namespace reliable_signaler::net
