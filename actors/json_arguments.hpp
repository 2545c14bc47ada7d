// Arguments as values: from JSON text and blobs to nlohmann::json and back. Pure: any thread.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "event.hpp"

namespace reliable_signaler {

/// The whole argument array as a value, with binary attachments in their places as
/// nlohmann::json::binary. Costs a parse and a copy; a relay needs neither.
/// Returns nothing when the text is no JSON array or when a placeholder points nowhere, which does
/// not happen with arguments that came over the wire, since those have been checked.
std::optional<nlohmann::json> to_json(const arguments& args);

/// Argument number `index` of an event, counted from 0 behind the event's name; null when there is
/// none. Parses the whole array each time: of several arguments take to_json() once.
nlohmann::json argument(const event& e, std::size_t index);

/// The arguments whose value `array` is. Binary values anywhere in it become attachments, in the
/// order in which they are met. Throws std::invalid_argument when `array` is no array, and
/// nlohmann::json::type_error when it holds text that is not UTF-8.
arguments to_arguments(const nlohmann::json& array);

/// Throws std::invalid_argument if Socket.IO reserves the name.
void require_free(std::string_view event);

/// An event's arguments: its name, then the values. Throws what to_arguments() does, and
/// std::invalid_argument for a name that Socket.IO reserves (`connect`, `disconnect`, ...).
template <class... Values>
arguments make_event(std::string_view name, Values&&... values) {
  require_free(name);
  return to_arguments(nlohmann::json::array(
      {nlohmann::json(name), nlohmann::json(std::forward<Values>(values))...}));
}

/// The arguments of an answer: the values.
template <class... Values>
arguments make_answer(Values&&... values) {
  return to_arguments(nlohmann::json::array({nlohmann::json(std::forward<Values>(values))...}));
}

} // namespace reliable_signaler
