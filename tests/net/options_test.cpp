// Command lines and configuration files as users write them.
#include "net/options.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "net/option_table.hpp"
#include "temporary_folder.hpp"

#define CAF_SUITE net_options
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

// Exit code of a refused command line is always 2; its text is what these tests compare.
std::string refusal(words arguments) {
  server_config config;
  auto outcome = config.parse_arguments(std::move(arguments));
  CAF_CHECK_EQUAL(outcome.exit_code.value_or(-1), 2);
  CAF_CHECK_EQUAL(std::count(outcome.text.begin(), outcome.text.end(), '\n'), 0);
  std::string prefix = "reliable-signaler: ";
  CAF_CHECK(outcome.text.starts_with(prefix));
  return outcome.text.substr(std::min(prefix.size(), outcome.text.size()));
}

server_options accepted(words arguments) {
  server_config config;
  auto outcome = config.parse_arguments(std::move(arguments));
  if (outcome.exit_code) CAF_FAIL(outcome.text);
  return config.options();
}

/// `1,000,000`, `1 ms`, `24 h`: bounds as the comments of the header write them.
std::string written(std::uint64_t number, bool is_time) {
  constexpr std::uint64_t hour = 3'600'000;
  const bool hours = is_time && number != 0 && number % hour == 0;
  auto digits = std::to_string(hours ? number / hour : number);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  if (!is_time || number == 0) return digits;
  return digits + (hours ? " h" : " ms");
}

/// The comments in front of the declaration of `field` and behind it, in one line.
std::string comment_of(const std::string& header, const std::string& field) {
  std::istringstream lines{header};
  std::string comment;
  for (std::string line; std::getline(lines, line);) {
    const auto mark = line.find("///");
    const auto code = line.substr(0, mark);
    const auto said = mark == std::string::npos ? std::string{} : line.substr(mark + 3);
    if (code.find_first_not_of(' ') == std::string::npos) {
      comment += said;
      continue;
    }
    const auto at = code.find(" " + field);
    const auto end = at + 1 + field.size();
    if (at != std::string::npos && end < code.size() && (code[end] == '{' || code[end] == ' '))
      return comment + said;
    comment.clear();
  }
  return {};
}

struct fixture {
  temporary_folder folder;

  std::string config_file(std::string_view text) { return folder.write("signaler.ini", text); }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_options_tests, fixture)

CAF_TEST(nothing_given_means_the_documented_defaults) {
  CAF_CHECK(accepted({}) == standalone_options());
  CAF_CHECK_EQUAL(check(standalone_options()), "");
}

CAF_TEST(no_address_alone_takes_more_than_a_tenth_of_what_is_there_for_all) {
  const auto o = standalone_options();
  CAF_CHECK_EQUAL(o.max_connections_per_address * 10, o.max_connections);
  CAF_CHECK_EQUAL(o.max_held_per_address * 10, o.max_held);
  CAF_CHECK_EQUAL(o.max_seats_per_address * 10, o.max_seats);
  CAF_CHECK_EQUAL(o.max_replay_bytes_per_address, o.max_replay_bytes / 10);
  // Rooms are opened, and questions are asked, for a seat each.
  CAF_CHECK_EQUAL(o.max_seats_per_address * 10, o.max_rooms);
  CAF_CHECK_EQUAL(o.max_seats_per_address * 10, o.max_parked);
}

CAF_TEST(the_header_says_the_bounds_of_every_option) {
  std::ifstream in{SERVER_OPTIONS_HEADER};
  const std::string header{std::istreambuf_iterator<char>{in}, {}};
  int checked = 0;
  for (const auto& row : option_table()) {
    if (row.most == 0) continue;
    std::string field{row.name};
    std::replace(field.begin(), field.end(), '-', '_');
    const bool is_time = row.value == "TIME";
    const auto wanted = written(row.least, is_time) + " to " + written(row.most, is_time);
    if (comment_of(header, field).find(wanted) == std::string::npos)
      CAF_ERROR("server_options.hpp does not say at " << field << ": " << wanted);
    ++checked;
  }
  CAF_CHECK(checked > 30);
}

