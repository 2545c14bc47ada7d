// The standalone server: options, signals, exit codes. Everything else is in the library.
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

#include <caf/actor_system.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../actors/dialects/reliable_signaler.hpp"
#include "log.hpp"
#include "options.hpp"
#include "page_addresses.hpp"
#include "secret_file.hpp"
#include "server.hpp"
#include "web_files.hpp"

namespace {

using namespace reliable_signaler;

// Threads inherit the mask, so only the main thread ever sees these.
sigset_t block_end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A log reader or a client that went away must not end the server.
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Each connection takes a descriptor, and what a shell allows by itself is usually 1,024 of them.
void raise_descriptor_limit(std::size_t wanted, const net::logger& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur < wanted)
    log.warning("few_descriptors",
                {{"limit", limit.rlim_cur}, {"option", "--max-connections"}, {"wanted", wanted}});
}

void print_page_addresses(const net::server_options& options, std::uint16_t port) {
  const auto* before = "Open ";
  for (const auto& url :
       net::page_addresses(options.address, port, !options.tls_certificate.empty())) {
    std::cout << before << url << "\n";
    before = "  or ";
  }
  std::cout << std::flush;
}

int wait_for_end(const sigset_t& signals) {
  int received = -1;
  while (received < 0) received = sigwaitinfo(&signals, nullptr);
  return received;
}

// Whoever asks a second time does not want to wait for a polite end. The calling thread alone takes
// the signals: another one may be just about to start.
void end_at_once_from_now_on(const sigset_t& signals) {
  struct sigaction at_once {};
  at_once.sa_handler = [](int signal) { _exit(128 + signal); };
  sigaction(SIGTERM, &at_once, nullptr);
  sigaction(SIGINT, &at_once, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

/// Keeps the promise of `--drain-limit` also when the machine has no time for the rest, or nobody
/// reads the log, whose end waits for that: what is left then is memory to be given back, which the
/// system does as well.
class last_resort {
public:
  last_resort(std::chrono::milliseconds limit, const net::logger& log)
      : log_(&log), watch_([this, limit] {
          std::unique_lock guard{mutex_};
          if (ended_.wait_for(guard, limit, [this] { return is_over_; })) return;
          if (log_ != nullptr) log_->warning("stop_cut_short", {{"option", "--drain-limit"}});
          std::this_thread::sleep_for(time_to_log);
          _exit(0);
        }) {}
  /// The log is about to end.
  void forget_log() {
    const std::lock_guard guard{mutex_};
    log_ = nullptr;
  }
  ~last_resort() {
    {
      const std::lock_guard guard{mutex_};
      is_over_ = true;
    }
    ended_.notify_all();
    watch_.join();
  }
  last_resort(const last_resort&) = delete;
  last_resort& operator=(const last_resort&) = delete;

private:
  static constexpr std::chrono::milliseconds time_to_log{20};

  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;
  const net::logger* log_; // guarded; null once it ends
  std::thread watch_;      // last, since it uses the others
};

int serve(net::server_config& config, net::server_options options, const sigset_t& signals,
          const net::logger& log, std::optional<last_resort>& limit) {
  if (!options.secret_file.empty()) {
    auto read = net::read_or_make_secret(options.secret_file);
    if (!read.error.empty()) {
      std::cerr << "reliable-signaler: " << read.error << std::endl;
      return 2;
    }
    options.secret = std::move(read.secret);
  }
  caf::actor_system system{config};
  namespace_table namespaces;
  // Nobody emits to everyone here, so no socket needs a seat among all of them.
  install_reliable_signaler(namespaces.of("/").without_everyone());
  net::server server{options, system, std::move(namespaces), log};
  const auto wants_pages = options.web_root != "none";
  const auto has_pages = wants_pages && (!net::web_files().empty() || !options.web_root.empty());
  if (wants_pages && !has_pages)
    log.warning("web_client_missing", {{"hint", "built without it: see --web-root"}});
  server.set_files(net::make_built_in_source(net::web_files()));
  if (const auto failure = server.start(); failure) {
    std::cerr << "reliable-signaler: " << failure->text << std::endl;
    return failure->in_options ? 2 : 1;
  }
  raise_descriptor_limit(options.max_connections, log);
  if (has_pages) print_page_addresses(options, server.port());
  const auto received = wait_for_end(signals);
  log.info("stopping", {{"signal", received == SIGTERM ? "SIGTERM" : "SIGINT"}});
  limit.emplace(options.drain_limit, log);
  end_at_once_from_now_on(signals);
  server.stop();
  return 0;
}

int run(net::server_config& config, const sigset_t& signals) {
  std::optional<last_resort> limit; // outlives all that takes time to end
  auto options = config.options();
  const auto log =
      options.log ? net::logger::to_stderr(*options.log, options.log_lines) : net::logger{};
  const auto code = serve(config, std::move(options), signals, log, limit);
  if (limit) limit->forget_log();
  return code;
}

} // namespace

int main(int argc, char** argv) {
  net::server_config config;
  const auto outcome =
      config.parse_arguments(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  if (outcome.exit_code) {
    auto& out = *outcome.exit_code == 0 ? std::cout : std::cerr;
    out << outcome.text << (outcome.text.ends_with('\n') ? "" : "\n") << std::flush;
    return *outcome.exit_code;
  }
  const auto signals = block_end_signals();
  return run(config, signals);
}
