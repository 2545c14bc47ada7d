// What all parts of one running server share: options and counters. It does nothing.
#pragma once

#include <atomic>
#include <caf/intrusive_ptr.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../actors/address_counts.hpp"
#include "log.hpp"
#include "origin_policy.hpp"
#include "server_options.hpp"
#include "static_files.hpp"
#include "wire/limits.hpp"

namespace boost::asio::ssl {
class context;
}

namespace caf {
class actor_system;
}

namespace reliable_signaler {
class signaler;
}

namespace reliable_signaler::net {

class fallback_port;
class shard;

/// A number that one thread changes and others read.
class counter {
public:
  void add(std::int64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::int64_t> value_{0};
};

/// What is alive on one loop, and what has happened there. One cache line per loop.
struct alignas(64) shard_counters {
  counter sessions;
  counter connections;
  counter queued_bytes;
  counter sessions_opened;
  counter slow_consumers;      ///< sessions closed because they did not read
  counter refused_connections; ///< over `max_connections`, or that of their address
  counter refused_sessions;    ///< the same
};

/// Lets a condition be logged once a minute instead of once per occurrence. Any thread.
class once_a_minute {
public:
  bool first_time() noexcept {
    const auto minute = std::chrono::duration_cast<std::chrono::minutes>(
                            std::chrono::steady_clock::now().time_since_epoch())
                            .count();
    return last_.exchange(minute, std::memory_order_relaxed) != minute;
  }

private:
  std::atomic<std::int64_t> last_{-1};
};

/// Set up before the first connection and read-only afterwards, except for atomics and what locks
/// itself. Outlives the sessions and connections, which keep it.
struct server_context {
  server_context();
  ~server_context();

  server_options options;
  wire::wire_limits wire;
  origin_policy origins;
  refused_origins refused;
  once_a_minute limit_reached;
  once_a_minute address_limit_reached;
  /// Of each network address, where they are bounded.
  const std::shared_ptr<address_counts> connections_of_address = address_counts::make();
  const std::shared_ptr<address_counts> sessions_of_address = address_counts::make();
  std::shared_ptr<file_source> files;             ///< null: no static files
  std::shared_ptr<const fallback_port> fallback;  ///< null: 404
  std::shared_ptr<boost::asio::ssl::context> tls; ///< null: plain TCP
  logger log;
  std::unique_ptr<signaler> actors;
  caf::actor_system* system = nullptr;
  /// Actors are bound to the loops of their sockets.
  bool pinned = false;

  std::vector<caf::intrusive_ptr<shard>> shards;
  std::vector<shard_counters> counters;
  /// TCP connections on all loops, those of the admin listener not included.
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> sessions{0};
  /// Connections and sessions that still have to end before the server is gone.
  std::atomic<std::size_t> alive{0};
  std::atomic<bool> stopping{false};

  /// Bytes of a request's body, whatever it is for.
  std::size_t max_body() const noexcept;

  /// Which of two limits is exceeded by these numbers; null if none is. 0 is no limit.
  struct exceeded_limit {
    std::string_view option;
    std::size_t limit = 0;
    bool of_address = false;
  };
  std::optional<exceeded_limit> exceeds(std::size_t in_all, std::size_t of_address) const;
  /// Logs that clients are refused, once a minute.
  void log_limit(std::string_view event, const exceeded_limit& what, const std::string& network);
};

} // namespace reliable_signaler::net
