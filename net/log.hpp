// Structured events for operators: a name and fields per line. Nothing per message, no free text.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "../actors/log.hpp"

namespace reliable_signaler::net {

/// `text`: `time level event key=value ...`; `json`: one object per line.
enum class log_format : uint8_t { text, json };

/// `debug`, `info`, `warning`, `error`.
std::string_view to_string(log_level level);

/// One key with its value, valid during the call it is passed to. Keys are literals in our code,
/// lower case with underscores; values may be anything, they are escaped.
struct typed_field {
  using value_type = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

  typed_field(std::string_view k, std::string_view v) : key(k), value(v) {}
  typed_field(std::string_view k, const char* v) : key(k), value(std::string_view{v}) {}
  typed_field(std::string_view k, const std::string& v) : key(k), value(std::string_view{v}) {}
  typed_field(std::string_view k, bool v) : key(k), value(v) {}
  typed_field(std::string_view k, double v) : key(k), value(v) {}
  template <std::signed_integral T>
  typed_field(std::string_view k, T v) : key(k), value(int64_t{v}) {}
  template <std::unsigned_integral T>
  requires(!std::same_as<T, bool>) typed_field(std::string_view k, T v)
      : key(k), value(uint64_t{v}) {}

  std::string_view key;
  value_type value;
};

/// What embedders may put in place of our output. Called on the thread of the event, from several
/// threads at once; must neither block nor throw. The arguments are valid during the call.
using typed_sink =
    std::function<void(log_level, std::string_view event, std::span<const typed_field> fields)>;

/// A handle to where events go; copies share it. Default-constructed it is silent, which is what
/// embedders start with. All functions may be called from any thread.
class logger {
public:
  logger() noexcept = default;

  /// Passes events of at least `least` to `sink`.
  logger(log_level least, typed_sink sink);

  /// Lines on stderr, written by a thread of its own behind a queue of `queue_lines`. If stderr
  /// does not keep up the oldest lines are lost, counted, and reported by a `log_lines_lost` event;
  /// callers never wait. The end of the last copy writes what is queued.
  static logger to_stderr(log_level least, log_format format);

  /// Lines waiting for a slow reader of stderr.
  static constexpr size_t queue_lines = 8192;

  bool enabled(log_level level) const noexcept { return state_ && level >= state_->least; }

  /// One event. Its name is lower case with underscores, past tense: `session_opened`.
  void write(log_level level, std::string_view event,
             std::initializer_list<typed_field> fields = {}) const;
  void debug(std::string_view event, std::initializer_list<typed_field> fields = {}) const {
    write(log_level::debug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<typed_field> fields = {}) const {
    write(log_level::info, event, fields);
  }
  void warning(std::string_view event, std::initializer_list<typed_field> fields = {}) const {
    write(log_level::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<typed_field> fields = {}) const {
    write(log_level::error, event, fields);
  }

  /// The same destination as actors want it; an empty function if this one is silent.
  log_sink for_actors() const;

private:
  struct state {
    log_level least;
    typed_sink sink;
  };
  std::shared_ptr<const state> state_;
};

/// `event key=value ...`: values with blanks, quotes, `=` or control characters are quoted; control
/// characters, quotes and invalid UTF-8 are escaped (`\n`, `\"`, `\xNN`). Never holds a line break.
std::string format_text(std::string_view event, std::span<const typed_field> fields);

/// `"event":"...","key":value`, the inside of a JSON object, without the braces. Invalid UTF-8
/// becomes U+FFFD; numbers that JSON lacks become null. Never holds a line break.
std::string format_json(std::string_view event, std::span<const typed_field> fields);

} // namespace reliable_signaler::net
