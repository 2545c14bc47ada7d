// The HTTP half of a connection: what happens between requests and answers.
#include "http_channel.hpp"

#include <caf/make_counted.hpp>
#include <chrono>

#include "connection.hpp"
#include "limits.hpp"
#include "router.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

using clock = std::chrono::steady_clock;

/// Bodies up to this size are copied behind their head, in bytes; larger ones are sent from where
/// they are.
constexpr std::size_t copied_body = 4'096;

class shared_bytes final : public caf::ref_counted {
public:
  explicit shared_bytes(std::shared_ptr<const std::string> x) : bytes(std::move(x)) {}
  const std::shared_ptr<const std::string> bytes;
};

} // namespace

http_channel::http_channel(connection& owner)
    : connection_(owner),
      reader_(owner.home().server().options.max_header_bytes, owner.home().server().max_body()) {}

http_channel::~http_channel() {
  if (exchange_) exchange_->detach();
  if (pending_) pending_->detach();
}

void http_channel::begin() {
  read_more();
}

void http_channel::received(std::size_t count) {
  reader_.commit(count);
  process();
  // While an answer is awaited reading goes on, to notice when the client goes away. What it sends
  // meanwhile has to fit where a head fits.
  if (state_ == state::waiting) read_more();
}

void http_channel::process() {
  if (processing_) return;
  processing_ = true;
  while (state_ == state::head || state_ == state::body) {
    // Or whoever asks and never reads would make us keep all the answers.
    awaits_output_ = state_ == state::head && connection_.queued_bytes() > bounds::unsent_answers;
    if (awaits_output_) break;
    const auto result = reader_.next();
    if (result == http_reader::status::need_more) {
      read_more();
      break;
    }
    if (result == http_reader::status::head)
      on_head();
    else if (result == http_reader::status::complete)
      on_complete();
    else
      on_failed();
  }
  processing_ = false;
}

void http_channel::read_more() {
  const auto& options = connection_.home().server().options;
  if (state_ == state::head && reader_.has_partial_request() && !head_timer_runs_) {
    head_timer_runs_ = true;
    connection_.set_deadline(clock::now() + options.header_timeout);
  }
  if (state_ == state::waiting && reader_.unread().size() >= options.max_header_bytes) return;
  connection_.read_http();
}

void http_channel::on_head() {
  state_ = state::body;
  const auto& head = reader_.request();
  is_head_request_ = head.method == "HEAD";
  keep_alive_ = head.keep_alive;
  head_timer_runs_ = false;
  if (head.has_body)
    connection_.set_deadline(clock::now() + connection_.home().server().options.body_timeout);
  const auto wants_continue = head.expects_continue && head.has_body;
  route(*this);
  if (state_ != state::body) return;
  if (!pending_) reader_.limit_body(connection_.home().server().options.max_payload);
  if (wants_continue && !reader_.request().body_too_large)
    connection_.enqueue(make_chunk("HTTP/1.1 100 Continue\r\n\r\n"));
}

void http_channel::on_complete() {
  if (answered_) return expect_next();
  state_ = state::waiting;
  connection_.set_deadline(deadline_queue::never);
  // The answer may come before these calls return.
  if (const auto pending = pending_; pending) {
    connection_.set_deadline(clock::now() + pending->deadline());
    pending->complete(std::move(reader_.body()));
  } else if (const auto exchange = exchange_; exchange) {
    connection_.home().route(step_, exchange, std::move(reader_.body()));
  } else {
    return;
  }
  if (state_ == state::waiting) read_more();
}

void http_channel::on_failed() {
  const auto status = reader_.error_status();
  if (status == 413 && exchange_ && step_ == polling_step::post_body) {
    // The session ends by this and answers.
    connection_.home().route(polling_step::post_too_large, exchange_);
    if (state_ == state::body) state_ = state::waiting;
    return;
  }
  abort_exchange();
  auto refusal = make_status_answer(status);
  refusal.close = true;
  answer(std::move(refusal));
}

