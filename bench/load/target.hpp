// One server under measurement: where it is, what it has used, whether it can be measured at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "endpoint.hpp"
#include "server_process.hpp"
#include "tcp_socket.hpp"
#include "transport.hpp"

namespace reliable_signaler::bench {

/// What a look at a server tells.
enum class condition {
  answers,
  /// It accepts connections, or at least its process is there, but nothing is said.
  silent,
  /// Its process has ended, or its port refuses or resets.
  gone,
};

struct target {
  std::string name;
  endpoint where;
  /// -1 when it runs elsewhere: then there is no CPU time and no memory.
  pid_t pid = -1;
  /// Only those that we have started.
  std::unique_ptr<server_process> process;

  pid_t current_pid() const noexcept { return process ? process->pid() : pid; }
  std::optional<std::uint64_t> cpu() const;
  std::optional<memory_use> memory() const;
  /// Whether it still answers HTTP. To be accepted is not enough: for a while the kernel does that
  /// for a process that has been killed. Blocks for up to `patience`.
  condition look(std::chrono::milliseconds patience) const;
  /// Asks a peer with a collector to collect (`/collect-garbage` on its admin port), so that
  /// garbage is not counted as need. Others answer 404, and nothing happens.
  void collect_garbage() const;
};

/// The beginning of what came, and the errno of what ended it; both may be missing.
struct http_answer {
  std::string text;
  int error = 0;
};

/// Asks with a blocking socket; `limit` is for connecting, and for the answer twice.
http_answer http_get(const endpoint& where, const std::string& path,
                     std::chrono::milliseconds limit);

/// Finds out with two clients whether `server` speaks the protocols and the vocabulary, and throws
/// `failure` with what is wrong otherwise. `patience` is for each step.
void probe(load_context load, const target& server, transport_kind kind, steady::duration patience);

} // namespace reliable_signaler::bench
