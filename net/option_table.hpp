// One row per command line option: name, field, bounds, help. Internal to options and their check.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server_options.hpp"

namespace reliable_signaler::net {

/// An option with a few named values: texts, and access to the field by position among them.
struct option_choice {
  std::span<const std::string_view> names;
  size_t (*get)(const server_options&);
  void (*set)(server_options&, size_t);
};

/// The field an option sets; monostate for those that are no field (`--help`).
using option_field =
    std::variant<std::monostate, bool server_options::*, uint16_t server_options::*,
                 std::optional<uint16_t> server_options::*, size_t server_options::*,
                 server_options::duration server_options::*, std::string server_options::*,
                 option_choice>;

struct option_row {
  std::string_view group; ///< heading in the help, same for neighbours
  std::string_view name;  ///< without dashes
  option_field field;
  std::string_view value; ///< what the help calls the value, with its unit if it is a number
  std::string_view help;
  uint64_t least = 0; ///< bounds of numbers; durations in milliseconds
  uint64_t most = 0;
};

/// All options in the order of the help.
std::span<const option_row> option_table();

/// A number of milliseconds as people write it: `25s`, `500ms`, `2min`.
std::string duration_text(uint64_t milliseconds);

/// One sentence if the number in the field of `row` is out of its bounds, else empty.
std::string check_bounds(const option_row& row, const server_options& options);

} // namespace reliable_signaler::net
