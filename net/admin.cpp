// The admin listener's requests: what is alive in this server, as numbers.
#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <nlohmann/json.hpp>

#include "../actors/signaler.hpp"
#include "connection.hpp"
#include "http_channel.hpp"
#include "io_scheduler.hpp"
#include "router.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

namespace {

std::int64_t sum(const server_context& server, counter shard_counters::*member) {
  std::int64_t total = 0;
  for (const auto& of : server.counters) total += (of.*member).get();
  return total;
}

// What is alive. At rest everything is as it was before the first client.
std::string stats_text(const server_context& server) {
  nlohmann::ordered_json result;
  const auto& actors = server.actors->counters();
  auto* const scheduler = io_scheduler::of(*server.system);
  result["connections"] = sum(server, &shard_counters::connections);
  result["sessions"] = sum(server, &shard_counters::sessions);
  result["held_sessions"] = actors.held_sessions.load(std::memory_order_relaxed);
  result["sockets"] = actors.sockets.load(std::memory_order_relaxed);
  result["rooms"] = actors.rooms.load(std::memory_order_relaxed);
  result["seats"] = actors.seats.load(std::memory_order_relaxed);
  result["lobby_members"] = actors.lobby_members.load(std::memory_order_relaxed);
  result["parked"] = actors.parked.load(std::memory_order_relaxed);
  result["left_rooms"] = actors.left_rooms.load(std::memory_order_relaxed);
  result["kept_bytes"] = server.actors->kept_bytes();
  result["actors"] = server.system->registry().running();
  // CAF's own clock keeps this number to itself.
  result["timers"] =
      scheduler != nullptr ? static_cast<std::int64_t>(scheduler->clock().size()) : 0;
  result["queued_bytes"] = sum(server, &shard_counters::queued_bytes);
  return result.dump() + "\n";
}

// What has happened since the start.
std::string totals_text(const server_context& server) {
  nlohmann::ordered_json result;
  result["sessions"] = sum(server, &shard_counters::sessions_opened);
  result["slow_consumers"] = sum(server, &shard_counters::slow_consumers);
  result["refused_connections"] = sum(server, &shard_counters::refused_connections);
  result["refused_sessions"] = sum(server, &shard_counters::refused_sessions);
  const auto& actors = server.actors->counters();
  result["evicted_sessions"] = actors.evicted_sessions.load(std::memory_order_relaxed);
  result["refused_seats"] = actors.refused_seats.load(std::memory_order_relaxed);
  result["wrong_claims"] = actors.wrong_claims.load(std::memory_order_relaxed);
  result["ignored_claims"] = actors.ignored_claims.load(std::memory_order_relaxed);
  return result.dump() + "\n";
}

} // namespace

void route_admin(http_channel& channel) {
  const auto path = channel.request().path();
  if (path == "/healthz") return answer_health(channel);
  if (path != "/stats" && path != "/totals") return channel.answer(make_status_answer(404));
  const auto method = channel.request().method;
  if (method != "GET" && method != "HEAD") {
    auto refusal = make_status_answer(405);
    refusal.extra_fields = "Allow: GET, HEAD\r\n";
    return channel.answer(std::move(refusal));
  }
  http_answer result;
  result.content_type = "application/json";
  result.extra_fields = "Cache-Control: no-store\r\n";
  const auto& server = channel.owner().home().server();
  result.body = path == "/stats" ? stats_text(server) : totals_text(server);
  channel.answer(std::move(result));
}

} // namespace reliable_signaler::net
