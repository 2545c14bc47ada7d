// UTF-8 and base64 against published vectors.
#include <string>

#include "net/wire/text.hpp"

#define CAF_SUITE wire_text
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::wire;

namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::string decoded(std::string text) {
  const auto size = decode_base64_in_place(text.data(), text.size());
  return size ? text.substr(0, *size) : "refused";
}

} // namespace

CAF_TEST(valid_utf8_is_accepted_at_every_offset_of_a_word) {
  // The first and last code points of each length, around the surrogates, and the very last one.
  for (const std::string sample :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    for (std::size_t i = 0; i < 20; ++i) {
      const std::string text = std::string(i, 'a') + sample + std::string(20 - i, 'b');
      CAF_CHECK(is_valid_utf8(text));
    }
  }
  CAF_CHECK(is_valid_utf8(""));
  CAF_CHECK(is_valid_utf8(std::string_view("\0", 1)));
}

CAF_TEST(invalid_utf8_is_refused_at_every_offset_of_a_word) {
  // Lone tails, cut sequences, overlong forms, surrogates, past the last code point, never-used
  // bytes.
  for (const std::string sample :
       {"\x80", "\xBF", "\xC2", "\xC2\x41", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xE1\x80",
        "\xE1\x80\x41", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF1\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    for (std::size_t i = 0; i < 20; ++i) {
      CAF_CHECK(!is_valid_utf8(std::string(i, 'a') + sample + std::string(20 - i, 'b')));
      CAF_CHECK(!is_valid_utf8(std::string(i, 'a') + sample));
    }
  }
}

CAF_TEST(base64_encodes_the_vectors_of_rfc_4648) {
  CAF_CHECK_EQUAL(encoded(""), "");
  CAF_CHECK_EQUAL(encoded("f"), "Zg==");
  CAF_CHECK_EQUAL(encoded("fo"), "Zm8=");
  CAF_CHECK_EQUAL(encoded("foo"), "Zm9v");
  CAF_CHECK_EQUAL(encoded("foob"), "Zm9vYg==");
  CAF_CHECK_EQUAL(encoded("fooba"), "Zm9vYmE=");
  CAF_CHECK_EQUAL(encoded("foobar"), "Zm9vYmFy");
  CAF_CHECK_EQUAL(encoded("\xFB\xFF\xBF"), "+/+/");
}

CAF_TEST(base64_decodes_all_byte_values_at_all_lengths) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes.push_back(static_cast<char>(i));
    CAF_CHECK_EQUAL(decoded(encoded(bytes)), bytes);
  }
  CAF_CHECK_EQUAL(decoded(""), "");
}

CAF_TEST(base64_that_is_not_canonical_is_refused) {
  for (const std::string text : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "====", "Z===", "Zh==", "Zm9=",
                                 "Zm 8", "Zm-_", "Zg==Zg==", "Zm9v\n", "Zm9vZ\xFF==", "Zm=v"}) {
    CAF_CHECK_EQUAL(decoded(text), "refused");
  }
}

CAF_TEST(numbers_are_written_in_plain_digits) {
  std::string out = "a";
  append_decimal(out, 0);
  append_decimal(out, 18'446'744'073'709'551'615u);
  CAF_CHECK_EQUAL(out, "a018446744073709551615");
}
