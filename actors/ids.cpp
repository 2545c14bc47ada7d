// Random names from the operating system's generator, as base64url.
#include "ids.hpp"

#include <cstdlib>
#include <iterator>

#include <openssl/rand.h>

namespace reliable_signaler {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// 16 bytes of OpenSSL's generator cost a call of about a microsecond, most of it for the call
// itself, so each thread draws a block at a time.
class random_block {
public:
  std::uint8_t next() {
    if (used_ == bytes_.size()) {
      if (RAND_bytes(bytes_.data(), static_cast<int>(bytes_.size())) != 1) std::abort();
      used_ = 0;
    }
    // What has been handed out must not stay behind in memory: it may be a secret.
    const auto result = bytes_[used_];
    bytes_[used_++] = 0;
    return result;
  }

private:
  std::array<std::uint8_t, 240> bytes_{};
  std::size_t used_ = 240;
};

std::uint8_t random_byte() {
  thread_local random_block block;
  return block.next();
}

// One character for each six bits of the source, the last one padded with zero bits.
template <class Output>
void write_base64url(std::size_t bytes, Output out) {
  std::uint32_t bits = 0;
  unsigned pending = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    bits = (bits << 8) | random_byte();
    pending += 8;
    while (pending >= 6) {
      pending -= 6;
      *out++ = alphabet[(bits >> pending) & 63];
    }
  }
  if (pending > 0) *out++ = alphabet[(bits << (6 - pending)) & 63];
}

} // namespace

public_id make_public_id() {
  public_id result;
  write_base64url(public_id::length * 3 / 4, result.characters.begin());
  return result;
}

std::string make_secret(std::size_t bytes) {
  std::string result;
  result.reserve((bytes * 4 + 2) / 3);
  write_base64url(bytes, std::back_inserter(result));
  return result;
}

} // namespace reliable_signaler
