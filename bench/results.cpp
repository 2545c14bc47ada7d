// Medians, quartiles, ratios; then JSON and the table.
#include "results.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace reliable_signaler::bench {

namespace {

using json = nlohmann::ordered_json;

// Four significant digits: more is noise, and lines stay readable.
double tidy(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const auto scale = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  return scale < 1 ? std::round(value * scale) * std::round(1 / scale)
                   : std::round(value * scale) / scale;
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const auto above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (at - static_cast<double>(below));
}

json spread(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  json result;
  result["q1"] = tidy(quantile(values, 0.25));
  result["median"] = tidy(quantile(values, 0.5));
  result["q3"] = tidy(quantile(values, 0.75));
  return result;
}

// Microseconds of server CPU for one operation in this window.
std::optional<double> cost(const window_result& window) {
  if (!window.cpu || window.operations == 0) return std::nullopt;
  return static_cast<double>(*window.cpu) / 1000 / static_cast<double>(window.operations);
}

std::vector<double> costs(const server_result& server) {
  std::vector<double> result;
  for (const auto& window : server.windows)
    if (const auto value = cost(window)) result.push_back(*value);
  return result;
}

std::vector<double> rates(const server_result& server) {
  std::vector<double> result;
  for (const auto& window : server.windows)
    result.push_back(static_cast<double>(window.operations) / window.seconds);
  return result;
}

std::vector<double> load_costs(const server_result& server) {
  std::vector<double> result;
  for (std::size_t i = 0; i < server.windows.size(); ++i)
    result.push_back(static_cast<double>(server.load_cpu[i]) / 1000
                     / static_cast<double>(server.windows[i].operations));
  return result;
}

// How many times what `other` costs: round by round.
std::vector<double> ratios(const server_result& server, const server_result& other) {
  std::vector<double> result;
  const auto rounds = std::min(server.windows.size(), other.windows.size());
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto one = cost(server.windows[i]);
    const auto two = cost(other.windows[i]);
    if (one && two && *one > 0 && *two > 0) result.push_back(*one / *two);
  }
  return result;
}

// KiB at the end of each window.
std::vector<double> memories(const server_result& server) {
  std::vector<double> result;
  for (const auto& window : server.windows)
    if (window.memory) result.push_back(static_cast<double>(window.memory->own) / 1024);
  return result;
}

std::optional<double> peak_memory(const server_result& server) {
  std::optional<double> result;
  for (const auto& window : server.windows)
    if (window.memory)
      result = std::max(result.value_or(0), static_cast<double>(window.memory->peak) / 1024);
  return result;
}

histogram all_latencies(const server_result& server) {
  histogram result;
  for (const auto& window : server.windows) result.add(window.latency);
  return result;
}

double microseconds(const histogram& latencies, double share) {
  return tidy(static_cast<double>(latencies.quantile(share)) / 1000);
}

json latency_json(const histogram& latencies) {
  if (latencies.count() == 0) return nullptr;
  json result;
  result["count"] = latencies.count();
  result["mean"] = tidy(latencies.mean() / 1000);
  result["p50"] = microseconds(latencies, 0.5);
  result["p90"] = microseconds(latencies, 0.9);
  result["p99"] = microseconds(latencies, 0.99);
  result["p99.9"] = microseconds(latencies, 0.999);
  result["max"] = microseconds(latencies, 1);
  auto& curve = result["curve"] = json::array();
  for (const double share : {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975,
                             0.999, 0.9995, 0.9999, 1.0})
    curve.push_back({share, microseconds(latencies, share)});
  return result;
}

json figures_json(const server_result& server) {
  std::map<std::string, std::vector<double>> values;
  for (const auto& window : server.windows)
    for (const auto& [name, value] : window.figures) values[name].push_back(value);
  auto result = json::object();
  for (const auto& [name, all] : values) result[name] = spread(all);
  return result;
}

struct totals {
  std::uint64_t operations = 0;
  std::uint64_t errors = 0;
  std::string first_error;
};

totals sum(const server_result& server) {
  totals result;
  for (const auto& window : server.windows) {
    result.operations += window.operations;
    if (result.errors == 0) result.first_error = window.first_error;
    result.errors += window.errors;
  }
  return result;
}

