// The JSON scanner: accepts what nlohmann::json::accept accepts, never deeper than allowed.
#include <random>
#include <string>
#include <vector>

#include "net/wire/json_scan.hpp"
#include "net/wire/limits.hpp"
#include "nlohmann/json.hpp"

#define CAF_SUITE wire_json
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;

namespace {

std::string verdict(std::string_view text, std::uint32_t depth = 64) {
  return std::string(to_string(validate_json(text, depth)));
}

std::vector<std::string> elements(std::string_view array) {
  std::vector<std::string> all;
  json_array_reader reader(array);
  for (std::string_view element; reader.next(element);) all.emplace_back(element);
  return all;
}

std::string decoded(std::string_view token) {
  std::string storage;
  return std::string(decode_json_string(token, storage));
}

const std::vector<std::string> valid{"0",
                                     "-0",
                                     "12",
                                     "1.5",
                                     "-1.5e10",
                                     "1E+2",
                                     "1e-999",
                                     "0.000e999999",
                                     "1.7976931348623157e308",
                                     "123456789012345678901234567890",
                                     "true",
                                     "false",
                                     "null",
                                     R"("")",
                                     R"("a")",
                                     "\"\x7F\"",
                                     R"("\"\\\/\b\f\n\r\t\u0041\u00e9")",
                                     "\"\xF0\x9F\x98\x80\"",
                                     "[]",
                                     "[ ]",
                                     "{}",
                                     "{ }",
                                     "[[],{}]",
                                     R"({"a":1})",
                                     R"({"a":1,"a":2})",
                                     R"({"":{"":[]}})",
                                     R"({"__proto__":{"x":1}})",
                                     " \t\r\n[ 1 , 2 ] \t\r\n",
                                     R"([1,[2,[3,{"a":[4]}]],"x"])",
                                     "[null,true,false]",
                                     R"(["message",{"sdp":"v=0\r\na=group:BUNDLE 0\r\n"}])"};

const std::vector<std::string> malformed{"",
                                         " ",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         "[1",
                                         "[1,",
                                         "[1,]",
                                         "[,1]",
                                         "[1 2]",
                                         "[1]]",
                                         "[}",
                                         "{]",
                                         "{1:2}",
                                         R"({"a"})",
                                         R"({"a":})",
                                         R"({"a":1,})",
                                         R"({"a":1 "b":2})",
                                         R"({,})",
                                         R"({"a",1})",
                                         R"([1:2])",
                                         "01",
                                         "-",
                                         "-a",
                                         "+1",
                                         "1.",
                                         ".5",
                                         "1e",
                                         "1e+",
                                         "0x10",
                                         "00",
                                         "1.5.5",
                                         "NaN",
                                         "Infinity",
                                         "1e400",
                                         "-1e309",
                                         "tru",
                                         "truee",
                                         "True",
                                         "nul",
                                         "nullx",
                                         "undefined",
                                         "'a'",
                                         R"(")",
                                         R"("a)",
                                         R"("\)",
                                         R"("\x")",
                                         R"("\u12")",
                                         R"("\u12g4")",

                                         "\"\n\"",
                                         "\"\x1F\"",
                                         "\"a\tb\"",
                                         "[1]x",
                                         "1 2",
                                         R"("a""b")",
                                         "// a\n1",
                                         "/**/1",
                                         "[\"a\",\n//\n1]"};

} // namespace

CAF_TEST(valid_texts_are_accepted) {
  for (const auto& text : valid) {
    CAF_CHECK_EQUAL(verdict(text) + " " + text, "none " + text);
    CAF_CHECK(nlohmann::json::accept(text));
  }
}

CAF_TEST(malformed_texts_are_refused) {
  for (const auto& text : malformed) {
    CAF_CHECK_EQUAL(verdict(text) + " " + text, "malformed_json " + text);
    CAF_CHECK(!nlohmann::json::accept(text));
  }
}

