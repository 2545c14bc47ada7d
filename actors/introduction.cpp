// Reading of CONNECT payloads.
#include "introduction.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace reliable_signaler {

introduction read_introduction(const std::string& auth, const limits& bounds) {
  introduction result;
  if (auth.empty()) return result;
  const auto payload = nlohmann::json::parse(auth, nullptr, false);
  if (!payload.is_object()) return result;
  if (const auto own = payload.find("signaler"); own != payload.end() && own->is_object()) {
    const auto version = own->find("v");
    result.announced = version != own->end() && version->is_number_integer();
    const auto shown = own->find("token");
    if (shown != own->end() && shown->is_string()) result.token = shown->get<std::string>();
    const auto attempt = own->find("attempt");
    if (attempt != own->end() && attempt->is_number_unsigned())
      result.attempt = attempt->get<std::uint64_t>();
    if (const auto left = own->find("left"); left != own->end() && left->is_array())
      for (const auto& room : *left) {
        if (result.left.size() == bounds.rooms_per_socket) break;
        if (const auto* name = room.get_ptr<const std::string*>();
            name != nullptr && name->size() <= bounds.room_id_bytes)
          result.left.push_back(*name);
      }
  }
  const auto pid = payload.find("pid");
  const auto offset = payload.find("offset");
  if (pid == payload.end() || offset == payload.end()) return result;
  if (!pid->is_string() || !offset->is_string()) return result;
  result.pid = pid->get<std::string>();
  result.offset = offset->get<std::string>();
  return result;
}

std::string to_pid(const public_id& who, const session_secret& secret) {
  std::string result{who.view()};
  result.append(secret.view());
  return result;
}

std::optional<session_name> parse_pid(std::string_view pid) {
  if (pid.size() != public_id::length + session_secret::length) return std::nullopt;
  session_name result;
  std::copy_n(pid.begin(), public_id::length, result.who.characters.begin());
  result.secret = session_secret{pid.substr(public_id::length)};
  return result;
}

} // namespace reliable_signaler
