// How events become lines, and who gets them. For lines on stderr, stderr is a pipe for a while.
#include "net/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#define CAF_SUITE net_log
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using reliable_signaler::log_level;

namespace {

std::string text(std::vector<typed_field> fields) {
  return format_text("tested", fields);
}

nlohmann::json json(std::vector<typed_field> fields) {
  auto line = format_json("tested", fields);
  CAF_CHECK_EQUAL(line.find('\n'), std::string::npos);
  return nlohmann::json::parse("{" + line + "}");
}

// While it lives, stderr is a pipe that nobody reads until `read_all`. No checks meanwhile: the
// test runner writes to stderr as well.
class captured_stderr {
public:
  captured_stderr() : saved_(dup(2)) {
    if (pipe2(ends_.data(), O_CLOEXEC) != 0) abort();
    dup2(ends_[1], 2);
    close(ends_[1]);
  }
  captured_stderr(const captured_stderr&) = delete;
  captured_stderr& operator=(const captured_stderr&) = delete;
  ~captured_stderr() {
    close(ends_[0]);
    close(saved_);
  }

  /// Reads while `ending` runs, which must be the end of all writing; gives stderr back.
  std::vector<std::string> read_all(auto ending) {
    std::string bytes;
    std::thread reader{[&] {
      std::array<char, 4096> buffer;
      for (ssize_t n = 0; (n = read(ends_[0], buffer.data(), buffer.size())) > 0;)
        bytes.append(buffer.data(), static_cast<size_t>(n));
    }};
    ending();
    dup2(saved_, 2); // closes the last writing end
    reader.join();
    std::vector<std::string> lines;
    std::istringstream in{bytes};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

private:
  int saved_;
  std::array<int, 2> ends_;
};

} // namespace

CAF_TEST(plain_values_are_written_as_they_are) {
  CAF_CHECK_EQUAL(text({}), "tested");
  CAF_CHECK_EQUAL(text({{"sid", "aZ09-_"}, {"n", 3}, {"size", uint64_t{7}}, {"ok", true}}),
                  "tested sid=aZ09-_ n=3 size=7 ok=true");
  CAF_CHECK_EQUAL(text({{"ratio", 0.5}}), "tested ratio=0.5");
  CAF_CHECK_EQUAL(text({{"origin", "https://example.com:8443"}}),
                  "tested origin=https://example.com:8443");
  CAF_CHECK_EQUAL(text({{"room", "\xC3\xA4\xF0\x9F\x98\x80"}}),
                  "tested room=\xC3\xA4\xF0\x9F\x98\x80");
}

CAF_TEST(values_that_could_be_misread_are_quoted_and_escaped) {
  CAF_CHECK_EQUAL(text({{"a", ""}}), "tested a=\"\"");
  CAF_CHECK_EQUAL(text({{"a", "b c"}}), "tested a=\"b c\"");
  CAF_CHECK_EQUAL(text({{"a", "b=c"}}), "tested a=\"b=c\"");
  CAF_CHECK_EQUAL(text({{"a", "say \"hi\" \\"}}), "tested a=\"say \\\"hi\\\" \\\\\"");
}

CAF_TEST(no_value_can_forge_a_line_or_command_a_terminal) {
  CAF_CHECK_EQUAL(text({{"a", "x\n2024 error forged"}}), "tested a=\"x\\n2024 error forged\"");
  CAF_CHECK_EQUAL(text({{"a", "\r\t\x1B[31m\x7F"}}), "tested a=\"\\x0d\\x09\\x1b[31m\\x7f\"");
  CAF_CHECK_EQUAL(text({{"a", std::string_view{"\0", 1}}}), "tested a=\"\\x00\"");
  CAF_CHECK_EQUAL(text({{"a", "\xC2\x9B"}}), "tested a=\"\\xc2\\x9b\"");          // C1: CSI
  CAF_CHECK_EQUAL(text({{"a", "\xE2\x80\xA8"}}), "tested a=\"\\xe2\\x80\\xa8\""); // U+2028
}

CAF_TEST(bytes_that_are_not_utf8_become_hexadecimal) {
  for (std::string_view bad : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                               "\xF5\x80\x80\x80", "\xF4\x90\x80\x80", "\xC3", "\xE2\x82"}) {
    auto line = text({{"a", bad}});
    CAF_CHECK(line.starts_with("tested a=\"\\x"));
    for (auto c : line) CAF_CHECK(c >= ' ' && c <= '~');
  }
}

