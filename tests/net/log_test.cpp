// How events become lines, and who gets them. Nothing is written to stderr here.
#include "net/log.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#define CAF_SUITE net_log
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using reliable_signaler::log_field;
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
  auto copy = log;
  copy.error("four");
  CAF_CHECK(log.enabled(log_level::error) && !log.enabled(log_level::info));
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