CAF_TEST(values_may_follow_an_equals_sign_or_a_blank) {
  CAF_CHECK_EQUAL(accepted({"--port=81"}).port, 81);
  CAF_CHECK_EQUAL(accepted({"--port", "81"}).port, 81);
  CAF_CHECK_EQUAL(accepted({"--port", "81", "--port=0"}).port, 0);
}

CAF_TEST(no_time_at_all_needs_no_unit) {
  CAF_CHECK(accepted({"--grace=0"}).grace == 0ms);
  CAF_CHECK_EQUAL(refusal({"--ping-interval=0"}), "--ping-interval must be between 1ms and 60min");
}

CAF_TEST(the_limits_of_one_address_may_be_switched_off) {
  const auto o = accepted({"--max-connections-per-address=0", "--max-held-per-address=0",
                           "--max-seats-per-address=0", "--max-wrong-claims=0",
                           "--max-replay-bytes-per-address=0"});
  CAF_CHECK_EQUAL(o.max_connections_per_address + o.max_held_per_address, 0u);
  CAF_CHECK_EQUAL(o.max_seats_per_address + o.max_wrong_claims, 0u);
  CAF_CHECK_EQUAL(o.max_replay_bytes_per_address, 0u);
  const server_options embedded;
  CAF_CHECK_EQUAL(embedded.max_connections_per_address + embedded.max_wrong_claims, 0u);
  CAF_CHECK_EQUAL(embedded.max_replay_bytes_per_address, 0u);
}

CAF_TEST(every_kind_of_value_is_stored) {
  auto o = accepted({"--address=::1", "--threads=2", "--path=/x/", "--origins=https://a.example",
                     "--ping-interval=500ms", "--ping-timeout=2min", "--idle-timeout=1s",
                     "--max-payload=2000", "--max-outbound-bytes=4000", "--replay-bytes=3000",
                     "--exclusive-rooms", "--lobby=false", "--scheduler=stock", "--admin-port=0",
                     "--log-level=off", "--log-format=json", "--max-parked=0"});
  CAF_CHECK_EQUAL(o.address, "::1");
  CAF_CHECK_EQUAL(o.threads, 2u);
  CAF_CHECK_EQUAL(o.path, "/x/");
  CAF_CHECK_EQUAL(o.origins, "https://a.example");
  CAF_CHECK(o.ping_interval == 500ms);
  CAF_CHECK(o.ping_timeout == 120s);
  CAF_CHECK(o.idle_timeout == 1s);
  CAF_CHECK_EQUAL(o.max_payload, 2000u);
  CAF_CHECK_EQUAL(o.max_outbound_bytes, 4000u);
  CAF_CHECK(o.exclusive_rooms);
  CAF_CHECK(!o.lobby);
  CAF_CHECK(o.scheduler == scheduler_kind::stock);
  CAF_CHECK(o.admin_port == 0);
  CAF_CHECK(!o.log);
  CAF_CHECK(o.log_lines == log_format::json);
  CAF_CHECK_EQUAL(o.max_parked, 0u);
}

CAF_TEST(what_is_unknown_is_refused_with_a_hint) {
  CAF_CHECK_EQUAL(refusal({"--prot=81"}), "unknown option --prot (did you mean --port?)");
  CAF_CHECK_EQUAL(refusal({"--no-such-thing"}), "unknown option --no-such-thing (see --help)");
  CAF_CHECK_EQUAL(refusal({"serve"}), "'serve' is not an option (see --help)");
  CAF_CHECK_EQUAL(refusal({"-p", "81"}), "'-p' is not an option (see --help)");
  CAF_CHECK_EQUAL(refusal({"--"}), "'--' is not an option (see --help)");
  CAF_CHECK_EQUAL(refusal({""}), "'' is not an option (see --help)");
  // CAF's own options are none of ours.
  CAF_CHECK_EQUAL(refusal({"--scheduler.max-threads=1"}),
                  "unknown option --scheduler.max-threads (see --help)");
  CAF_CHECK_EQUAL(refusal({"--caf#port=1"}), "unknown option --caf#port (see --help)");
}

