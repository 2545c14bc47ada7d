// What a client makes of the packets it gets.
#include "client.hpp"

#include <charconv>

namespace reliable_signaler::bench {

namespace {

const packet& connect_packet() {
  static const packet made{"40"};
  return made;
}

const packet& pong_packet() {
  static const packet made{"3"};
  return made;
}

} // namespace

std::string_view string_member(std::string_view json, std::string_view name) {
  std::string key{"\""};
  key.append(name).append("\":\"");
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  const auto value = json.substr(at + key.size());
  return value.substr(0, value.find('"'));
}

client::client(load_context load, const endpoint& server, transport_kind kind, client_user& user,
               const recovery_state* resume, bool track_offsets)
    : user_(user), track_offsets_(track_offsets || resume != nullptr) {
  if (resume != nullptr) recovery_ = *resume;
  transport_ = open_transport(kind, load, server, *this);
}

void client::part(parting how) {
  connected_ = false;
  transport_->part(how);
}

void client::on_gone(const std::string& reason) {
  connected_ = false;
  user_.on_gone(*this, reason);
}

void client::on_packet(std::string_view text) {
  if (text.empty()) return;
  switch (text[0]) {
    case '0':
      if (recovery_.pid.empty()) return transport_->send(connect_packet());
      return transport_->send(
          packet{"40{\"pid\":\"" + recovery_.pid + "\",\"offset\":\"" + recovery_.offset + "\"}"});
    case '2':
      return transport_->send(pong_packet());
    case '4':
      return on_message(text.substr(1));
    default:
      return;
  }
}

void client::on_message(std::string_view text) {
  if (text.empty()) return;
  const auto rest = text.substr(1);
  switch (text[0]) {
    case '0':
      return on_connect(rest);
    case '1':
      return user_.on_gone(*this, "disconnected by the server");
    case '2':
      if (track_offsets_) note_offset(rest);
      return user_.on_event(*this, rest);
    case '3': {
      std::uint64_t id = 0;
      const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), id);
      return user_.on_answer(*this, id,
                             rest.substr(static_cast<std::size_t>(parsed.ptr - rest.data())));
    }
    case '4':
      return user_.on_gone(*this, "refused: " + std::string{rest});
    default:
      return;
  }
}

void client::on_connect(std::string_view payload) {
  const auto pid = string_member(payload, "pid");
  recovered_ = !pid.empty() && pid == recovery_.pid;
  if (!recovered_) recovery_ = {std::string{pid}, {}};
  connected_ = true;
  user_.on_connected(*this);
}

// The offset is the last argument: a string without escapes.
void client::note_offset(std::string_view arguments) {
  if (!arguments.ends_with("\"]")) return;
  const auto open = arguments.rfind('"', arguments.size() - 3);
  if (open != std::string_view::npos && open > 0 && arguments[open - 1] == ',')
    recovery_.offset = arguments.substr(open + 1, arguments.size() - open - 3);
}

} // namespace reliable_signaler::bench
