// What an embedder's program answers itself: Beast's messages from ours and back.
#include "http_fallback.hpp"

#include <algorithm>
#include <boost/beast/http/rfc7230.hpp>
#include <caf/make_counted.hpp>
#include <exception>
#include <limits>
#include <string_view>
#include <utility>

#include "connection.hpp"
#include "fallback.hpp"
#include "http_channel.hpp"
#include "pending_request.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;

string_view beast_view(std::string_view text) {
  return {text.data(), text.size()};
}

bool has_line_break(string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_token(string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~"; // RFC 9110, section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || others.find(c) != std::string_view::npos;
  });
}

// Fields that belong to the connection, not to the answer.
bool is_ours(http::field name) {
  switch (name) {
    case http::field::connection:
    case http::field::content_length:
    case http::field::date:
    case http::field::keep_alive:
    case http::field::transfer_encoding:
      return true;
    default:
      return false;
  }
}

/// False when the response cannot be sent.
bool to_answer(const beast_response& from, http_answer& to) {
  to.status = from.result_int();
  if (to.status < 200 || to.status > 999 || has_line_break(from.reason())) return false;
  to.reason = {from.reason().data(), from.reason().size()};
  for (const auto& field : from) {
    if (!is_token(field.name_string()) || has_line_break(field.value())) return false;
    if (is_ours(field.name())) continue;
    to.extra_fields.append(field.name_string().data(), field.name_string().size());
    to.extra_fields += ": ";
    to.extra_fields.append(field.value().data(), field.value().size());
    to.extra_fields += "\r\n";
  }
  to.close = http::token_list{from[http::field::connection]}.exists("close");
  to.body = from.body();
  if (to.status == 204 || to.status == 304) to.omit_body = true;
  return true;
}

std::size_t announced_length(const beast_response& from) {
  std::uint64_t result = 0;
  for (const auto c : from[http::field::content_length]) {
    if (c < '0' || c > '9' || result > std::numeric_limits<std::uint32_t>::max()) return 0;
    result = result * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return result;
}

class fallback_request final : public pending_request {
public:
  fallback_request(http_channel& channel, std::shared_ptr<const http_fallback> of)
      : pending_request(channel),
        of_(std::move(of)),
        log_(channel.owner().home().server().log),
        remote_(channel.owner().origin().peer.address().to_string()),
        secure_(channel.owner().secure()) {
    const auto& from = channel.request();
    request_.method_string(beast_view(from.method));
    request_.target(beast_view(from.target));
    request_.version(from.http_1_1 ? 11 : 10);
    for (const auto& [name, value] : from.fields)
      request_.insert(beast_view(name), beast_view(value));
    is_head_ = from.method == "HEAD";
    target_ = from.path();
  }

  std::chrono::milliseconds deadline() const noexcept override { return of_->deadline; }
  void complete(std::string body) override;
  http_answer overdue() override {
    log_.warning("http_handler_late", {{"path", target_}, {"deadline_ms", of_->deadline.count()}});
    return make_status_answer(503);
  }

  void take(const beast_response& response) {
    http_answer value;
    if (!to_answer(response, value)) {
      log_.error("http_response_invalid", {{"path", target_}});
      return answer(make_status_answer(500));
    }
    if (is_head_ && value.body.empty()) value.length_without_body = announced_length(response);
    answer(std::move(value));
  }
  void fail(std::string_view why) {
    if (!is_open()) return;
    log_.error("http_handler_failed", {{"path", target_}, {"error", why}});
    answer(make_status_answer(500));
  }

  const std::string& remote() const noexcept { return remote_; }
  bool secure() const noexcept { return secure_; }

private:
  const std::shared_ptr<const http_fallback> of_;
  const logger log_;
  const std::string remote_;
  std::string target_; // without query, for the log
  beast_request request_;
  const bool secure_;
  bool is_head_ = false;
};

using fallback_request_ptr = caf::intrusive_ptr<fallback_request>;

class beast_fallback final : public fallback_port {
public:
  explicit beast_fallback(http_fallback&& of)
      : of_(std::make_shared<const http_fallback>(std::move(of))) {}

  std::size_t max_body() const noexcept override { return of_->max_body; }
  pending_request_ptr begin(http_channel& channel) const override {
    return caf::make_counted<fallback_request>(channel, of_);
  }

private:
  const std::shared_ptr<const http_fallback> of_;
};

} // namespace

class http_reply::state {
public:
  explicit state(fallback_request_ptr of) : request(std::move(of)) {}
  ~state() { request->fail("the handler gave its reply up without an answer"); }
  state(const state&) = delete;
  state& operator=(const state&) = delete;

  const fallback_request_ptr request;
};

void http_reply::send(const beast_response& response) const {
  state_->request->take(response);
}
bool http_reply::is_open() const {
  return state_->request->is_open();
}
const std::string& http_reply::remote_address() const noexcept {
  return state_->request->remote();
}
bool http_reply::secure() const noexcept {
  return state_->request->secure();
}

namespace {

void fallback_request::complete(std::string body) {
  request_.body() = std::move(body);
  const auto reply = std::make_shared<http_reply::state>(fallback_request_ptr{this});
  try {
    of_->handler(std::move(request_), http_reply{reply});
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("an exception of an unknown type");
  }
}

} // namespace

std::shared_ptr<const fallback_port> make_fallback(http_fallback of) {
  return std::make_shared<beast_fallback>(std::move(of));
}

} // namespace reliable_signaler::net
