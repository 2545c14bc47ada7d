// The greeting. Written as text: it is sent for every socket, and nothing in it needs escapes.
#include "hello.hpp"

#include <chrono>
#include <string>

#include "ids.hpp"

namespace reliable_signaler {

namespace {

constexpr int extension_version = 1;

void append(std::string& out, std::string_view key, std::string_view text) {
  out.append(",\"").append(key).append("\":\"").append(text).append("\"");
}

void append(std::string& out, std::string_view key, std::int64_t number) {
  out.append(",\"").append(key).append("\":").append(std::to_string(number));
}

} // namespace

arguments make_hello(const signaler_context& context, const socket_session& session, bool recovered,
                     std::string_view token) {
  const auto& options = context.options;
  std::string text;
  text.reserve(320);
  text.append(R"(["signaler-hello",{"v":)").append(std::to_string(extension_version));
  append(text, "epoch", epoch_text(context.epoch));
  append(text, "id", session.id.view());
  if (!token.empty()) {
    append(text, "token", token);
    append(text, "tokenMs", std::chrono::milliseconds{options.token_life}.count());
  }
  append(text, "taken", static_cast<std::int64_t>(session.taken));
  text.append(recovered ? R"(,"recovered":true)" : R"(,"recovered":false)");
  append(text, "graceMs", options.grace.count());
  text.append(R"(,"window":{"bytes":)").append(std::to_string(options.limits.log_bytes));
  append(text, "ms", context.delivery->limits().age.count());
  text.append(R"(},"backoff":{"minMs":)").append(std::to_string(options.backoff_min.count()));
  append(text, "maxMs", options.backoff_max.count());
  text.append("}}]");
  return {std::move(text), {}};
}

} // namespace reliable_signaler
