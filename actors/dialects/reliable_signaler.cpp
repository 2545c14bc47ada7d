// Handlers of the original vocabulary.
#include "reliable_signaler.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "../socket.hpp"

namespace reliable_signaler {

namespace {

using json = nlohmann::json;

struct room_request {
  /// The first argument after the event's name. Nothing when that is no string.
  std::optional<std::string> room_id;
  /// `{"token": ...}` behind it, or "".
  std::string token;
};

// The text has been validated, nesting included, where it came in.
room_request read_request(const event& e) {
  room_request result;
  const auto args = json::parse(e.args.json, nullptr, false);
  if (!args.is_array() || args.size() < 2 || !args[1].is_string()) return result;
  result.room_id = args[1].get<std::string>();
  if (args.size() < 3 || !args[2].is_object()) return result;
  const auto shown = args[2].find("token");
  if (shown != args[2].end() && shown->is_string()) result.token = shown->get<std::string>();
  return result;
}

refusal_handler complain(std::string event, std::optional<std::string> room_id) {
  return [event = std::move(event), room_id = std::move(room_id)](socket& s, refusal why) {
    s.emit(make_error_event(event, why, room_id));
  };
}

arguments array_of(json x) {
  return {json::array({std::move(x)}).dump(), {}};
}

/// Into the acknowledgement, where the client can take it, else beside it.
refusal_handler refuse(const socket& s, const std::string& event,
                       const std::optional<std::string>& room_id, const acknowledgement& ack) {
  if (!s.announced() || !ack) return complain(event, room_id);
  return [ack](socket&, refusal why) {
    json error{{"code", code_of(why)}, {"message", sentence_of(why)}};
    ack.send(array_of({{"ok", false}, {"error", std::move(error)}}));
  };
}

void open(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto request = read_request(*e);
  const auto& room_id = request.room_id;
  auto refused = refuse(s, e->name, room_id, ack);
  if (!room_id) return refused(s, refusal::invalid_room_id);
  if (!s.announced()) return s.open(*room_id, ack, {"[]", {}}, std::move(refused));
  const bool proven = !request.token.empty() && s.owned(*room_id, request.token);
  auto granted = [room = *room_id, make = s.token_maker(*room_id)](seat_role as) {
    return array_of({{"ok", true},
                     {"room", room},
                     {"role", as == seat_role::owner ? "owner" : "co-owner"},
                     {"token", make()}});
  };
  s.open(*room_id, ack, std::move(granted), proven, std::move(refused));
}

void ask(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto room_id = read_request(*e).room_id;
  auto refused = refuse(s, e->name, room_id, ack);
  if (!room_id) return refused(s, refusal::invalid_room_id);
  auto granted = s.announced() ? array_of({{"ok", true}, {"room", *room_id}, {"role", "member"}})
                               : array_of(*room_id);
  s.ask(*room_id, ack, std::move(granted), std::move(refused));
}

void leave(socket& s, const event_ptr& e, const acknowledgement& ack) {
  if (const auto room_id = read_request(*e).room_id) s.leave(*room_id);
  ack.send(array_of({{"ok", true}}));
}

void cancel(socket& s, const event_ptr& e, const acknowledgement& ack) {
  if (const auto room_id = read_request(*e).room_id) s.cancel(*room_id);
  ack.send(array_of({{"ok", true}}));
}

void relay_message(socket& s, const event_ptr& e, const acknowledgement&) {
  // Built only when something is refused: nearly always a message goes through.
  static const refusal_handler refused = complain("message", {});
  s.relay(e, refused);
}

} // namespace

void install_reliable_signaler(namespace_handlers& handlers) {
  handlers.with_lobby()
      .on("keep-in-server", open)
      .on("keep-session",
          [](socket& s, const event_ptr& e, const acknowledgement&) { open(s, e, {}); })
      .on("get-session-info", ask)
      .on("leave-room", leave)
      .on("cancel-wait", cancel)
      .on("message", relay_message);
}

} // namespace reliable_signaler
