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

// The id where the arguments are the name and one string, both without escapes, as they nearly
// always are: then nothing needs to be parsed. The text is valid JSON.
std::optional<std::string_view> plain_room_id(const event& e) {
  std::string_view text = e.args.json;
  const auto skip = [&](std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
  };
  if (!skip("[\"") || !skip(e.name) || !skip("\",\"") || !text.ends_with("\"]"))
    return std::nullopt;
  text.remove_suffix(2);
  if (text.find_first_of("\"\\") != std::string_view::npos) return std::nullopt;
  return text;
}

// The text has been validated, nesting included, where it came in.
room_request read_request(const event& e) {
  room_request result;
  if (const auto plain = plain_room_id(e)) {
    result.room_id = *plain;
    return result;
  }
  const auto args = json::parse(e.args.json, nullptr, false);
  if (!args.is_array() || args.size() < 2 || !args[1].is_string()) return result;
  result.room_id = args[1].get<std::string>();
  if (args.size() < 3 || !args[2].is_object()) return result;
  const auto shown = args[2].find("token");
  if (shown != args[2].end() && shown->is_string()) result.token = shown->get<std::string>();
  return result;
}

refusal_handler complain(const event_ptr& e) {
  // A question may wait for long: of a large event no more is kept than what it needs.
  if (!plain_room_id(*e))
    return [event = e->name, room_id = read_request(*e).room_id](socket& s, refusal why) {
      s.emit(make_error_event(event, why, room_id));
    };
  return [e](socket& s, refusal why) {
    s.emit(make_error_event(e->name, why, std::string{*plain_room_id(*e)}));
  };
}

arguments array_of(json x) {
  return {json::array({std::move(x)}).dump(), {}};
}

/// Into the acknowledgement, where the client can take it, else beside it.
refusal_handler refuse(const socket& s, const event_ptr& e, const acknowledgement& ack) {
  if (!s.announced() || !ack) return complain(e);
  return [ack](socket&, refusal why) {
    json error{{"code", code_of(why)}, {"message", sentence_of(why)}};
    ack.send(array_of({{"ok", false}, {"error", std::move(error)}}));
  };
}

void open(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto request = read_request(*e);
  const auto& room_id = request.room_id;
  auto refused = refuse(s, e, ack);
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
  auto refused = refuse(s, e, ack);
  if (!room_id) return refused(s, refusal::invalid_room_id);
  auto granted = s.announced() ? array_of({{"ok", true}, {"room", *room_id}, {"role", "member"}})
                 : plain_room_id(*e) ? arguments{"[\"" + *room_id + "\"]", {}}
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
  // Built only when something is refused: nearly always a message goes through. Never destroyed:
  // the server may be a static object, which ends later than statics of here.
  static const auto& refused = *new refusal_handler{
      [](socket& sender, refusal why) { sender.emit(make_error_event("message", why, {})); }};
  s.relay(e, refused);
}

} // namespace

void install_reliable_signaler(namespace_handlers& handlers) {
  handlers.with_lobby()
      .tell_displaced([](const std::string& room_id) {
        return make_error_event("keep-in-server", refusal::displaced, room_id);
      })
      .on("keep-in-server", open)
      .on("keep-session",
          [](socket& s, const event_ptr& e, const acknowledgement&) { open(s, e, {}); })
      .on("get-session-info", ask)
      .on("leave-room", leave)
      .on("cancel-wait", cancel)
      .on("message", relay_message);
}

} // namespace reliable_signaler
