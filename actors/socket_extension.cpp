// Our extension of Socket.IO, as a socket speaks it: numbers, greetings, gaps, tokens.
#include <algorithm>
#include <utility>

#include "connection.hpp"
#include "gap_word.hpp"
#include "hello.hpp"
#include "numbered_event.hpp"
#include "socket.hpp"

namespace reliable_signaler {

arguments socket::greeting(bool known) const {
  const auto shown = session_.announced ? make_token(token::kind::hello, {}) : std::string{};
  return make_hello(*owner_.context_, session_, known, shown);
}

void socket::come_in(const encoded_ptr& connected, bool known) {
  if (gap_) {
    const auto told = session_.seats.empty() ? std::optional{take_gap()} : std::nullopt;
    return session_.box->reopen(owner_.port_, connected, greeting(known), told ? &*told : nullptr);
  }
  session_.box->write(connected);
  if (owner_.context_->options.recovers()) session_.box->emit(greeting(known), false);
}

std::string socket::make_token(token::kind what, const std::string& room_id) const {
  const auto& context = *owner_.context_;
  const auto now = calendar_seconds();
  return context.tokens.sign({what, session_.nsp, session_.id, room_id, context.epoch,
                              session_.generation, now, now + context.options.token_life.count()});
}

std::function<std::string()> socket::token_maker(const std::string& room_id) const {
  const auto now = calendar_seconds();
  token says{token::kind::owner,     session_.nsp,        session_.id, room_id,
             owner_.context_->epoch, session_.generation, now,         now};
  says.expires += owner_.context_->options.token_life.count();
  return [context = owner_.context_, says = std::move(says)] { return context->tokens.sign(says); };
}

bool socket::owned(const std::string& room_id, std::string_view shown) const {
  auto& context = *owner_.context_;
  if (room_id.size() > limits().room_id_bytes) return false; // is refused for that
  if (!context.may_claim(session_.network)) return false;
  const auto read =
      context.tokens.read(shown, token::kind::owner, session_.nsp, room_id, calendar_seconds());
  if (read && read->who == session_.id) return !context.void_tokens.contains(*read);
  if (read)
    context.claim_was_wrong(session_.network, "room_token_refused",
                            {{"socket", session_.id.view()}, {"room", room_id}});
  else
    context.token_was_refused(session_.network, shown, token::kind::owner, session_.nsp, room_id);
  return false;
}

void socket::renew_token(const acknowledgement& ack) const {
  ack.send({R"([{"ok":true,"token":")" + make_token(token::kind::hello, {}) + R"("}])", {}});
}

void socket::take_event(socket_event& message, const acknowledgement& ack) {
  if (session_.announced && message.what->name == "signaler-renew") return renew_token(ack);
  auto number =
      session_.announced ? split_number(message.what->args.json) : std::optional<event_number>{};
  if (!number) return handle(message.what, ack);
  if (number->n <= seen_) {
    ack.send({"[]", {}}); // its first copy was taken, and only this was lost
    return;
  }
  if (number->n - number->skipped - 1 != seen_) return refuse_number(message.what->name, *number);
  seen_ = number->n;
  const auto& from = *message.what;
  event_ptr what = caf::make_counted<const event>(
      from.nsp, from.name, arguments{std::move(number->rest), from.args.attachments});
  being_taken_ = {number->n, ack};
  handle(what, ack);
  if (being_taken_.number != 0) taken(std::exchange(being_taken_, {}), false);
}

// Nothing of ours does that. What came after the hole is not taken either, so the client sends all
// of it again when it comes back.
void socket::refuse_number(const std::string& name, const event_number& number) {
  if (!std::exchange(number_logged_, true))
    owner_.context_->log(log_level::warning, "number_refused",
                         {{"socket", session_.id.view()}, {"number", std::to_string(number.n)}});
  emit(make_error_event(name, refusal::number_out_of_order, {}));
}

void socket::taken(const numbered& x, bool sent_on) {
  if (x.number == 0) return;
  session_.taken = x.number;
  // Who answers it himself, now or later, says so by that.
  if (sent_on || x.ack.is_only_here(1)) x.ack.send({"[]", {}});
}

void socket::tell_gap_if_known() {
  if (seats_asked_again() == 0) tell_gap_now();
}

void socket::tell_gap_now() {
  if (gap_) session_.box->tell_gap(take_gap());
}

arguments socket::take_gap() {
  const auto what = std::exchange(gap_, nullptr);
  session_.untold_gap.clear();
  return make_gap_word(what->reason, what->rooms, limits().gap_bytes);
}

void socket::will_tell_gap(std::string_view reason) {
  gap_ = std::make_unique<gap_to_tell>(gap_to_tell{std::string{reason}});
  session_.untold_gap = gap_->reason; // should the connection break before the rosters are here
}

} // namespace reliable_signaler
