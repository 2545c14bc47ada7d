// Every limit of the wire protocols, named with its unit. Values only, no enforcement.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace reliable_signaler::wire {

/// Limits and times of Engine.IO 4 and Socket.IO 5. One instance serves all sessions of a server,
/// is not changed while sessions exist, and outlives them: sessions keep a pointer to it.
struct wire_limits {
  /// Bytes of one POST body and of one WebSocket message (the sum of its fragments), inclusive.
  /// Announced to clients as `maxPayload`. Over it: HTTP 413, or WebSocket close 1009; the session
  /// ends.
  std::size_t max_payload_bytes = 1'000'000;

  /// Packets in one POST body. Over it: parse error, the session ends.
  std::uint32_t max_packets_per_payload = 16'384;

  /// Open brackets and braces in one JSON text, the outermost included; at most
  /// `json_depth_ceiling`. Over it: parse error, the session ends.
  std::uint32_t max_json_depth = 64;

  /// Binary attachments of one event or acknowledgement, at most `attachments_ceiling`. Over it:
  /// parse error, the session ends. Together with `max_payload_bytes` it bounds what an unfinished
  /// event may hold in memory.
  std::uint32_t max_attachments = 10;

  /// Bytes of a namespace's name, the leading slash included. Over it: parse error, the session
  /// ends.
  std::uint32_t max_namespace_bytes = 256;

  /// Namespaces of one session that are connected or asking to be. One more CONNECT ends the
  /// session.
  std::uint32_t max_namespaces = 32;

  /// CONNECTs to one namespace that wait for the server's decision, at most 255. One more ends the
  /// session.
  std::uint32_t max_connects_under_way = 8;

  /// Bytes of messages that wait until the server has decided on a CONNECT before them, each
  /// charged with `early_message_bytes` more. Over it the session ends.
  std::size_t max_early_bytes = 65'536;

  /// From the opening, or from the last pong, until the server sends the next ping.
  std::chrono::milliseconds ping_interval{25'000};

  /// From a ping until its pong must have arrived; else the session ends.
  std::chrono::milliseconds ping_timeout{20'000};

  /// From the admission of a probing WebSocket until its upgrade packet; else that socket is
  /// closed.
  std::chrono::milliseconds upgrade_timeout{10'000};

  /// From the opening until the first namespace is connected; else the session ends.
  std::chrono::milliseconds connect_timeout{45'000};

  /// From a close by the server until a polling client fetched what was queued; then it ends
  /// anyway.
  std::chrono::milliseconds close_timeout{30'000};

  /// From the abort of a request until the session ends; a goodbye in a POST is taken meanwhile.
  /// For pages that go: browsers abort their poll first, and what says goodbye for them travels by
  /// itself.
  std::chrono::milliseconds goodbye_timeout{2'000};

  /// While an upgrade is under way: polls answered with a noop at once, and how long each further
  /// one is held first, so that a probe lost in the network does not make the client poll in a
  /// tight loop.
  std::uint32_t eager_noops = 4;
  std::chrono::milliseconds noop_interval{100};
};

/// What the JSON scanner can keep track of without allocating; `max_json_depth` is cut to it.
inline constexpr std::uint32_t json_depth_ceiling = 1024;

/// What the check of placeholders can keep track of; `max_attachments` is cut to it.
inline constexpr std::uint32_t attachments_ceiling = 64;

/// What one message is charged for being kept, beside its bytes.
inline constexpr std::size_t early_message_bytes = 64;

/// Acknowledgement ids are below this: 2^53, the range in which JavaScript counts exactly.
inline constexpr std::uint64_t ack_id_end = std::uint64_t{1} << 53;

} // namespace reliable_signaler::wire
