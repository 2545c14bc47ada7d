// Formats events and hands lines to spdlog's asynchronous logger. Decides nothing about what is
// logged.
#include "log.hpp"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace reliable_signaler::net {

namespace {

// Length of the well-formed UTF-8 sequence at the start of `s` (RFC 3629), 0 if there is none.
size_t utf8_length(std::string_view s) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  auto lead = byte(0);
  size_t n = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (n == 0 || lead > 0xF4 || s.size() < n) return 0;
  for (size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if (n > 2) {
    bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    bool surrogate = lead == 0xED && byte(1) > 0x9F;
    bool beyond = lead == 0xF4 && byte(1) > 0x8F;
    if (overlong || surrogate || beyond) return 0;
  }
  return n;
}

// U+0080..U+009F and U+2028/2029: terminals and log viewers may take them for commands or breaks.
bool is_unicode_control(std::string_view sequence) {
  return (sequence.size() == 2 && sequence[0] == '\xC2'
          && static_cast<unsigned char>(sequence[1]) < 0xA0)
         || sequence == "\u2028" || sequence == "\u2029";
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (auto c : bytes) {
    auto b = static_cast<unsigned char>(c);
    out += "\\x";
    out += digits[b >> 4];
    out += digits[b & 15];
  }
}

void append_text_value(std::string& out, std::string_view v) {
  auto start = out.size();
  bool quote = v.empty();
  while (!v.empty()) {
    auto n = utf8_length(v);
    auto unit = v.substr(0, n == 0 ? 1 : n);
    v.remove_prefix(unit.size());
    auto c = unit.front();
    bool plain = n > 1 || (c > ' ' && c != '\x7F' && c != '"' && c != '\\' && c != '=');
    quote = quote || !plain;
    if (n == 0 || c == '\x7F' || (n > 1 && is_unicode_control(unit))) {
      quote = true;
      append_hex(out, unit);
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (n == 1 && static_cast<unsigned char>(c) < ' ') {
      append_hex(out, unit);
    } else {
      out += unit;
    }
  }
  if (quote) {
    out.insert(start, 1, '"');
    out += '"';
  }
}

std::string number_text(double v) {
  return nlohmann::json(v).dump();
}
std::string json_string(std::string_view v) {
  return nlohmann::json(v).dump(-1, ' ', /*ensure_ascii=*/true,
                                nlohmann::json::error_handler_t::replace);
}

template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      break;
  }
  return spdlog::level::err;
}

// The thread and queue behind `logger::to_stderr`. Its destructor writes what is queued.
class stderr_lines {
public:
  explicit stderr_lines(log_format format)
      : format_(format),
        sink_(std::make_shared<spdlog::sinks::stderr_sink_mt>()),
        pool_(std::make_shared<spdlog::details::thread_pool>(logger::queue_lines, 1)),
        lines_(std::make_shared<spdlog::async_logger>(
            "", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    // UTC: lines of several machines are compared, and local time repeats an hour every year.
    const char* pattern = format == log_format::json
                              ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                              : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
    lines_->set_pattern(pattern, spdlog::pattern_time_type::utc);
    lines_->set_level(spdlog::level::trace);
  }
  stderr_lines(const stderr_lines&) = delete;
  stderr_lines& operator=(const stderr_lines&) = delete;

  ~stderr_lines() {
    auto lost = pool_->overrun_counter();
    pool_.reset(); // joins its thread after the last line; only then may the logger go
    lines_.reset();
    if (lost > reported_) {
      spdlog::logger last{"", sink_};
      report_lost(last, lost - reported_);
    }
  }

  void write(log_level level, std::string_view event, std::span<const typed_field> fields) {
    write_to(*lines_, level, event, fields);
    // Asking costs the queue's lock, so not for every line.
    if (written_.fetch_add(1, std::memory_order_relaxed) % 256 != 255) return;
    auto lost = pool_->overrun_counter();
    auto before = reported_.exchange(lost);
    if (lost > before) report_lost(*lines_, lost - before);
  }

private:
  void write_to(spdlog::logger& to, log_level level, std::string_view event,
                std::span<const typed_field> fields) {
    auto text =
        format_ == log_format::json ? format_json(event, fields) : format_text(event, fields);
    to.log(to_spdlog(level), spdlog::string_view_t{text.data(), text.size()});
  }
  void report_lost(spdlog::logger& to, size_t count) {
    const typed_field field{"count", count};
    write_to(to, log_level::warning, "log_lines_lost", {&field, 1});
  }

  log_format format_;
  std::shared_ptr<spdlog::sinks::sink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> lines_;
  std::atomic<size_t> written_{0};
  std::atomic<size_t> reported_{0};
};

} // namespace

std::string_view to_string(log_level level) {
  switch (level) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    case log_level::error:
      break;
  }
  return "error";
}

logger::logger(log_level least, typed_sink sink)
    : state_(std::make_shared<state>(state{least, std::move(sink)})) {}

logger logger::to_stderr(log_level least, log_format format) {
  auto lines = std::make_shared<stderr_lines>(format);
  return {least,
          [lines](log_level level, std::string_view event, std::span<const typed_field> fields) {
            lines->write(level, event, fields);
          }};
}

void logger::write(log_level level, std::string_view event,
                   std::initializer_list<typed_field> fields) const {
  if (enabled(level)) state_->sink(level, event, {fields.begin(), fields.size()});
}

log_sink logger::for_actors() const {
  if (!state_) return {};
  return [state = state_](log_level level, std::string_view event,
                          std::initializer_list<log_field> fields) {
    if (level < state->least) return;
    std::vector<typed_field> typed;
    typed.reserve(fields.size());
    for (auto& f : fields) typed.emplace_back(f.name, f.value);
    state->sink(level, event, typed);
  };
}

std::string format_text(std::string_view event, std::span<const typed_field> fields) {
  std::string out{event};
  for (auto& f : fields) {
    out += ' ';
    out += f.key;
    out += '=';
    std::visit(overloaded{[&](std::string_view v) { append_text_value(out, v); },
                          [&](bool v) { out += v ? "true" : "false"; },
                          [&](double v) { out += std::isfinite(v) ? number_text(v) : "nan"; },
                          [&](auto v) { out += std::to_string(v); }},
               f.value);
  }
  return out;
}

std::string format_json(std::string_view event, std::span<const typed_field> fields) {
  std::string out = "\"event\":" + json_string(event);
  for (auto& f : fields) {
    out += ',';
    out += json_string(f.key);
    out += ':';
    std::visit(overloaded{[&](std::string_view v) { out += json_string(v); },
                          [&](bool v) { out += v ? "true" : "false"; },
                          [&](double v) { out += number_text(v); }, // null if not finite
                          [&](auto v) { out += std::to_string(v); }},
               f.value);
  }
  return out;
}

} // namespace reliable_signaler::net
