// How actors report lifecycle events: a function that somebody else provides. Silent by default.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string_view>

namespace reliable_signaler {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// One `name=value` of a log line; both live as long as the call.
struct log_field {
  std::string_view name;
  std::string_view value;
};

/// Takes one lifecycle event. Called from any thread, several at once; must not block.
using log_sink =
    std::function<void(log_level, std::string_view event, std::initializer_list<log_field>)>;

} // namespace reliable_signaler
