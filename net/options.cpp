// Parses arguments and the configuration file with CAF's option set, one argument at a time so that
// each error can name its own.
#include "options.hpp"

#include <algorithm>
#include <caf/config_option_set.hpp>
#include <caf/settings.hpp>
#include <filesystem>
#include <thread>

#include "io_scheduler.hpp"
#include "option_table.hpp"

namespace reliable_signaler::net {

namespace {

using duration = server_options::duration;
using text_field = std::string server_options::*;

bool is_switch(const option_row& row) {
  return std::holds_alternative<bool server_options::*>(row.field);
}
bool is_duration(const option_row& row) {
  return std::holds_alternative<duration server_options::*>(row.field);
}
// Also --config-file, whose value goes nowhere but to us.
bool is_text(const option_row& row) {
  return std::holds_alternative<text_field>(row.field) || row.name == "config-file"
         || std::holds_alternative<option_choice>(row.field);
}

const option_row* find_row(std::string_view name) {
  auto rows = option_table();
  auto i = std::find_if(rows.begin(), rows.end(), [&](auto& row) { return row.name == name; });
  return i == rows.end() ? nullptr : &*i;
}

caf::config_option_set make_option_set() {
  caf::config_option_set result;
  for (auto& row : option_table()) {
    caf::string_view name{row.name.data(), row.name.size()};
    if (is_switch(row))
      result.add<bool>(name, "");
    else if (is_duration(row))
      result.add<caf::timespan>(name, "");
    else if (is_text(row))
      result.add<std::string>(name, "");
    else if (!std::holds_alternative<std::monostate>(row.field))
      result.add<int64_t>(name, "");
  }
  return result;
}

std::string names_of(const option_choice& choice) {
  std::string result;
  for (size_t i = 0; i < choice.names.size(); ++i) {
    if (i > 0) result += i + 1 == choice.names.size() ? " or " : ", ";
    result += choice.names[i];
  }
  return result;
}

std::string expectation(const option_row& row) {
  std::string name = "--" + std::string{row.name};
  if (is_switch(row)) return name + " must be true or false";
  if (is_duration(row)) return name + " needs a time with its unit, like 25s, 500ms or 2min";
  if (auto choice = std::get_if<option_choice>(&row.field))
    return name + " must be " + names_of(*choice);
  if (is_text(row)) return name + " needs a text";
  return name + " needs a whole number";
}

// Stores a value of the right type; the sentence says what is wrong with it otherwise.
std::string assign(const option_row& row, const caf::config_value& value, server_options& into) {
  auto number = caf::get_if<int64_t>(&value);
  auto text = caf::get_if<std::string>(&value);
  if (auto field = std::get_if<bool server_options::*>(&row.field)) {
    into.*(*field) = caf::get<bool>(value);
  } else if (auto time = std::get_if<duration server_options::*>(&row.field)) {
    into.*(*time) = std::chrono::duration_cast<duration>(caf::get<caf::timespan>(value));
  } else if (auto string = std::get_if<text_field>(&row.field)) {
    into.*(*string) = *text;
  } else if (auto choice = std::get_if<option_choice>(&row.field)) {
    auto i = std::find(choice->names.begin(), choice->names.end(), *text);
    if (i == choice->names.end()) return expectation(row) + ", not '" + *text + "'";
    choice->set(into, static_cast<size_t>(i - choice->names.begin()));
  } else if (number != nullptr) {
    // The field may be too narrow, so look at the bounds before.
    auto n = static_cast<uint64_t>(*number);
    if (n < row.least || n > row.most)
      return "--" + std::string{row.name} + " must be between " + std::to_string(row.least)
             + " and " + std::to_string(row.most);
    if (auto narrow = std::get_if<uint16_t server_options::*>(&row.field))
      into.*(*narrow) = static_cast<uint16_t>(n);
    else if (auto maybe = std::get_if<std::optional<uint16_t> server_options::*>(&row.field))
      into.*(*maybe) = static_cast<uint16_t>(n);
    else if (auto wide = std::get_if<size_t server_options::*>(&row.field))
      into.*(*wide) = n;
  }
  return {};
}

// The option that was probably meant: the one that differs in at most two letters.
std::string suggestion(std::string_view name) {
  for (auto& row : option_table()) {
    std::vector<size_t> line(row.name.size() + 1);
    for (size_t j = 0; j < line.size(); ++j) line[j] = j;
    for (size_t i = 0; i < name.size(); ++i) {
      auto diagonal = std::exchange(line[0], i + 1);
      for (size_t j = 0; j < row.name.size(); ++j)
        diagonal = std::exchange(
            line[j + 1],
            std::min({line[j] + 1, line[j + 1] + 1, diagonal + (name[i] == row.name[j] ? 0 : 1)}));
    }
    if (line.back() <= 2) return " (did you mean --" + std::string{row.name} + "?)";
  }
  return " (see --help)";
}

// Arguments, joined so that each is a whole option: {"--port", "80"} becomes {"--port=80"}.
class argument_reader {
public:
  explicit argument_reader(std::vector<std::string> arguments) : left_(std::move(arguments)) {}

  struct argument {
    const option_row* row = nullptr; // null: not an option, see `error`
    std::string value;
    std::string error;
  };