CAF_TEST(json_lines_parse_back_to_what_was_logged) {
  std::string nasty = "a\n\"b\"\\\x01\x7F";
  auto line = json({{"s", nasty}, {"i", -3}, {"u", ~uint64_t{0}}, {"b", false}, {"d", 1.25}});
  CAF_CHECK_EQUAL(line["event"].get<std::string>(), "tested");
  CAF_CHECK_EQUAL(line["s"].get<std::string>(), nasty);
  CAF_CHECK_EQUAL(line["i"].get<int>(), -3);
  CAF_CHECK_EQUAL(line["u"].get<uint64_t>(), ~uint64_t{0});
  CAF_CHECK_EQUAL(line["b"].get<bool>(), false);
  CAF_CHECK_EQUAL(line["d"].get<double>(), 1.25);
  CAF_CHECK(json({{"d", std::numeric_limits<double>::infinity()}})["d"].is_null());
  CAF_CHECK_EQUAL(json({{"s", "a\xFF"}})["s"].get<std::string>(), "a\xEF\xBF\xBD");
}

CAF_TEST(a_default_constructed_logger_is_silent) {
  logger log;
  CAF_CHECK(!log.enabled(log_level::error));
  log.error("unseen");
  CAF_CHECK(!log.for_actors());
}

CAF_TEST(a_sink_gets_events_from_its_level_on) {
  std::vector<std::string> lines;
  logger log{log_level::warning, [&](log_level level, std::string_view event, auto fields) {
               lines.push_back(std::string{to_string(level)} + " " + format_text(event, fields));
             }};
  log.debug("one");
  log.info("two");
  log.warning("three", {{"n", 3}});
  auto second = log;
  log = {};
  second.error("four");
  log.error("five");
  CAF_CHECK(second.enabled(log_level::error) && !second.enabled(log_level::info));
  CAF_REQUIRE_EQUAL(lines.size(), 2u);
  CAF_CHECK_EQUAL(lines[0], "warning three n=3");
  CAF_CHECK_EQUAL(lines[1], "error four");
}

CAF_TEST(actors_log_through_the_same_sink) {
  std::string line;
  logger log{log_level::info, [&](log_level, std::string_view event, auto fields) {
               line = format_text(event, fields);
             }};
  auto sink = log.for_actors();
  sink(log_level::debug, "hidden", {});
  CAF_CHECK_EQUAL(line, "");
  sink(log_level::info, "room_opened", {{"room", "r 1"}});
  CAF_CHECK_EQUAL(line, "room_opened room=\"r 1\"");
}

CAF_TEST(the_end_of_the_logger_writes_what_is_queued) {
  for (auto format : {log_format::text, log_format::json}) {
    captured_stderr capture;
    auto lines = capture.read_all([&] {
      auto log = logger::to_stderr(log_level::info, format);
      for (int i = 0; i < 1000; ++i) log.info("counted", {{"n", i}});
      log.debug("hidden");
      log.error("ended");
    });
    CAF_REQUIRE_EQUAL(lines.size(), 1001u);
    if (format == log_format::json) {
      auto last = nlohmann::json::parse(lines[999]);
      CAF_CHECK_EQUAL(last["event"].get<std::string>(), "counted");
      CAF_CHECK_EQUAL(last["n"].get<int>(), 999);
      CAF_CHECK_EQUAL(last["level"].get<std::string>(), "info");
      CAF_CHECK_EQUAL(last["time"].get<std::string>().size(), 24u);
      CAF_CHECK_EQUAL(nlohmann::json::parse(lines[1000])["level"].get<std::string>(), "error");
    } else {
      CAF_CHECK_EQUAL(lines[999].substr(24), " info    counted n=999");
      CAF_CHECK_EQUAL(lines[1000].substr(23), "Z error   ended");
    }
  }
}

CAF_TEST(a_reader_that_does_not_read_blocks_nobody_and_is_told_what_it_lost) {
  captured_stderr capture;
  constexpr size_t written = 4 * logger::queue_lines;
  auto log = logger::to_stderr(log_level::info, log_format::json);
  // More than the pipe and the queue hold; with a logger that waits this would never end.
  for (size_t i = 0; i < written; ++i) log.info("counted", {{"n", i}});
  auto lines = capture.read_all([&] { log = {}; });
  size_t lost = 0, counted = 0, last = 0;
  for (auto& line : lines) {
    auto event = nlohmann::json::parse(line);
    if (event["event"] == "log_lines_lost") {
      lost += event["count"].get<size_t>();
    } else {
      ++counted;
      last = event["n"].get<size_t>();
    }
  }
  CAF_CHECK_EQUAL(last, written - 1);
  CAF_CHECK(lost > 0);
  CAF_CHECK(counted > logger::queue_lines - 300 && counted < written);
}
