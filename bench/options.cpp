// The table of options: the one place where a new one is added, its help included.
#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "load/failure.hpp"

namespace reliable_signaler::bench {

namespace {

[[noreturn]] void wrong(std::string_view name, const std::string& expectation,
                        std::string_view value) {
  std::string sentence{"--"};
  sentence.append(name).append(" ").append(expectation).append(", not '").append(value);
  throw failure(exit_usage, sentence + "'");
}

double number(std::string_view name, std::string_view value, double least, double most) {
  double result = 0;
  const auto end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, result);
  // Not the other way round: NaN is neither below nor above anything.
  if (parsed.ec != std::errc{} || parsed.ptr != end || !(result >= least && result <= most))
    wrong(name,
          "must be between " + std::to_string(static_cast<long>(least)) + " and "
              + std::to_string(static_cast<long>(most)),
          value);
  return result;
}

// A time with its unit, as the server's options have it.
std::chrono::milliseconds time(std::string_view name, std::string_view value) {
  double count = 0;
  const auto end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, count);
  const std::string_view unit{parsed.ptr, static_cast<std::size_t>(end - parsed.ptr)};
  const double factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "min" ? 60'000 : 0;
  const auto in_bounds = count * factor >= 1 && count * factor <= 3'600'000; // false for NaN
  if (parsed.ec != std::errc{} || !in_bounds)
    wrong(name, "needs a time with its unit, like 500ms or 10s", value);
  return std::chrono::milliseconds{static_cast<long>(count * factor)};
}

constexpr std::string_view all_scenarios = "All scenarios";

struct row {
  /// The scenarios that take it, as the help has them.
  std::string_view group;
  std::string_view name;
  std::string_view value;
  std::string_view help;
  std::function<void(settings&, std::string_view name, std::string_view value)> set;
};

template <class T>
auto count(T settings::*field, double least, double most) {
  return [=](settings& into, std::string_view name, std::string_view value) {
    const auto given = number(name, value, least, most);
    if (std::is_integral_v<T> && given != std::floor(given))
      wrong(name, "must be a whole number", value);
    into.*field = static_cast<T>(given);
  };
}

auto duration(std::chrono::milliseconds settings::*field) {
  return [=](settings& into, std::string_view name, std::string_view value) {
    into.*field = time(name, value);
  };
}

auto text(std::string settings::*field) {
  return [=](settings& into, std::string_view, std::string_view value) { into.*field = value; };
}

template <class T>
auto one_of(T settings::*field, std::initializer_list<std::pair<std::string_view, T>> choices) {
  return [=, kept = std::vector(choices)](settings& into, std::string_view name,
                                          std::string_view value) {
    std::string names;
    for (const auto& [word, result] : kept) {
      if (word == value) {
        into.*field = result;
        return;
      }
      names.append(names.empty() ? "" : " or ").append(word);
    }
    wrong(name, "must be " + names, value);
  };
}

constexpr double many = 1e6;

