// What a request is for: Engine.IO, health, files, or nothing.
#include "router.hpp"

#include "connection.hpp"
#include "http_channel.hpp"
#include "pending_request.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

http_answer health() {
  http_answer result;
  result.content_type = "text/plain; charset=utf-8";
  result.body = "ok\n";
  result.extra_fields = "Cache-Control: no-store\r\n";
  return result;
}

/// False: there is no such file, and somebody else may answer.
bool answer_file(http_channel& channel, file_source& files, bool is_last) {
  const auto& request = channel.request();
  auto found = serve_file(files, request.method, request.target, request.find("if-none-match"));
  if (!is_last && (found.status == 404 || found.status == 405)) return false;
  http_answer result;
  result.status = found.status;
  for (const auto& [name, value] : found.headers)
    result.extra_fields.append(name).append(": ").append(value).append("\r\n");
  if (found.body)
    result.shared_body = std::move(found.body);
  else
    result.length_without_body = found.content_length;
  channel.answer(std::move(result));
  return true;
}

// With or without its slash at the end.
bool is_engine_path(std::string_view path, std::string_view engine_path) {
  return path == engine_path || path == engine_path.substr(0, engine_path.size() - 1);
}

} // namespace

void answer_health(http_channel& channel) {
  const auto method = channel.request().method;
  const bool stopping = channel.owner().home().server().stopping.load(std::memory_order_relaxed);
  if (method == "GET" || method == "HEAD")
    return channel.answer(stopping ? make_status_answer(503) : health());
  auto refusal = make_status_answer(405);
  refusal.extra_fields = "Allow: GET, HEAD\r\n";
  channel.answer(std::move(refusal));
}

void route(http_channel& channel) {
  auto& connection = channel.owner();
  auto& server = connection.home().server();
  if (connection.origin().role == connection_role::admin) return route_admin(channel);
  if (connection.origin().role == connection_role::refused) {
    auto refusal = make_status_answer(503);
    refusal.close = true;
    refusal.extra_fields = "Retry-After: 5\r\n";
    return channel.answer(std::move(refusal));
  }
  const auto path = channel.request().path();
  if (is_engine_path(path, server.options.path)) return route_engine_io(channel);
  if (path == "/healthz") return answer_health(channel);
  if (server.files && answer_file(channel, *server.files, !server.fallback)) return;
  if (server.fallback)
    return channel.wait_for(server.fallback->begin(channel), server.fallback->max_body());
  channel.answer(make_status_answer(404));
}

} // namespace reliable_signaler::net
