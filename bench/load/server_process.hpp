// A server as a child process: started on a core of its own, watched, killed, started again; and
// what the kernel says about any process. Speaks to no socket.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "reactor.hpp"

namespace reliable_signaler::bench {

/// Nanoseconds that all threads of the process have spent on a core. Nothing when it is gone or not
/// ours to look at.
std::optional<std::uint64_t> cpu_time(pid_t pid);

/// What was spent between two looks. Nothing when one of them is missing or the sum has shrunk,
/// because threads have ended meanwhile: those of a process that is being torn down do.
std::optional<std::uint64_t> cpu_between(std::optional<std::uint64_t> before,
                                         std::optional<std::uint64_t> after) noexcept;

/// Bytes of resident memory.
struct memory_use {
  /// What belongs to the process alone (RssAnon: no files, no kernel buffers).
  std::uint64_t own = 0;
  /// The most that it ever had, files included (VmHWM).
  std::uint64_t peak = 0;
};

/// Nothing when it is gone.
std::optional<memory_use> memory_of(pid_t pid);

/// Pins the calling process to one core, if `core` is not negative. Throws `failure`.
void pin_to_core(int core);

/// Throws `failure` when nothing can run on that core; -1 stands for any.
void need_core(int core);

/// Raises the limit of descriptors as far as it goes, and throws `failure` if that is fewer than
/// `wanted` for this process. What the servers started by us get is the same.
void need_descriptors(std::size_t wanted);

class server_process final : public readiness_handler {
public:
  /// Starts `command` by the shell, pinned to `core` (-1: anywhere), and waits until it logs that
  /// it listens, as a line of JSON: {"event":"listening","port":8080}. `{port}` in the command
  /// stands for 0, the system's choice, or when it is started again for the port it had. Throws
  /// `failure` with its last words if it ends before, or does not listen within 30 seconds, and
  /// when there is an interrupt meanwhile.
  server_process(reactor& io, std::string name, std::string command, int core);
  ~server_process() override;

  pid_t pid() const noexcept { return pid_; }
  std::uint16_t port() const noexcept { return port_; }
  /// 0 when it announced none ({"event":"admin_listening"}).
  std::uint16_t admin_port() const noexcept { return admin_port_; }
  bool is_running();
  /// SIGKILL, as a crash.
  void kill() noexcept;
  /// Starts it once more without waiting until it listens.
  void start();
  /// What it printed last, for messages.
  const std::string& last_words() const noexcept { return words_; }

  void on_ready(std::uint32_t events) override;

private:
  void await_port();
  void on_line(std::string_view line);

  reactor& io_;
  std::string name_;
  std::string command_;
  int core_;
  pid_t pid_ = -1;
  int output_ = -1;
  std::uint16_t port_ = 0;
  std::uint16_t admin_port_ = 0;
  bool listening_ = false;
  std::string line_;
  std::string words_;
};

} // namespace reliable_signaler::bench
