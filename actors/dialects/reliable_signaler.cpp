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

void open(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto room_id = room_id_of(*e);
  if (!room_id) return complain(e->name, {})(s, refusal::invalid_room_id);
  s.open(*room_id, ack, {"[]", {}}, complain(e->name, room_id));
}

void ask(socket& s, const event_ptr& e, const acknowledgement& ack) {
  const auto room_id = room_id_of(*e);
  if (!room_id) return complain(e->name, {})(s, refusal::invalid_room_id);
  s.ask(*room_id, ack, {json::array({*room_id}).dump(), {}}, complain(e->name, room_id));
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
      .on("message", relay_message);
}

} // namespace reliable_signaler