CAF_TEST(numbers_are_refused_only_where_a_double_ends) {
  const auto zeros = [](std::size_t n) { return std::string(n, '0'); };
  for (const std::string& fits :
       {"1" + zeros(308), "0." + zeros(1000) + "1e500", "1" + zeros(400) + "e-200",
        "-0." + zeros(1000) + "1e1300", std::string("1e-99999999999999999999")}) {
    CAF_CHECK_EQUAL(verdict(fits), "none");
    CAF_CHECK(nlohmann::json::accept(fits));
  }
  for (const std::string& large :
       {std::string(309, '9'), "1" + zeros(309), "1" + zeros(1000) + "e-500",
        "0." + zeros(100) + "1e500", std::string("1e99999999999999999999")}) {
    CAF_CHECK_EQUAL(verdict(large), "malformed_json");
    CAF_CHECK(!nlohmann::json::accept(large));
  }
}

CAF_TEST(invalid_utf8_in_a_string_is_refused) {
  for (const std::string bytes : {"\xFF", "\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC0\xAF"}) {
    CAF_CHECK_EQUAL(verdict("[\"" + bytes + "\"]"), "invalid_utf8");
    CAF_CHECK_EQUAL(verdict("{\"" + bytes + "\":1}"), "invalid_utf8");
    CAF_CHECK(!nlohmann::json::accept("[\"" + bytes + "\"]"));
  }
}

CAF_TEST(bytes_outside_strings_are_refused_where_nlohmann_is_lenient) {
  CAF_CHECK_EQUAL(verdict("\xEF\xBB\xBF[]"), "malformed_json");
  CAF_CHECK_EQUAL(verdict(std::string_view("[]\0", 3)), "malformed_json");
  CAF_CHECK_EQUAL(verdict(std::string_view("\"\0\"", 3)), "malformed_json");
}

CAF_TEST(a_special_byte_is_seen_at_every_offset_of_a_word) {
  for (std::size_t i = 0; i < 40; ++i) {
    const auto with = [i](std::string_view middle) {
      std::string text = "\"";
      text.append(i, '!').append(middle).append(40 - i, '#').push_back('"');
      return verdict(text);
    };
    CAF_CHECK_EQUAL(with(""), "none");
    CAF_CHECK_EQUAL(with("\\n"), "none");
    CAF_CHECK_EQUAL(with("\xC3\xBC"), "none");
    CAF_CHECK_EQUAL(with("\xF0\xA2\xA2\xA2"), "none");
    CAF_CHECK_EQUAL(with("\""), "malformed_json");
    CAF_CHECK_EQUAL(with("\x1F"), "malformed_json");
    CAF_CHECK_EQUAL(with("\\x"), "malformed_json");
    CAF_CHECK_EQUAL(with("\xBC"), "invalid_utf8");
    CAF_CHECK_EQUAL(with("\xA2"), "invalid_utf8");
    CAF_CHECK_EQUAL(with("\x80"), "invalid_utf8");
    CAF_CHECK_EQUAL(with("\xFF"), "invalid_utf8");
  }
}

