// Sockets to actors, and rooms to actors.
#include "actor_handlers.hpp"

#include <utility>

#include <caf/send.hpp>

#include "json_arguments.hpp"
#include "socket.hpp"

namespace reliable_signaler {

namespace {

// Events that the server makes have their name in the text only, for sockets need no other.
std::string name_in(const arguments& args) {
  const auto values = to_json(args);
  const auto has_one = values && !values->empty() && values->front().is_string();
  return has_one ? values->front().get<std::string>() : std::string{};
}

// An outbox whose reader is an actor of this process: it takes events as they are.
class actor_outbox : public outbox {
public:
  actor_outbox(room_key key, caf::actor receiver)
      : outbox(key.nsp, nullptr, nullptr), key_(std::move(key)), receiver_(std::move(receiver)) {}

  bool wants_bytes() const noexcept override { return false; }
  void take(const event_ptr& what, const event_id& id) override {
    auto heard = what;
    if (heard->name.empty())
      heard = caf::make_counted<const event>(what->nsp, name_in(what->args), what->args);
    caf::anon_send(receiver_, room_says{key_, id, std::move(heard)});
  }
  void displaced() override { caf::anon_send(receiver_, room_displaced{key_}); }

private:
  const room_key key_;
  const caf::actor receiver_;
};

} // namespace

event_handler forward_events_to(const caf::actor& receiver) {
  return [receiver](socket& s, const event_ptr& what, const acknowledgement& ack) {
    caf::anon_send(receiver, socket_says{s.ref(), what, ack, s.credit()});
  };
}

connect_handler forward_connects_to(const caf::actor& receiver) {
  return [receiver](socket& s) { caf::anon_send(receiver, socket_connected{s.ref()}); };
}

disconnect_handler forward_disconnects_to(const caf::actor& receiver) {
  return [receiver](socket& s, std::string_view reason) {
    caf::anon_send(receiver, socket_gone{s.ref(), std::string{reason}});
  };
}

seat_claim claim_for(const caf::actor& receiver, room_key key) {
  auto box = caf::make_counted<actor_outbox>(key, receiver);
  return {std::move(key), make_public_id(), std::move(box), {}, {}, {}};
}

void room_voice::say(const arguments& args) {
  if (!seat_) return;
  // Rooms pass the text on and look at no name.
  auto what = caf::make_counted<const event>(seat_->key.nsp, std::string{}, args);
  relay message;
  message.what = std::move(what);
  message.id = {0, seat_->who, ++number_, series_of(0, true)};
  message.sender_incarnation = seat_->held;
  caf::anon_send(seat_->room, std::move(message));
}

} // namespace reliable_signaler
