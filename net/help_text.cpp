// Renders --help from the table of options. It parses nothing.
#include <algorithm>

#include "option_table.hpp"
#include "options.hpp"

namespace reliable_signaler::net {

namespace {

constexpr size_t width = 80;
constexpr size_t indent = 33;

std::string default_text(const option_row& row) {
  using o = server_options;
  struct {
    const server_options options = standalone_options();
    std::string operator()(uint16_t o::*m) const { return std::to_string(options.*m); }
    std::string operator()(size_t o::*m) const { return std::to_string(options.*m); }
    std::string operator()(o::duration o::*m) const {
      return duration_text(static_cast<uint64_t>((options.*m).count()));
    }
    std::string operator()(bool o::*m) const { return options.*m ? "on" : "off"; }
    std::string operator()(std::string o::*m) const { return options.*m; }
    std::string operator()(const option_choice& c) const {
      return std::string{c.names[c.get(options)]};
    }
    std::string operator()(std::optional<uint16_t> o::*) const { return {}; }
    std::string operator()(std::monostate) const { return {}; }
  } visitor;
  auto text = std::visit(visitor, row.field);
  return text.empty() ? text : " [" + text + "]";
}

// `text` behind what `out` already holds on its last line, wrapped, aligned to `indent`.
void append_wrapped(std::string& out, std::string_view text) {
  auto column = out.size() - (out.rfind('\n') + 1);
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (column > indent && column + 1 + word.size() > width) {
      out += '\n';
      column = 0;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    if (column < indent) {
      out.append(indent - column, ' ');
      column = indent;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

} // namespace

std::string help_text() {
  std::string out =
      "Usage: reliable-signaler [OPTION...]\n"
      "A WebRTC signaling server: rooms in which browsers find each other.\n";
  std::string_view group;
  for (auto& row : option_table()) {
    if (row.group != group) {
      group = row.group;
      out += "\n" + std::string{group} + ":\n";
    }
    out += "  --" + std::string{row.name};
    if (!row.value.empty()) out += "=" + std::string{row.value};
    append_wrapped(out, std::string{row.help} + default_text(row));
  }
  out +=
      "\nTIME is a number with its unit: 500ms, 25s, 2min. Defaults are in brackets; a\n"
      "switch is turned off with --lobby=false. A configuration file has one option a\n"
      "line, text in quotes:\n"
      "  ; comment\n"
      "  port = 8080\n"
      "  ping-interval = 25s\n"
      "  origins = \"https://example.com\"\n";
  return out;
}

std::string version_text() {
  return "reliable-signaler " RELIABLE_SIGNALER_VERSION;
}

} // namespace reliable_signaler::net
