// Attempts, and the handshake they show.
#include "connect_attempt.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include <nlohmann/json.hpp>

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

struct field_lengths {
  std::uint32_t name;
  std::uint32_t value;
};

field_lengths lengths_at(std::string_view packed) {
  field_lengths result{};
  std::memcpy(&result, packed.data(), sizeof(result));
  return result;
}

std::string in_utf8(std::string text) {
  using json = nlohmann::json;
  const json value(std::move(text));
  const auto replaced = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return json::parse(replaced).get<std::string>();
}

} // namespace

header_fields::header_fields(std::initializer_list<value_type> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void header_fields::reserve(std::size_t count, std::size_t characters) {
  packed_.reserve(packed_.size() + count * sizeof(field_lengths) + characters);
}

void header_fields::add(std::string_view name, std::string_view value) {
  const field_lengths lengths{static_cast<std::uint32_t>(name.size()),
                              static_cast<std::uint32_t>(value.size())};
  std::array<char, sizeof(lengths)> bytes{};
  std::memcpy(bytes.data(), &lengths, sizeof(lengths));
  packed_.append(bytes.data(), bytes.size());
  for (const auto c : name) packed_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  packed_.append(value);
}

header_fields::value_type header_fields::iterator::operator*() const {
  const auto lengths = lengths_at(rest_);
  return {rest_.substr(sizeof(lengths), lengths.name),
          rest_.substr(sizeof(lengths) + lengths.name, lengths.value)};
}

header_fields::iterator& header_fields::iterator::operator++() {
  const auto lengths = lengths_at(rest_);
  rest_.remove_prefix(sizeof(lengths) + lengths.name + lengths.value);
  return *this;
}

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
  if (!data.empty() && !nlohmann::json::accept(data))
    throw std::invalid_argument("the data of a refusal is no JSON text");
  answer({false, in_utf8(std::move(message)), std::move(data)});
}

bool connect_attempt::answered() const noexcept {
  return once_->used.load();
}

void connect_attempt::answer(connect_verdict_text verdict) const {
  if (!once_->used.exchange(true)) once_->answer(std::move(verdict));
}

} // namespace reliable_signaler