json server_json(const command_line& line, const run_result& all, const server_result& server) {
  json result;
  const auto total = sum(server);
  result["scenario"] = line.scenario->name;
  if (!line.options.label.empty()) result["label"] = line.options.label;
  result["server"] = server.name;
  result["arguments"] = line.arguments;
  if (!all.partial.empty()) result["partial"] = all.partial;
  result["operation"] = line.scenario->operation;
  result["rounds"] = server.windows.size();
  result["operations"] = total.operations;
  result["errors"] = total.errors;
  if (total.errors > 0) result["first_error"] = total.first_error;
  result["cpu_us"] = spread(costs(server));
  result["memory_kib"] = spread(memories(server));
  const auto peak = peak_memory(server);
  result["peak_memory_kib"] = peak ? json(tidy(*peak)) : json(nullptr);
  result["rate"] = spread(rates(server));
  result["load_cpu_us"] = spread(load_costs(server));
  result["latency_us"] = latency_json(all_latencies(server));
  auto& to = result["ratios"] = json::object();
  for (const auto& other : all.servers)
    if (&other != &server) to[other.name] = spread(ratios(server, other));
  result["figures"] = figures_json(server);
  if (!server.windows.empty() && !server.windows.back().curve.empty())
    result["curve"] = server.windows.back().curve;
  return result;
}

// µ is two bytes, so columns with it are one wider.
constexpr auto* row_of_words = "  %-16s %10s %7s %10s %9s %9s %9s %9s %7s\n";
constexpr auto* row_of_values = "  %-16s %9s %7s %10.0f %8s %8s %8s %8.2f %7llu\n";

std::string fixed(std::optional<double> value, int digits) {
  if (!value) return "-";
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, *value);
  return text;
}

std::optional<double> median(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return quantile(values, 0.5);
}

void write_row(std::ostream& out, const server_result& server, const server_result& last) {
  const auto latencies = all_latencies(server);
  const auto latency = [&](double share) {
    const bool is_known = latencies.count() > 0;
    return fixed(is_known ? std::optional{microseconds(latencies, share)} : std::nullopt, 0);
  };
  const auto ratio = &server == &last ? std::nullopt : median(ratios(server, last));
  char row[200];
  std::snprintf(row, sizeof row, row_of_values, server.name.c_str(),
                fixed(median(costs(server)), 2).c_str(), fixed(ratio, 2).c_str(),
                quantile(rates(server), 0.5), latency(0.5).c_str(), latency(0.99).c_str(),
                latency(1).c_str(), quantile(load_costs(server), 0.5),
                static_cast<unsigned long long>(sum(server).errors));
  out << row;
  if (const auto own = median(memories(server)))
    out << "    memory: " << fixed(*own / 1024, 1) << " MiB, peak "
        << fixed(peak_memory(server).value_or(0) / 1024, 1) << " MiB\n";
  const auto figures = figures_json(server);
  for (const auto& [name, values] : figures.items())
    out << "    " << name << ": " << values["median"] << "\n";
}

} // namespace

void write_json(std::ostream& out, const command_line& line, const run_result& result) {
  // The last words of a server may be anything.
  for (const auto& server : result.servers)
    out << server_json(line, result, server).dump(-1, ' ', false, json::error_handler_t::replace)
        << std::endl;
}

void write_table(std::ostream& out, const command_line& line, const run_result& result) {
  std::string title;
  for (const auto& argument : line.arguments)
    title.append(title.empty() ? "" : " ").append(argument);
  out << title << (result.partial.empty() ? "" : " (partial)") << "\n";
  const auto& last = result.servers.back();
  if (result.servers.size() > 1)
    out << "  ratio: CPU of an operation, in times that of " << last.name << "\n";
  char row[200];
  std::snprintf(row, sizeof row, row_of_words, "server", "CPU µs", "ratio", "rate/s", "p50 µs",
                "p99 µs", "max µs", "load µs", "errors");
  out << row;
  for (const auto& server : result.servers) write_row(out, server, last);
}

} // namespace reliable_signaler::bench