const std::vector<row>& rows() {
  using s = settings;
  static const std::vector<row> table{
      {all_scenarios, "patience", "TIME", "for answers and handshakes that are not timed [30s]",
       duration(&s::patience)},
      {all_scenarios, "transport", "NAME", "websocket or polling [websocket]",
       one_of(&s::transport,
              {{"websocket", transport_kind::websocket}, {"polling", transport_kind::polling}})},
      {all_scenarios, "sources", "N", "loopback addresses to come from, 127.0.0.1 and up [64]",
       count(&s::sources, 1, 65'536)},
      {all_scenarios, "core", "N", "run the load on this core [any]", count(&s::core, 0, 1023)},
      {all_scenarios, "server-core", "N", "run servers that --launch starts on this one [any]",
       count(&s::server_core, 0, 1023)},
      {all_scenarios, "output", "FILE", "append the results there [standard output]",
       text(&s::output)},
      {all_scenarios, "label", "TEXT", "repeated in the results", text(&s::label)},
      {"churn, relay, fan-out, storm, parked, resume", "rounds", "N",
       "windows for each server, after one to warm up [9]", count(&s::rounds, 1, 1000)},
      {"churn, relay, fan-out, parked", "window", "TIME",
       "how long each lasts; of parked: how long they are watched while they wait [1s]",
       duration(&s::window)},
      {"churn", "what", "KIND", "create a room each, or join one that is open [create]",
       one_of(&s::churn, {{"create", churn_kind::create}, {"join", churn_kind::join}})},
      {"churn", "close", "HOW", "clean (as the stock client), fin, or reset [clean]",
       one_of(&s::close,
              {{"clean", parting::clean}, {"fin", parting::fin}, {"reset", parting::reset}})},
      {"churn", "width", "N", "connections at a time [32]", count(&s::width, 1, many)},
      {"churn, relay", "background", "N", "idle connections beside the load [0]",
       count(&s::background, 0, many)},
      {"relay, resume", "pairs", "N", "rooms of two [100]", count(&s::pairs, 1, many / 2)},
      {"relay", "rate", "N", "open loop: messages a second over all pairs [0: closed loop]",
       count(&s::rate, 0, many)},
      {"relay, fan-out", "in-flight", "N", "messages under way in each pair or room [4]",
       count(&s::in_flight, 1, 10'000)},
      {"relay, fan-out", "padding", "BYTES", "added to each message, beyond its usual 260 [0]",
       count(&s::padding, 0, 900'000)},
      {"fan-out", "members", "N", "who hear, beside the one who speaks [100]",
       count(&s::members, 1, many)},
      {"idle, storm", "connections", "N", "in all [2000]", count(&s::connections, 2, many)},
      {"idle", "rest", "TIME", "how long to watch the CPU of a server at rest [5s]",
       duration(&s::rest)},
      {"storm", "drop", "HOW", "reset of all connections, or kill and start the server [reset]",
       one_of(&s::drop, {{"reset", drop_kind::reset}, {"kill", drop_kind::kill}})},
      {"storm", "backoff", "TIME", "between tries, around it and doubled up to tenfold [100ms]",
       duration(&s::backoff)},
      {"parked", "joiners", "N", "who wait for the room [1000]", count(&s::joiners, 1, many)},
      {"resume", "missed", "N", "messages while a client is away [10]",
       count(&s::missed, 0, 10'000)},
      {"resume", "back", "HOW",
       "recovered, or anew: as a client the server has never seen [recovered]",
       one_of(&s::back, {{"recovered", return_kind::recovered}, {"anew", return_kind::anew}})},
  };
  return table;
}

const row* find(std::string_view name) {
  for (const auto& each : rows())
    if (each.name == name) return &each;
  return nullptr;
}

bool takes(std::string_view group, std::string_view scenario) {
  if (group == all_scenarios) return true;
  for (;;) {
    const auto comma = group.find(", ");
    if (group.substr(0, comma) == scenario) return true;
    if (comma == std::string_view::npos) return false;
    group.remove_prefix(comma + 2);
  }
}

// NAME=REST; the name may be missing.
std::pair<std::string, std::string> split_name(std::string_view value, std::string_view fallback) {
  const auto assign = value.find('=');
  const auto name = value.substr(0, assign);
  if (assign == std::string_view::npos || name.find_first_of(":/ ") != std::string_view::npos)
    return {std::string{fallback}, std::string{value}};
  return {std::string{name}, std::string{value.substr(assign + 1)}};
}

server_spec parse_target(std::string_view value) {
  server_spec result;
  std::tie(result.name, result.url) = split_name(value, "server");
  const auto at = result.url.find(",pid=");
  if (at == std::string::npos) return result;
  const auto pid = result.url.substr(at + 5);
  result.pid = static_cast<long>(number("target: pid", pid, 1, 4'194'304));
  result.url.erase(at);
  return result;
}

// --launch starts the server itself, and names an unnamed one after nothing.
server_spec parse_launch(std::string_view value) {
  server_spec result;
  std::tie(result.name, result.command) = split_name(value, "server");
  if (result.command.empty()) wrong("launch", "needs a command", value);
  return result;
}

const scenario_kind& find_scenario(std::string_view name) {
  std::string names;
  for (const auto& each : scenario_kinds()) {
    if (each.name == name) return each;
    names.append(names.empty() ? "" : ", ").append(each.name);
  }
  throw failure(exit_usage, "there is no scenario '" + std::string{name} + "'; there are " + names);
}

void parse_option(std::string_view argument, command_line& into) {
  const auto assign = argument.find('=');
  const auto name = argument.substr(2, assign == std::string_view::npos ? assign : assign - 2);
  const bool is_server = name == "target" || name == "launch";
  const auto* found = find(name);
  if (!is_server && found == nullptr)
    throw failure(exit_usage, "unknown option --" + std::string{name} + " (see --help)");
  if (assign == std::string_view::npos)
    throw failure(exit_usage, "--" + std::string{name} + " needs a value: --" + std::string{name}
                                  + "=" + std::string{is_server ? "NAME=..." : found->value});
  const auto value = argument.substr(assign + 1);
  if (is_server) {
    into.servers.push_back(name == "target" ? parse_target(value) : parse_launch(value));
    return;
  }
  found->set(into.options, name, value);
  if (name != "output") into.arguments.emplace_back(argument);
}

// What a scenario does not look at would only seem to have been measured.
void need_takers(const command_line& line) {
  const auto is_given = [&](std::string_view name) {
    const auto begin = "--" + std::string{name} + "=";
    return std::any_of(line.arguments.begin(), line.arguments.end(),
                       [&](const std::string& given) { return given.starts_with(begin); });
  };
  const std::string scenario{line.scenario->name};
  for (const auto& each : rows())
    if (is_given(each.name) && !takes(each.group, scenario))
      throw failure(exit_usage, "--" + std::string{each.name} + " is an option of "
                                    + std::string{each.group} + ", not of " + scenario);
  if (line.options.rate > 0 && is_given("in-flight"))
    throw failure(exit_usage, "--in-flight is of the closed loop: there is none with --rate");
}

void check(const command_line& line) {
  need_takers(line);
  if (line.servers.empty())
    throw failure(exit_usage, "no server to measure: give --target or --launch (see --help)");
  for (const auto& one : line.servers)
    for (const auto& other : line.servers)
      if (&one != &other && one.name == other.name)
        throw failure(exit_usage, "two servers are called '" + one.name
                                      + "': give them names, --target=NAME=URL");
}

} // namespace

command_line parse_command_line(const std::vector<std::string>& arguments) {
  command_line result;
  for (const auto& argument : arguments)
    if (argument == "--help" || argument == "-h") return result;
  if (arguments.empty()) throw failure(exit_usage, "name a scenario (see --help)");
  for (const auto& argument : arguments) {
    if (argument.starts_with("--")) {
      parse_option(argument, result);
    } else if (result.scenario == nullptr) {
      result.scenario = &find_scenario(argument);
      result.arguments.push_back(argument);
    } else {
      throw failure(exit_usage, "'" + argument + "' is too much: one scenario at a time");
    }
  }
  if (result.scenario == nullptr) throw failure(exit_usage, "name a scenario (see --help)");
  check(result);
  return result;
}

std::string help_text() {
  std::string out =
      "Usage: signaler-bench SCENARIO --target=NAME=URL... [OPTION...]\n"
      "       signaler-bench SCENARIO --launch=NAME=COMMAND... [OPTION...]\n"
      "\n"
      "Measures any Socket.IO server that understands the events 'keep-in-server',\n"
      "'get-session-info' and 'message': what an operation costs it in CPU time and\n"
      "memory, how long clients wait, and what goes wrong. Several servers are measured in\n"
      "one run, window by window in turn, so that what else the machine does meets all of\n"
      "them alike; ratios are formed inside each round.\n"
      "\nServers (as many as you like):\n"
      "  --target=NAME=URL[,pid=N]   one that runs, like ours=http://127.0.0.1:8080; CPU time\n"
      "                              and memory need its process id\n"
      "  --launch=NAME=COMMAND       one to be started and ended here, which says in a line of\n"
      "                              JSON where it listens: {\"event\":\"listening\",\"port\":1}.\n"
      "                              {port} in the command stands for its port, 0 at first\n"
      "\nScenarios:\n";
  const auto pad = [&out](std::string_view word, std::size_t width) {
    out.append(word).append(word.size() < width ? width - word.size() : 1, ' ');
  };
  for (const auto& each : scenario_kinds()) {
    out += "  ";
    pad(each.name, 10);
    out.append(each.summary).append("\n");
  }
  std::string_view group;
  for (const auto& each : rows()) {
    if (each.group != group) out.append("\nOptions: ").append(each.group).append("\n");
    group = each.group;
    out += "  ";
    pad("--" + std::string{each.name} + "=" + std::string{each.value}, 20);
    out.append(each.help).append("\n");
  }
  out +=
      "\nHow to read them:\n"
      "  CPU     microseconds of the server's time on a core for one operation; - when unknown\n"
      "  ratio   CPU of this server in times that of another, formed in each round, then the "
      "median:\n"
      "          so what else the machine does meets both. In the table it is to the last server\n"
      "  memory  of the server at the end of a window (private), and its peak (resident, with "
      "files)\n"
      "  loops   A closed loop asks again when it was answered. So a server that stalls is asked "
      "less,\n"
      "          and latencies do not show what clients would have waited (coordinated omission).\n"
      "          The open loop, relay --rate=N, counts from when each message was due: use it for\n"
      "          latencies, and closed loops for cost\n"
      "  idle    Heartbeats are nearly all the CPU that idle connections cost, and most servers "
      "send\n"
      "          them every 25 s: a shorter --rest sees only some, or none. Give it 60s\n"
      "\nResults are lines of JSON, one for each server; a table and the progress go to standard\n"
      "error. Exit codes: 0 the results are complete, and what went wrong is counted there as\n"
      "errors; 1 this machine refused something, like writing the results; 2 the options are\n"
      "wrong, or this machine has too few descriptors; 3 a server cannot be measured; 4 a server\n"
      "ended, fell silent or took no more clients before the end, or there was an interrupt: what\n"
      "was measured until then is marked \"partial\", and if nothing was, there are no lines.\n"
      "\nExample: what connecting costs this server and that one, the servers on core 0\n"
      "  signaler-bench churn --server-core=0 --core=1 --rounds=5 \\\n"
      "    --launch=ours='reliable-signaler --address=127.0.0.1 --port={port} --log-format=json' "
      "\\\n"
      "    --target=theirs=http://127.0.0.1:3000,pid=4711\n";
  return out;
}

} // namespace reliable_signaler::bench