polling_exchange_ptr http_channel::exchange_with(const session_id& session, polling_step step) {
  step_ = step;
  exchange_ = caf::make_counted<polling_exchange>(connection_.home().loop(), *this, session);
  return exchange_;
}

void http_channel::wait_for(pending_request_ptr answer, std::size_t max_body) {
  pending_ = std::move(answer);
  reader_.limit_body(max_body);
}

// Nobody is there to take the answer.
void http_channel::abort_exchange() {
  if (pending_) std::exchange(pending_, nullptr)->detach();
  if (!exchange_) return;
  exchange_->detach();
  connection_.home().route(polling_step::aborted, std::exchange(exchange_, nullptr));
}

void http_channel::on_exchange_answered(http_answer value) {
  const bool of_session = exchange_ != nullptr;
  exchange_ = nullptr;
  pending_ = nullptr;
  if (state_ == state::closing || state_ == state::left) return;
  answer(std::move(value), of_session);
  // A session is in the middle of something: a pipelined request has to wait until it is done.
  if (state_ == state::head && reader_.has_partial_request() && !processing_)
    connection_.home().loop().post(
        [self = connection_ptr{&connection_}] { self->continue_http(); });
}

void http_channel::answer(http_answer value, bool of_session) {
  // Behind an answer that came before its request was complete nothing can be read any more.
  const auto complete =
      reader_.error_status() == 0 && (state_ == state::waiting || !reader_.request().has_body);
  // Who polls comes once more to hear that the server stops.
  const auto keep_alive =
      keep_alive_ && complete && !value.close
      && ((of_session && connection_.home().server().sessions.load(std::memory_order_relaxed) > 0)
          || !connection_.home().server().stopping.load(std::memory_order_relaxed));
  value.omit_body |= is_head_request_;
  send(value, keep_alive);
  answered_ = true;
  if (!keep_alive) {
    state_ = state::closing;
    connection_.close_after_output(!complete || reader_.has_partial_request());
  } else if (state_ == state::waiting) {
    expect_next();
  }
}

// What was said of the last request must not count for one whose head is never complete.
void http_channel::expect_next() {
  state_ = state::head;
  answered_ = is_head_request_ = head_timer_runs_ = false;
  fields_.clear();
  connection_.set_deadline(clock::now() + connection_.home().server().options.idle_timeout);
}

void http_channel::send(const http_answer& value, bool keep_alive) {
  std::string text;
  const auto size = value.omit_body ? 0 : value.body_size();
  text.reserve(384 + fields_.size() + value.extra_fields.size() + (size <= copied_body ? size : 0));
  append_head(text, value, fields_, keep_alive);
  if (size <= copied_body) {
    if (size > 0) text += value.shared_body ? *value.shared_body : value.body;
    connection_.enqueue(make_chunk(std::move(text)));
    return;
  }
  connection_.enqueue(make_chunk(std::move(text)));
  if (!value.shared_body) {
    connection_.enqueue(make_chunk(std::string{value.body}));
    return;
  }
  auto owner = caf::make_counted<shared_bytes>(value.shared_body);
  connection_.enqueue({owner, owner->bytes->data(), size});
}

bool http_channel::is_idle() const noexcept {
  return state_ == state::head && !reader_.has_partial_request();
}

void http_channel::on_deadline() {
  if (state_ == state::head && !reader_.has_partial_request()) {
    connection_.finish();
    return;
  }
  if (const auto late = state_ == state::waiting ? pending_ : nullptr; late) {
    late->detach();
    on_exchange_answered(late->overdue());
    return;
  }
  abort_exchange();
  auto refusal = make_status_answer(408);
  refusal.close = true;
  answer(std::move(refusal));
}

void http_channel::on_connection_lost() {
  state_ = state::closing;
  abort_exchange();
}

} // namespace reliable_signaler::net
