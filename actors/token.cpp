// Signing and reading of tokens.
#include "token.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <span>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace reliable_signaler {

namespace {

// version and kind, who, epoch, generation, issued, expires, name of the secret, signature
constexpr std::size_t fields = 8;
constexpr std::string_view version = "1";

std::string prefix(token::kind what) {
  return std::string{version} + (what == token::kind::hello ? "h" : "r");
}

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const auto byte : bytes) {
    result.push_back(digits[byte >> 4]);
    result.push_back(digits[byte & 15]);
  }
  return result;
}

std::string hmac(const std::string& secret, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes, text.size(),
           digest.data(), &size)
      == nullptr)
    std::abort();
  return to_hex(std::span{digest}.first(size));
}

std::string body(const token& x, const std::string& secret_name) {
  auto result = prefix(x.what);
  result.append(".").append(x.who.view());
  result.append(".").append(epoch_text(x.epoch));
  result.append(".").append(std::to_string(x.generation));
  result.append(".").append(std::to_string(x.issued));
  result.append(".").append(std::to_string(x.expires));
  result.append(".").append(secret_name);
  return result;
}

template <class Number>
bool read_number(std::string_view text, Number& out, int base = 10) {
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, out, base);
  return error == std::errc{} && stopped == end;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> result;
  while (result.size() < fields) {
    const auto dot = text.find('.');
    result.push_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return result;
    text.remove_prefix(dot + 1);
  }
  return {}; // too many
}

// All but namespace and room, which are not in it. Not verified.
std::optional<token> parse(const std::vector<std::string_view>& parts, token::kind what) {
  if (parts.size() != fields || parts[0] != prefix(what)) return std::nullopt;
  token result;
  result.what = what;
  if (parts[1].size() != public_id::length) return std::nullopt;
  std::copy(parts[1].begin(), parts[1].end(), result.who.characters.begin());
  if (!read_number(parts[2], result.epoch, 36) || !read_number(parts[3], result.generation)
      || !read_number(parts[4], result.issued) || !read_number(parts[5], result.expires))
    return std::nullopt;
  return result;
}

} // namespace

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

token_signer::token_signer(std::string secret)
    : secret_(std::move(secret)),
      secret_name_(hmac(secret_, "name of the secret").substr(0, secret_name_length)) {}

// Lengths in front: no two different tokens are the same text.
std::string token_signer::mac(const token& x) const {
  auto text = body(x, secret_name_);
  for (const auto& field : {x.nsp, x.room})
    text.append("|").append(std::to_string(field.size())).append(":").append(field);
  return hmac(secret_, text);
}

std::string token_signer::sign(const token& x) const {
  return body(x, secret_name_) + "." + mac(x);
}

std::optional<token> token_signer::read(std::string_view text, token::kind what,
                                        std::string_view nsp, std::string_view room,
                                        std::int64_t now) const {
  const auto parts = split(text);
  auto result = parse(parts, what);
  if (!result || parts[6] != secret_name_) return std::nullopt;
  result->nsp = nsp;
  result->room = room;
  if (!same_secret(parts[7], mac(*result)) || now >= result->expires) return std::nullopt;
  return result;
}

bool token_signer::has_signed(std::string_view text, token::kind what) const {
  const auto parts = split(text);
  return !parse(parts, what) || parts[6].size() != secret_name_length || parts[6] == secret_name_;
}

} // namespace reliable_signaler
