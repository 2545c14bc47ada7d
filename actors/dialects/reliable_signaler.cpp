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

/// The room id of a request: its first argument after the event's name. Nothing when that is no
/// string. The text has been validated, nesting included, where it came in.
std::optional<std::string> room_id_of(const event& e) {
  const auto args = json::parse(e.args.json, nullptr, false);
  if (!args.is_array() || args.size() < 2 || !args[1].is_string()) return std::nullopt;
  return args[1].get<std::string>();
}

refusal_handler complain(std::string event, std::optional<std::string> room_id) {
  return [event = std::move(event), room_id = std::move(room_id)](socket& s, refusal why) {
    json details{{"event", event}, {"code", code_of(why)}, {"message", sentence_of(why)}};
    if (room_id) details["room"] = *room_id;
    s.emit({json::array({"signaler-error", std::move(details)}).dump(), {}});
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

// `{"token": ...}` behind the room id.
std::string token_of(const event& e) {
  const auto args = json::parse(e.args.json, nullptr, false);
  if (!args.is_array() || args.size() < 3 || !args[2].is_object()) return {};
  const auto shown = args[2].find("token");
  return shown != args[2].end() && shown->is_string() ? shown->get<std::string>() : std::string{};
}

void open(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto room_id = room_id_of(*e);
  auto refused = refuse(s, e->name, room_id, ack);
  if (!room_id) return refused(s, refusal::invalid_room_id);
  if (!s.announced()) return s.open(*room_id, ack, {"[]", {}}, std::move(refused));
  const auto shown = token_of(*e);
  const bool proven = !shown.empty() && s.owned(*room_id, shown);
  auto granted = [room = *room_id, make = s.token_maker(*room_id)](seat_role as) {
    return array_of({{"ok", true},
                     {"room", room},
                     {"role", as == seat_role::owner ? "owner" : "co-owner"},
                     {"token", make()}});
  };
  s.open(*room_id, ack, std::move(granted), proven, std::move(refused));
}

void ask(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto room_id = room_id_of(*e);
  auto refused = refuse(s, e->name, room_id, ack);
  if (!room_id) return refused(s, refusal::invalid_room_id);
  auto granted = s.announced() ? array_of({{"ok", true}, {"room", *room_id}, {"role", "member"}})
                               : array_of(*room_id);
  s.ask(*room_id, ack, std::move(granted), std::move(refused));
}

void leave(socket& s, const event_ptr& e, const acknowledgement& ack) {
  if (const auto room_id = room_id_of(*e)) s.leave(*room_id);
  ack.send(array_of({{"ok", true}}));
}

void cancel(socket& s, const event_ptr& e, const acknowledgement& ack) {
  if (const auto room_id = room_id_of(*e)) s.cancel(*room_id);
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
