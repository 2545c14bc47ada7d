// Fuzz target: the JSON scanner against nlohmann's parser. Verdicts, elements and strings must
// agree.
#include <nlohmann/json.hpp>
#include <string>

#include "fuzz_support.hpp"
#include "net/wire/json_scan.hpp"
#include "net/wire/limits.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

// Both are read leniently by nlohmann: a byte order mark is skipped, a NUL byte ends the text.
bool is_lenient_case(std::string_view text) {
  return text.starts_with('\xEF') || text.find('\0') != std::string_view::npos;
}

// Escapes of surrogates are replaced by harmless ones: nlohmann wants them in pairs, we do not.
std::string without_surrogates(std::string_view text) {
  std::string result(text);
  for (std::size_t i = 0; i + 5 < result.size(); ++i) {
    if (result[i] != '\\') continue;
    ++i;
    const bool is_surrogate =
        result[i] == 'u' && (result[i + 1] == 'd' || result[i + 1] == 'D')
        && std::string_view("89abcdefABCDEF").find(result[i + 2]) != std::string_view::npos;
    if (is_surrogate) result[i + 1] = '0';
  }
  return result;
}

void compare_elements(std::string_view text, const nlohmann::json& parsed) {
  json_array_reader elements(text);
  std::size_t count = 0;
  for (std::string_view element; elements.next(element); ++count) {
    check(count < parsed.size());
    check(element.data() >= text.data());
    check(element.data() + element.size() <= text.data() + text.size());
    check(element == trim_json(element));
    check(nlohmann::json::parse(element) == parsed[count]);
  }
  check(count == parsed.size());
}

void compare_string(std::string_view text, const std::string& parsed) {
  std::string storage;
  check(decode_json_string(trim_json(text), storage) == parsed);
  std::string written;
  append_json_string(written, parsed);
  check(validate_json(written, 0) == wire_error::none);
  check(nlohmann::json::parse(written).get<std::string>() == parsed);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  const wire_error verdict = validate_json(text, 64);
  if (verdict == wire_error::json_too_deep || is_lenient_case(text)) return 0;
  const bool valid = verdict == wire_error::none;
  check(valid == nlohmann::json::accept(without_surrogates(text)));
  check(validate_json(text, json_depth_ceiling) == verdict);
  if (!valid) return 0;
  const auto parsed = nlohmann::json::parse(text, nullptr, false);
  if (parsed.is_array()) compare_elements(text, parsed);
  if (parsed.is_string()) compare_string(text, parsed.get<std::string>());
  return 0;
}
