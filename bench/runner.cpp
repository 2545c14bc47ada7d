// Rounds and windows; who goes first changes from round to round.
#include "runner.hpp"

#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>

#include "load/failure.hpp"
#include "load/interrupt.hpp"

namespace reliable_signaler::bench {

namespace {

// A line on the terminal that is written over; without a terminal only what stays.
class progress {
public:
  void say(const std::string& text) {
    if (!is_terminal_) return;
    std::cerr << "\r\x1b[K" << text << std::flush;
  }
  ~progress() {
    if (is_terminal_) std::cerr << "\r\x1b[K" << std::flush;
  }

private:
  bool is_terminal_ = isatty(STDERR_FILENO) != 0;
};

// With fewer of them, what a server allocates once would count for each.
constexpr std::size_t enough_to_weigh = 1000;

class bench_run {
public:
  explicit bench_run(const command_line& line) : line_(line), sources_(line.options.sources) {
    catch_interrupts();
    std::signal(SIGPIPE, SIG_IGN);
    for (const auto& spec : line.servers) add(spec);
    pin_to_core(line.options.core);
  }

  run_result measure() {
    try {
      prepare();
      const auto rounds = line_.options.rounds;
      // The first round only warms up.
      const unsigned first = scenarios_.front()->repeats() ? 0 : 1;
      const unsigned last = scenarios_.front()->repeats() ? rounds : 1;
      for (auto round = first; round <= last; ++round) run_round(round, last);
    } catch (const failure& error) {
      const auto has_windows = [](const server_result& server) { return !server.windows.empty(); };
      if (std::none_of(result_.servers.begin(), result_.servers.end(), has_windows)) {
        if (error.code() != exit_partial) throw;
        throw failure(exit_partial, error.what() + std::string{"; nothing was measured"});
      }
      result_.partial = error.what();
      result_.code = exit_partial;
    }
    return std::move(result_);
  }

private:
  load_context load() { return {io_, sources_}; }

  void add(const server_spec& spec) {
    auto made = std::make_unique<target>();
    made->name = spec.name;
    if (spec.command.empty()) {
      made->where = parse_endpoint(spec.url);
      made->pid = static_cast<pid_t>(spec.pid);
      if (made->pid > 0 && !made->cpu())
        throw failure(exit_usage, "'" + spec.name + "': there is no process "
                                      + std::to_string(spec.pid)
                                      + ", or its CPU time is not ours to read");
    } else {
      // Said here, or the server would only seem to have ended at once.
      need_core(line_.options.server_core);
      made->process =
          std::make_unique<server_process>(io_, spec.name, spec.command, line_.options.server_core);
      made->where = parse_endpoint("127.0.0.1:" + std::to_string(made->process->port()));
    }
    servers_.push_back(std::move(made));
  }

  void prepare() {
    for (auto& server : servers_) {
      progress_.say(server->name + ": trying the vocabulary");
      probe(load(), *server, line_.options.transport, line_.options.patience);
    }
    for (auto& server : servers_) {
      progress_.say(server->name + ": getting ready");
      before_.push_back(server->memory());
      scenarios_.push_back(line_.scenario->make({load(), *server, line_.options}));
      scenarios_.back()->prepare();
      result_.servers.push_back({server->name, {}, {}});
    }
  }

  void run_round(unsigned round, unsigned last) {
    for (std::size_t turn = 0; turn < servers_.size(); ++turn) {
      const auto i = round % 2 == 0 ? turn : servers_.size() - 1 - turn;
      progress_.say(std::string{line_.scenario->name} + ": round " + std::to_string(round) + " of "
                    + std::to_string(last) + ", " + servers_[i]->name);
      run_window(i, round > 0);
      if (interrupted()) throw failure(exit_partial, "interrupted");
    }
  }

  void run_window(std::size_t i, bool counts) {
    auto& server = *servers_[i];
    window_result window;
    const auto ours = cpu_time(getpid());
    const auto before = server.cpu();
    std::optional<failure> broken;
    try {
      scenarios_[i]->run(window);
    } catch (const failure& error) {
      broken = error;
    }
    if (!window.cpu) window.cpu = cpu_between(before, server.cpu());
    window.memory = server.memory();
    if (window.memory) weigh(window, i);
    if (counts && window.operations > 0) {
      result_.servers[i].load_cpu.push_back(cpu_time(getpid()).value_or(0) - ours.value_or(0));
      result_.servers[i].windows.push_back(window);
    }
    const bool is_ours = broken && broken->code() != exit_server; // nothing the server has done
    if (!is_ours && (broken || window.errors > 0 || !scenarios_[i]->repeats()))
      need_answer(server, broken ? broken->what() : window.first_error);
    if (broken) throw failure(*broken);
    if (window.operations == 0)
      throw failure(exit_server, "'" + server.name + "' did nothing in a whole window: "
                                     + (window.errors > 0 ? window.first_error : "no answer"));
  }

  // One look for each window; peers with a collector were not asked to collect.
  void weigh(window_result& window, std::size_t i) const {
    const auto clients = scenarios_[i]->standing();
    const auto& before = before_[i];
    if (clients < enough_to_weigh || !before || window.memory->own < before->own) return;
    window.figures["memory_bytes_per_client"] =
        static_cast<double>(window.memory->own - before->own) / static_cast<double>(clients);
  }

  // Something went wrong, or nobody has asked it anything for long: is it still there?
  void need_answer(const target& server, const std::string& sign) const {
    const auto found = server.look(line_.options.patience);
    if (found == condition::answers) return;
    auto sentence = "'" + server.name + "' "
                    + (found == condition::gone ? "ended in the middle" : "fell silent")
                    + (sign.empty() ? "" : ": " + sign);
    auto words = server.process ? server.process->last_words() : "";
    while (words.ends_with('\n')) words.pop_back();
    if (!words.empty()) sentence += "\nits last words:\n" + words + "\n";
    throw failure(exit_partial, sentence);
  }

  const command_line& line_;
  reactor io_;
  source_addresses sources_;
  progress progress_;
  std::vector<std::unique_ptr<target>> servers_;
  std::vector<std::optional<memory_use>> before_; // each server's memory without clients
  std::vector<std::unique_ptr<scenario>> scenarios_;
  run_result result_;
};

} // namespace

run_result run(const command_line& line) {
  // Each server started by us needs its share, too, but in its own process.
  // Who polls has a connection for that and one for what it says.
  const std::size_t of_one = line.options.transport == transport_kind::polling ? 2 : 1;
  const auto each = of_one * line.scenario->descriptors(line.options) + 16;
  need_descriptors(each * line.servers.size() + 64);
  return bench_run{line}.measure();
}

} // namespace reliable_signaler::bench
