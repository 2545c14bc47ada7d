// Attempts, and the handshake they show.
#include "connect_attempt.hpp"

#include <atomic>
#include <charconv>

namespace reliable_signaler {

namespace {

// RFC 3986, section 2.1, and `+` for a blank as forms write it. What is no escape stands for
// itself.
std::string decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      unsigned value = 0;
      const auto* digits = text.data() + i + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
        result.push_back(static_cast<char>(value));
        i += 2;
        continue;
      }
    }
    result.push_back(text[i] == '+' ? ' ' : text[i]);
  }
  return result;
}

} // namespace

std::string_view handshake::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string handshake::query_parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size() < rest.size() ? pair.size() + 1 : rest.size());
    const auto equals = pair.find('=');
    if (decode(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string{} : decode(pair.substr(equals + 1));
  }
  return {};
}

struct connect_attempt::once {
  std::function<void(connect_verdict_text)> answer;
  std::atomic<bool> used{false};
};

connect_attempt::connect_attempt(std::shared_ptr<shared> what,
                                 std::function<void(connect_verdict_text)> answer)
    : what_(std::move(what)), once_(std::make_shared<once>()) {
  once_->answer = std::move(answer);
}

const std::string& connect_attempt::nsp() const noexcept {
  return what_->nsp;
}

const std::string& connect_attempt::auth() const noexcept {
  return what_->auth;
}

const handshake& connect_attempt::request() const noexcept {
  return *what_->request;
}

std::any& connect_attempt::data() const noexcept {
  return what_->data;
}

void connect_attempt::accept() const {
  answer({true, {}, {}});
}

void connect_attempt::refuse(std::string message, std::string data) const {
  answer({false, std::move(message), std::move(data)});
}

bool connect_attempt::answered() const noexcept {
  return once_->used.load();
}

void connect_attempt::answer(connect_verdict_text verdict) const {
  if (!once_->used.exchange(true)) once_->answer(std::move(verdict));
}

} // namespace reliable_signaler