CAF_TEST(nesting_is_allowed_up_to_the_limit_and_not_beyond) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CAF_CHECK_EQUAL(verdict(nested(64)), "none");
  CAF_CHECK_EQUAL(verdict(nested(65)), "json_too_deep");
  CAF_CHECK_EQUAL(verdict(nested(2), 1), "json_too_deep");
  CAF_CHECK_EQUAL(verdict("[]", 0), "json_too_deep");
  CAF_CHECK_EQUAL(verdict("1", 0), "none");
  CAF_CHECK_EQUAL(verdict(nested(1024), 100'000), "none");
  CAF_CHECK_EQUAL(verdict(nested(1025), 100'000), "json_too_deep");
  CAF_CHECK_EQUAL(verdict(R"([{"a":[{"b":[]}]}])", 5), "none");
  CAF_CHECK_EQUAL(verdict(R"([{"a":[{"b":[]}]}])", 4), "json_too_deep");
}

CAF_TEST(a_hundred_thousand_open_brackets_cost_nothing) {
  CAF_CHECK_EQUAL(verdict(std::string(100'000, '[')), "json_too_deep");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  CAF_CHECK_EQUAL(verdict(objects), "json_too_deep");
}

CAF_TEST(many_siblings_are_not_depth) {
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) text += "[],{},";
  CAF_CHECK_EQUAL(verdict(text + "1]"), "none");
}

CAF_TEST(mutations_of_valid_texts_get_the_verdict_of_nlohmann) {
  std::mt19937 random(20240501);
  const std::string bytes = "[]{}\",:\\ue+-.019 tfn\x1F\x80\xC3\xBC\xED\xA0";
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = valid[random() % valid.size()];
    for (auto changes = random() % 3; changes != 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char byte = bytes[random() % bytes.size()];
      if (random() % 2 == 0)
        text[at] = byte;
      else if (random() % 2 == 0)
        text.insert(at, 1, byte);
      else
        text.erase(at, 1);
    }
    const bool expected = nlohmann::json::accept(text);
    accepted += expected ? 1 : 0;
    if ((verdict(text) == "none") != expected) CAF_ERROR("differs: " << text);
  }
  CAF_CHECK(accepted > 5'000 && accepted < 19'000);
}

CAF_TEST(surrogates_need_not_pair_as_in_javascript) {
  for (const std::string text : {R"("\uD83D\uDE00")", R"("\uD83D")", R"("\uDE00\uD83D")",
                                 R"("\uD83Dx")", R"(["\ud83d\n"])", R"({"\uD83D\u0041":1})"}) {
    CAF_CHECK_EQUAL(verdict(text), "none");
  }
  CAF_CHECK_EQUAL(verdict(R"("\uD83")"), "malformed_json");
  CAF_CHECK_EQUAL(verdict(R"("\uD83D\uD8")"), "malformed_json");
  CAF_CHECK_EQUAL(decoded(R"("a\uD83D")"), "a\xEF\xBF\xBD");
  CAF_CHECK_EQUAL(decoded(R"("\uDE00\uD83D\u0041")"),
                  "\xEF\xBF\xBD\xEF\xBF\xBD"
                  "A");
  CAF_CHECK_EQUAL(decoded(R"("\uD83D\n\uD83D\uDE00")"), "\xEF\xBF\xBD\n\xF0\x9F\x98\x80");
}

CAF_TEST(an_array_is_cut_into_its_elements) {
  CAF_CHECK(elements("[]").empty());
  CAF_CHECK(elements(" [ ] ").empty());
  CAF_CHECK_EQUAL(elements(R"(["a"])"), (std::vector<std::string>{R"("a")"}));
  CAF_CHECK_EQUAL(
      elements(R"( [ "a,]" , {"b":[1,2]} ,[3, [4]], -1.5 , null ] )"),
      (std::vector<std::string>{R"("a,]")", R"({"b":[1,2]})", "[3, [4]]", "-1.5", "null"}));
  CAF_CHECK_EQUAL(elements(R"(["\"","\\",",\\\","])"),
                  (std::vector<std::string>{R"("\"")", R"("\\")", R"(",\\\",")"}));
}

CAF_TEST(what_is_not_an_array_has_no_elements) {
  CAF_CHECK(elements("").empty());
  CAF_CHECK(elements("[").empty());
  CAF_CHECK(elements(R"({"a":1})").empty());
}

CAF_TEST(strings_are_decoded_as_nlohmann_decodes_them) {
  for (const std::string token :
       {R"("")", R"("plain")", R"("a\"b\\c\/d")", R"("\b\f\n\r\t")",
        R"("\u0041\u00e9\u20AC\ud83d\ude00")", R"("\u0000")", "\"\xC3\xBC\\n\""}) {
    CAF_CHECK_EQUAL(decoded(token), nlohmann::json::parse(token).get<std::string>());
  }
}

CAF_TEST(a_string_without_escapes_is_viewed_and_not_copied) {
  const std::string token = R"("plain")";
  std::string storage = "untouched";
  CAF_CHECK(decode_json_string(token, storage).data() == token.data() + 1);
  CAF_CHECK_EQUAL(storage, "untouched");
}

CAF_TEST(written_strings_are_read_back_as_they_were) {
  std::string all;
  for (int i = 0; i < 128; ++i) all.push_back(static_cast<char>(i));
  all += "\xC3\xBC\xF0\x9F\x98\x80";
  std::string token;
  append_json_string(token, all);
  CAF_CHECK_EQUAL(verdict(token), "none");
  CAF_CHECK_EQUAL(decoded(token), all);
  CAF_CHECK_EQUAL(nlohmann::json::parse(token).get<std::string>(), all);
}
