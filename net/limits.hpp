// The bounds of HTTP and sockets that are no option, named with their units. Values only. Options
// stand in server_options.hpp, the domain's bounds in actors/limits.hpp.
#pragma once

#include <chrono>
#include <cstddef>

namespace reliable_signaler::net::bounds {

/// Bytes of answers that the client of one connection has not taken. At more its next pipelined
/// request waits.
inline constexpr std::size_t unsent_answers = 65'536;

/// Connections over server_options::max_connections or `max_connections_per_address` that are still
/// told so, by a 503. What exceeds this too is closed at once.
inline constexpr std::size_t refused_politely = 64;

/// Connections that the kernel keeps until they are accepted; it may cut this. Further ones have to
/// knock again.
inline constexpr int accept_backlog = 4'096;

/// For a peer that connects and is silent: then it is accepted all the same, in seconds.
inline constexpr int silence_before_accept = 1;

/// Without descriptors accepting goes on after this, instead of failing in a loop.
inline constexpr auto descriptor_pause = std::chrono::milliseconds{100};

/// For what a peer has to do so that its connection can end politely; then it is cut off.
inline constexpr auto connection_end = std::chrono::seconds{3};

/// For each step of the server's end but the polite one, which has the rest of
/// server_options::drain_limit.
inline constexpr auto hard_end = std::chrono::milliseconds{200};
/// How many of these there are.
inline constexpr int hard_steps = 5;

/// Bytes of the file with the secret; what is behind them does not count.
inline constexpr std::size_t secret_file_bytes = 4'096;

} // namespace reliable_signaler::net::bounds