CAF_TEST(a_malformed_value_is_refused_with_what_is_expected) {
  CAF_CHECK_EQUAL(refusal({"--port=80a"}), "--port needs a whole number, not '80a'");
  CAF_CHECK_EQUAL(refusal({"--port=1.5"}), "--port needs a whole number, not '1.5'");
  CAF_CHECK_EQUAL(refusal({"--port="}), "--port needs a whole number, not ''");
  CAF_CHECK_EQUAL(refusal({"--port"}), "--port needs a whole number");
  CAF_CHECK_EQUAL(refusal({"--port", "--threads=1"}), "--port needs a whole number");
  CAF_CHECK_EQUAL(refusal({"--ping-interval=25"}),
                  "--ping-interval needs a time with its unit, like 25s, 500ms or 2min, not '25'");
  CAF_CHECK_EQUAL(refusal({"--lobby=maybe"}), "--lobby must be true or false, not 'maybe'");
  CAF_CHECK_EQUAL(refusal({"--scheduler=fast"}), "--scheduler must be io or stock, not 'fast'");
  CAF_CHECK_EQUAL(refusal({"--log-level=loud"}),
                  "--log-level must be debug, info, warning, error or off, not 'loud'");
  CAF_CHECK_EQUAL(refusal({"--help=me"}), "--help takes no value");
  CAF_CHECK_EQUAL(refusal({"--web-root="}), "--web-root needs a text, not ''");
}

CAF_TEST(a_value_out_of_bounds_is_refused_with_the_bounds) {
  CAF_CHECK_EQUAL(refusal({"--port=65536"}), "--port must be between 0 and 65535");
  CAF_CHECK_EQUAL(refusal({"--port=-1"}), "--port must be between 0 and 65535");
  CAF_CHECK_EQUAL(refusal({"--threads", "-1"}), "--threads must be between 0 and 256");
  CAF_CHECK_EQUAL(refusal({"--port=99999999999999999999"}),
                  "--port needs a whole number, not '99999999999999999999'");
  CAF_CHECK_EQUAL(refusal({"--ping-timeout=0s"}), "--ping-timeout must be between 1ms and 60min");
  CAF_CHECK_EQUAL(refusal({"--ping-timeout=-5s"}), "--ping-timeout must be between 1ms and 60min");
  CAF_CHECK_EQUAL(refusal({"--ping-timeout=61min"}),
                  "--ping-timeout must be between 1ms and 60min");
  CAF_CHECK_EQUAL(refusal({"--idle-timeout=1us"}), "--idle-timeout must be between 1ms and 60min");
  CAF_CHECK_EQUAL(refusal({"--max-payload=999"}),
                  "--max-payload must be between 1000 and 100000000");
  CAF_CHECK_EQUAL(refusal({"--max-rooms=0"}), "--max-rooms must be between 1 and 100000000");
}

CAF_TEST(impossible_combinations_are_refused) {
  CAF_CHECK_EQUAL(refusal({"--tls-certificate=a.pem"}),
                  "--tls-certificate and --tls-key must be given together");
  CAF_CHECK_EQUAL(refusal({"--tls-key=a.pem"}),
                  "--tls-certificate and --tls-key must be given together");
  CAF_CHECK_EQUAL(refusal({"--admin-port=8080"}), "--admin-port and --port must differ");
  CAF_CHECK_EQUAL(refusal({"--address=localhost"}), "--address is not an IP address: 'localhost'");
  CAF_CHECK_EQUAL(refusal({"--admin-address=x"}), "--admin-address is not an IP address: 'x'");
  CAF_CHECK_EQUAL(refusal({"--origins=a.example"}),
                  "--origins: 'a.example' is not an origin like https://example.com:8443");
  CAF_CHECK_EQUAL(refusal({"--web-root=/no/such/folder"}),
                  "--web-root: there is no folder '/no/such/folder'");
  CAF_CHECK(refusal({"--max-outbound-bytes=1000000"}).starts_with("--max-outbound-bytes must be"));
  const auto too_much_to_replay = "--replay-bytes=4194305";
  CAF_CHECK(refusal({too_much_to_replay}).starts_with("--replay-bytes must not be more than"));
  accepted({too_much_to_replay, "--grace=0s"});
  for (auto path : {"/", "//", "x/", "/x", "/a b/", "/a?b/", "/a//b/"})
    CAF_CHECK(refusal({std::string{"--path="} + path}).starts_with("--path must begin"));
  CAF_CHECK(accepted({"--port=0", "--admin-port=0"}).admin_port == 0);
}

