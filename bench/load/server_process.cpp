// Fork, pin, exec, read what it says; and the files of /proc.
#include "server_process.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "failure.hpp"
#include "interrupt.hpp"

namespace reliable_signaler::bench {

namespace {

bool set_affinity(int core) {
  if (core < 0) return true;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<unsigned>(core), &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

// A line that tells something: its event, and the port it names or 0. Others have no event.
std::pair<std::string, std::uint16_t> announcement(std::string_view line) {
  const auto said = nlohmann::json::parse(line, nullptr, false);
  if (!said.is_object()) return {};
  const auto event = said.find("event");
  if (event == said.end() || !event->is_string()) return {};
  const auto port = said.find("port");
  const bool has_port = port != said.end() && port->is_number_unsigned();
  return {event->get<std::string>(), has_port ? port->get<std::uint16_t>() : std::uint16_t{0}};
}

// What runs in the child, between fork and exec.
[[noreturn]] void become(const std::string& command, int output, int core) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0); // an interrupt at the terminal is for us, who then ends the servers
  if (!set_affinity(core)) _exit(126);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const auto script = "exec " + command;
  execl("/bin/sh", "sh", "-c", script.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

} // namespace

std::optional<std::uint64_t> cpu_time(pid_t pid) {
  std::error_code error;
  const auto tasks = "/proc/" + std::to_string(pid) + "/task";
  std::uint64_t total = 0;
  for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
    std::ifstream file{task.path() / "schedstat"};
    std::uint64_t running = 0;
    // Threads may end between listing and reading; those of servers seldom do.
    if (file >> running) total += running;
  }
  if (error || total == 0) return std::nullopt;
  return total;
}

std::optional<std::uint64_t> cpu_between(std::optional<std::uint64_t> before,
                                         std::optional<std::uint64_t> after) noexcept {
  if (!before || !after || *after < *before) return std::nullopt;
  return *after - *before;
}

std::optional<memory_use> memory_of(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
  memory_use found;
  for (std::string word; file >> word;) {
    auto* into = word == "VmHWM:" ? &found.peak : word == "RssAnon:" ? &found.own : nullptr;
    std::uint64_t kilobytes = 0;
    if (into != nullptr && file >> kilobytes) *into = kilobytes * 1024;
  }
  // A process that has ended and was not waited for has neither line.
  if (found.peak == 0) return std::nullopt;
  return found;
}

void pin_to_core(int core) {
  if (!set_affinity(core))
    throw failure(exit_usage,
                  "cannot run on core " + std::to_string(core) + ": " + std::strerror(errno));
}

void need_core(int core) {
  cpu_set_t before;
  sched_getaffinity(0, sizeof before, &before);
  pin_to_core(core);
  sched_setaffinity(0, sizeof before, &before);
}

void need_descriptors(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return;
  throw failure(exit_usage, "this needs " + std::to_string(wanted)
                                + " descriptors and the system allows "
                                + std::to_string(limit.rlim_cur)
                                + ": ask for less, measure fewer servers at a time, or raise the "
                                  "hard limit (ulimit -Hn)");
}

server_process::server_process(reactor& io, std::string name, std::string command, int core)
    : io_(io), name_(std::move(name)), command_(std::move(command)), core_(core) {
  start();
  await_port();
}

server_process::~server_process() {
  kill();
}

void server_process::start() {
  kill();
  auto command = command_;
  if (const auto at = command.find("{port}"); at != std::string::npos)
    command.replace(at, 6, std::to_string(port_));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
    throw failure(exit_usage, std::string{"no pipe: "} + std::strerror(errno));
  listening_ = false;
  pid_ = fork();
  if (pid_ == 0) become(command, ends[1], core_);
  close(ends[1]);
  output_ = ends[0];
  if (pid_ < 0) throw failure(exit_usage, std::string{"cannot fork: "} + std::strerror(errno));
  io_.watch(output_, *this);
}

void server_process::await_port() {
  const auto deadline = steady::now() + std::chrono::seconds{30};
  io_.run_until([&] { return listening_ || !is_running() || interrupted(); }, deadline);
  // The admin listener is announced right after or before; give its line a moment.
  io_.run_for(std::chrono::milliseconds{20});
  if (listening_) return;
  if (interrupted()) throw failure(exit_partial, "interrupted");
  throw failure(exit_server, "'" + name_ + "' "
                                 + (is_running() ? "does not say that it listens" : "ended at once")
                                 + ": " + command_ + (words_.empty() ? "" : "\n" + words_));
}

bool server_process::is_running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void server_process::kill() noexcept {
  if (is_running()) {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  if (output_ < 0) return;
  io_.forget(*this);
  close(output_);
  output_ = -1;
}

void server_process::on_ready(std::uint32_t /*events*/) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = read(output_, buffer.data(), buffer.size());
    if (got <= 0) return;
    line_.append(buffer.data(), static_cast<std::size_t>(got));
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
      on_line({line_.data(), end});
      line_.erase(0, end + 1);
    }
    if (line_.size() > 65'536) line_.clear();
  }
}

void server_process::on_line(std::string_view line) {
  words_.append(line).append("\n");
  if (words_.size() > 2000) words_.erase(0, words_.size() - 2000);
  const auto [event, port] = announcement(line);
  if (event == "listening") {
    port_ = port;
    listening_ = port_ != 0;
  }
  if (event == "admin_listening") admin_port_ = port;
}

} // namespace reliable_signaler::bench
