// The vocabularies of errors: every value has a name of its own, HTTP errors have their exact
// texts.
#include <set>
#include <string>

#include "net/wire/engine_session.hpp"
#include "net/wire/error.hpp"
#include "nlohmann/json.hpp"

#define CAF_SUITE wire_errors
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;

CAF_TEST(every_wire_error_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < wire_error_count; ++i) {
    names.insert(to_string(static_cast<wire_error>(i)));
  }
  CAF_CHECK_EQUAL(names.size(), wire_error_count);
  CAF_CHECK_EQUAL(names.count("unknown"), 0u);
}

CAF_TEST(every_close_reason_has_a_name_of_its_own_and_a_close_code) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < close_reason_count; ++i) {
    const auto reason = static_cast<close_reason>(i);
    names.insert(to_string(reason));
    const auto code = websocket_close_code(reason);
    CAF_CHECK(code >= 1000 && code <= 1009 && code != 1005 && code != 1006);
  }
  CAF_CHECK_EQUAL(names.size(), close_reason_count);
  CAF_CHECK_EQUAL(names.count("unknown"), 0u);
}

CAF_TEST(http_errors_have_the_codes_statuses_and_messages_of_engine_io) {
  const auto text = [](engine_error error) {
    return std::to_string(http_status(error)) + " " + std::string(json_body(error));
  };
  CAF_CHECK_EQUAL(text(engine_error::transport_unknown),
                  R"(400 {"code":0,"message":"Transport unknown"})");
  CAF_CHECK_EQUAL(text(engine_error::session_unknown),
                  R"(400 {"code":1,"message":"Session ID unknown"})");
  CAF_CHECK_EQUAL(text(engine_error::bad_handshake_method),
                  R"(400 {"code":2,"message":"Bad handshake method"})");
  CAF_CHECK_EQUAL(text(engine_error::bad_request), R"(400 {"code":3,"message":"Bad request"})");
  CAF_CHECK_EQUAL(text(engine_error::forbidden), R"(403 {"code":4,"message":"Forbidden"})");
  CAF_CHECK_EQUAL(text(engine_error::unsupported_protocol_version),
                  R"(400 {"code":5,"message":"Unsupported protocol version"})");
}

CAF_TEST(the_body_of_an_http_error_says_its_code_and_message) {
  for (int code = 0; code < 6; ++code) {
    const auto error = static_cast<engine_error>(code);
    const auto body = nlohmann::json::parse(json_body(error));
    CAF_CHECK_EQUAL(body.at("code").get<int>(), code);
    CAF_CHECK_EQUAL(body.at("message").get<std::string>(), std::string(message(error)));
  }
}