CAF_TEST(a_configuration_file_sets_options_and_the_command_line_wins) {
  auto file = config_file(
      "; how we run it\n"
      "port = 81\n"
      "ping-interval = 500ms\n"
      "origins = \"https://a.example\"\n"
      "lobby = false\n"
      "log-format = \"json\"\n"
      "admin-port = 82\n");
  auto o = accepted({"--port=83", "--config-file=" + file, "--lobby"});
  CAF_CHECK_EQUAL(o.port, 83);
  CAF_CHECK(o.ping_interval == 500ms);
  CAF_CHECK_EQUAL(o.origins, "https://a.example");
  CAF_CHECK(o.lobby);
  CAF_CHECK(o.log_lines == log_format::json);
  CAF_CHECK(o.admin_port == 82);
}

CAF_TEST(a_wrong_configuration_file_is_refused_with_the_place) {
  auto with = [&](std::string_view text) { return refusal({"--config-file", config_file(text)}); };
  auto file = (folder.path() / "signaler.ini").string();
  CAF_CHECK_EQUAL(with("port = 81\nthreads two\n"),
                  "'" + file + "' is malformed, line 2, column 10");
  CAF_CHECK_EQUAL(with("prot = 81\n"), "'" + file + "': unknown option 'prot'");
  CAF_CHECK_EQUAL(with("[scheduler]\nmax-threads = 1\n"),
                  "'" + file + "': scheduler must be io or stock");
  CAF_CHECK_EQUAL(with("[tls]\nkey = 1\n"), "'" + file + "': unknown option 'tls'");
  CAF_CHECK_EQUAL(with("config-file = \"x\"\n"), "'" + file + "': unknown option 'config-file'");
  CAF_CHECK_EQUAL(with("help = true\n"), "'" + file + "': unknown option 'help'");
  CAF_CHECK_EQUAL(with("port = \"81\"\n"), "'" + file + "': port needs a whole number");
  CAF_CHECK_EQUAL(with("port = 65536\n"), "--port must be between 0 and 65535");
  CAF_CHECK_EQUAL(with("lobby = 1\n"), "'" + file + "': lobby must be true or false");
  CAF_CHECK_EQUAL(with("ping-timeout = 0s\n"), "--ping-timeout must be between 1ms and 60min");
  CAF_CHECK_EQUAL(refusal({"--config-file=/no/such/file"}),
                  "--config-file: cannot read '/no/such/file'");
  CAF_CHECK_EQUAL(refusal({"--config-file=/tmp"}), "--config-file: '/tmp' is a folder");
}

CAF_TEST(no_configuration_file_is_read_unless_it_is_named) {
  auto before = std::filesystem::current_path();
  folder.write("caf-application.ini", "port = 81\n");
  std::filesystem::current_path(folder.path());
  auto port = accepted({}).port;
  std::filesystem::current_path(before);
  CAF_CHECK_EQUAL(port, 8080);
}

CAF_TEST(the_help_names_every_option_once_and_fits_a_terminal) {
  server_config config;
  auto outcome = config.parse_arguments({"--port=81", "--help"});
  CAF_CHECK_EQUAL(outcome.exit_code.value_or(-1), 0);
  CAF_CHECK_EQUAL(outcome.text, help_text());
  std::istringstream lines{outcome.text};
  size_t options = 0;
  for (std::string line; std::getline(lines, line);) {
    CAF_CHECK(line.size() <= 80);
    CAF_CHECK(!line.ends_with(' '));
    if (line.starts_with("  --")) ++options;
  }
  CAF_CHECK_EQUAL(options, option_table().size());
  auto says = [&](const char* text) { return outcome.text.find(text) != std::string::npos; };
  CAF_CHECK(says("--port=PORT") && says("[8080]") && says("[25s]") && says("[*]"));
  CAF_CHECK(!says("scheduler.") && !says("caf"));
}

CAF_TEST(the_version_is_printed_alone) {
  server_config config;
  auto outcome = config.parse_arguments({"--version"});
  CAF_CHECK_EQUAL(outcome.exit_code.value_or(-1), 0);
  CAF_CHECK_EQUAL(outcome.text, version_text() + "\n");
  CAF_CHECK(version_text().starts_with("reliable-signaler "));
}

CAF_TEST_FIXTURE_SCOPE_END()
