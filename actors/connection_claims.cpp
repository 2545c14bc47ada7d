// How a connection gets the session of a client that comes back, and how it gives one away.
#include <algorithm>
#include <utility>

#include "connection.hpp"
#include "introduction.hpp"
#include "token.hpp"

namespace reliable_signaler {

void connection::introduce(pending& p) const {
  auto said = read_introduction(p.what->auth, context_->options.limits);
  p.announced = said.announced;
  p.attempt = said.attempt;
  if (said.announced) p.left = std::move(said.left);
  const auto shows_token = said.announced && !said.token.empty();
  // Left from an earlier life of the server: nobody is meant who is here.
  const auto last = parse_event_id(said.offset);
  if (last && last->epoch != context_->epoch) said.pid.clear();
  if (!shows_token && said.pid.empty()) return;
  if (!context_->may_claim(network())) {
    p.distrust = refusal::too_many_wrong_claims;
    return;
  }
  p.pid = std::move(said.pid);
  p.offset = std::move(said.offset);
  if (!shows_token) return;
  const auto shown =
      context_->tokens.read(said.token, token::kind::hello, p.what->nsp, {}, calendar_seconds());
  if (!shown) {
    p.distrust = refusal::token_refused;
    return context_->token_was_refused(network(), said.token, token::kind::hello, p.what->nsp, {});
  }
  p.known_as = shown->who;
  p.gap_reason = shown->epoch == context_->epoch ? "window" : "restart";
}

std::string connection::network() const {
  return request_ ? request_->network : std::string{};
}

void connection::let_in(const pending& p) {
  if (p.claims())
    claim(p);
  else
    connected(p, nullptr, false);
}

void connection::claim(pending p) {
  const auto pid = std::exchange(p.pid, {}); // it has its one chance
  auto shown = parse_pid(pid);
  if (!shown && !pid.empty())
    context_->claim_was_wrong(network(), "pid_refused", {{"nsp", p.what->nsp}});
  if (!shown && !p.known_as) return claimed_nothing(p);
  claim_session what{p.what->nsp, {}, {}, p.known_as.has_value()};
  what.attempt = p.attempt;
  what.who = p.known_as ? *p.known_as : shown->who;
  what.network = network();
  if (shown) what.secret = p.secret = shown->secret;
  p.named = p.known_as.has_value();
  ++claims_;
  request(sessions_, caf::infinite, std::move(what))
      .then([this, p](claimed_session& answer) { claimed(p, answer); },
            [this, p](const caf::error&) {
              claimed_session nothing;
              claimed(p, nothing);
            });
}

void connection::claimed_nothing(const pending& p) {
  if (p.handlers->checks().empty() || !context_->options.skip_middleware_on_recovery)
    return connected(p, nullptr, false);
  pending_.push_back(p);
  ask_middleware(p);
}

void connection::claimed(pending p, claimed_session& answer) {
  --claims_;
  auto& session = answer.session;
  if (ended_) return too_late(p, answer);
  // The client has a newer connection, so nobody is at the other end of this one.
  if (answer.overtaken) return refuse(p.what->nsp, "superseded", {});
  if (!session) return claimed_nothing(p);
  // By its name alone it may get a session that it never heard of: then it must ask for all anew.
  p.knows_session = same_secret(session->secret.view(), p.secret.view());
  // Of a gap that it has not heard of it must hear first, before all that is kept.
  if (session->untold_gap.empty()) return connected(p, std::move(session), true);
  if (p.announced && session->box->covers(p.offset)) return connected(p, std::move(session), false);
  missed(p, std::move(session));
}

void connection::missed(const pending& p, session_ptr session) {
  // Who proves the session by its secret may have been connected for longer than a token is good.
  const bool outlived_token = p.distrust == refusal::token_refused && p.knows_session;
  if (p.announced && (p.known_as || outlived_token)) return connected(p, std::move(session), false);
  context_->log(
      log_level::info, "not_recovered",
      {{"socket", session->id.view()}, {"offset", p.offset.substr(0, logged_offset_bytes)}});
  // It cannot be told what it has missed: it starts anew, and what it had is given up.
  caf::anon_send(sessions_, forget_session{session->id, address()});
  session = nullptr;
  claimed_nothing(p);
}

// The transport was lost again before the session came. It goes on being held, from now.
void connection::too_late(const pending& p, claimed_session& answer) {
  if (answer.session)
    caf::anon_send(sessions_, hold_session{std::move(answer.session)});
  else if (!answer.overtaken)
    give_back_name(p);
  if (claims_ == 0) quit();
}

void connection::give_back_name(const pending& p) {
  if (p.named) caf::anon_send(sessions_, forget_session{*p.known_as, address()});
}

// It was given the name and is still being judged: another one has claimed it since.
void connection::refuse_named(const yield_session& message) {
  const auto i = std::find_if(pending_.begin(), pending_.end(), [&](const pending& p) {
    return p.named && p.known_as == message.who && p.what->nsp == message.nsp;
  });
  if (i == pending_.end()) return;
  pending_.erase(i);
  refuse(message.nsp, "superseded", {});
}

claimed_session connection::yield(const yield_session& message) {
  auto* s = find(message.who);
  if (s == nullptr) refuse_named(message);
  if (s == nullptr || s->nsp() != message.nsp) return {};
  // A mere close would make this client, should it still be there, come back and claim in turn.
  port_->namespace_disconnected(message.nsp);
  s->session_.box->write(context_->codec->disconnected(message.nsp));
  claimed_session result{take_out(*s).detach("superseded")};
  bury();
  if (sockets_.empty() && pending_.empty()) port_->close(close_cause::server_request);
  return result;
}

} // namespace reliable_signaler
