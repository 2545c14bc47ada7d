// Tests of arguments as values.
#include "json_arguments.hpp"

#include <stdexcept>

#define CAF_SUITE actors_json_arguments
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;
using nlohmann::json;

CAF_TEST(an_event_is_its_name_and_its_values) {
  const auto args = make_event("chat", 1, "two", json{{"three", true}});
  CAF_CHECK_EQUAL(args.json, R"(["chat",1,"two",{"three":true}])");
  CAF_CHECK(args.attachments.empty());
  CAF_CHECK_EQUAL(make_answer().json, "[]");
}

CAF_TEST(binary_in_any_nesting_becomes_attachments_and_comes_back) {
  const json::binary_t picture{{1, 2, 3}};
  const json::binary_t empty{std::vector<std::uint8_t>{}};
  const auto args =
      make_event("file", json{{"deep", json::array({json::binary(picture)})}}, json::binary(empty));
  CAF_REQUIRE_EQUAL(args.attachments.size(), 2u);
  CAF_CHECK_EQUAL(*args.attachments[0], std::string("\1\2\3"));
  CAF_CHECK_EQUAL(*args.attachments[1], std::string());
  const auto back = to_json(args);
  CAF_REQUIRE(back.has_value());
  CAF_CHECK((*back)[1]["deep"][0].get_binary() == picture);
  CAF_CHECK((*back)[2].is_binary());
}

CAF_TEST(arguments_are_counted_behind_the_name) {
  const event e{"/", "chat", make_event("chat", "a", 2)};
  CAF_CHECK_EQUAL(argument(e, 0), json("a"));
  CAF_CHECK_EQUAL(argument(e, 1), json(2));
  CAF_CHECK(argument(e, 2).is_null());
}

CAF_TEST(a_placeholder_that_points_nowhere_is_no_value) {
  arguments args{R"(["x",{"_placeholder":true,"num":1}])", {std::make_shared<std::string>("a")}};
  CAF_CHECK(!to_json(args).has_value());
  CAF_CHECK(!to_json({"{}", {}}).has_value());
}

CAF_TEST(what_is_no_array_is_no_arguments) {
  bool refused = false;
  try {
    to_arguments(json{{"a", 1}});
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  CAF_CHECK(refused);
}