  bool done() const { return next_ == left_.size(); }

  argument take() {
    auto word = left_[next_++];
    if (word == "-h" || word == "-?") word = "--help";
    if (word == "-V") word = "--version";
    if (!word.starts_with("--") || word == "--")
      return {nullptr, {}, "'" + word + "' is not an option (see --help)"};
    auto assign = word.find('=');
    auto name = word.substr(2, assign == std::string::npos ? assign : assign - 2);
    auto row = find_row(name);
    if (row == nullptr) return {nullptr, {}, "unknown option --" + name + suggestion(name)};
    if (assign != std::string::npos) return {row, word.substr(assign + 1), {}};
    if (is_switch(*row)) return {row, "true", {}};
    if (row->value.empty()) return {row, {}, {}};
    if (done() || left_[next_].starts_with("--")) return {row, {}, expectation(*row)};
    return {row, left_[next_++], {}};
  }

private:
  std::vector<std::string> left_;
  size_t next_ = 0;
};

// Puts the value of one argument into `settings`, with CAF's parser for its type.
std::string parse_value(const caf::config_option_set& set, const option_row& row,
                        const std::string& value, caf::settings& settings) {
  std::string name{row.name};
  auto wrong = expectation(row) + ", not '" + value + "'";
  if (is_switch(row)) { // CAF's switches take no value
    if (value != "true" && value != "false") return wrong;
    settings[name] = caf::config_value{value == "true"};
    return {};
  }
  if (row.value.empty()) return value.empty() ? std::string{} : "--" + name + " takes no value";
  // Nothing is nothing in every unit.
  const auto* unit = is_duration(row) && value == "0" ? "s" : "";
  auto parsed = set.parse(settings, std::vector<std::string>{"--" + name + "=" + value + unit});
  return parsed.first == caf::pec::success ? std::string{} : wrong;
}

std::string position_text(const caf::error& error) {
  auto position = error.context().size() == 1 && error.context().match_element<caf::settings>(0)
                      ? error.context().get_as<caf::settings>(0)
                      : caf::settings{};
  auto line = caf::get_or(position, "line", int64_t{0});
  auto column = caf::get_or(position, "column", int64_t{0});
  if (line == 0) return {};
  return ", line " + std::to_string(line) + ", column " + std::to_string(column);
}

// What is wrong with a line of the file.
std::string check_entry(const caf::config_option_set& set, const std::string& key,
                        const caf::config_value& value) {
  auto row = find_row(key);
  auto option = set.cli_long_name_lookup(key);
  if (row == nullptr || option == nullptr || row->name == "config-file")
    return "unknown option '" + key + "'";
  return option->check(value) ? expectation(*row).substr(2) : std::string{};
}

std::string parse_file(const caf::config_option_set& set, const std::string& file,
                       caf::settings& settings) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return "--config-file: '" + file + "' is a folder";
  // Without the option set: CAF only skips values of a wrong type.
  auto parsed = caf::actor_system_config::parse_config_file(file.c_str());
  if (!parsed && parsed.error() == caf::sec::cannot_open_file)
    return "--config-file: cannot read '" + file + "'";
  if (!parsed) return "'" + file + "' is malformed" + position_text(parsed.error());
  for (auto& [key, value] : *parsed) {
    if (auto error = check_entry(set, key, value); !error.empty())
      return error.insert(0, "'" + file + "': ");
    settings[key] = value;
  }
  return {};
}

parse_outcome failure(const std::string& sentence) {
  return {2, "reliable-signaler: " + sentence};
}

} // namespace

parse_outcome server_config::parse_arguments(std::vector<std::string> arguments) {
  auto set = make_option_set();
  caf::settings given;
  argument_reader reader{std::move(arguments)};
  while (!reader.done()) {
    auto [row, value, error] = reader.take();
    if (error.empty()) error = parse_value(set, *row, value, given);
    if (!error.empty()) return failure(error);
    if (row->name == "help") return {0, help_text()};
    if (row->name == "version") return {0, version_text() + "\n"};
  }
  caf::settings all;
  if (auto file = caf::get_if<std::string>(&given, "config-file"))
    if (auto error = parse_file(set, *file, all); !error.empty()) return failure(error);
  for (auto& [key, value] : given) all[key] = value;
  for (auto& [key, value] : all)
    if (auto error = assign(*find_row(key), value, options_); !error.empty()) return failure(error);
  if (auto error = check(options_); !error.empty()) return failure(error);
  std::error_code ignored;
  if (!options_.web_root.empty() && options_.web_root != "none"
      && !std::filesystem::is_directory(options_.web_root, ignored))
    return failure("--web-root: there is no folder '" + options_.web_root + "'");
  apply();
  return {};
}

server_config::server_config(server_options options) : options_(std::move(options)) {
  apply();
}

void server_config::apply() {
  auto threads =
      options_.threads != 0 ? options_.threads : std::max(1u, std::thread::hardware_concurrency());
  set("scheduler.max-threads", threads);
  // A busy actor gives way after this many messages, so that sockets are flushed and read.
  set("scheduler.max-throughput", size_t{256});
  if (options_.scheduler == scheduler_kind::io) load<io_scheduler>();
}

} // namespace reliable_signaler::net
