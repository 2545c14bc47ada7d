// UTF-8 and base64: checks and conversions of bytes. No packets, no JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace reliable_signaler::wire {

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past
/// U+10FFFF.
bool is_valid_utf8(std::string_view text) noexcept;

/// Appends `bytes` to `out` as base64 with padding (RFC 4648, section 4).
void append_base64(std::string& out, std::string_view bytes);

/// Decodes base64 in place: the result is written to the front of the `size` bytes at `data`.
/// Accepts only what `append_base64` makes (padded, no stray bits); returns the number of bytes
/// written, or nothing if the text is not base64 (the bytes are unspecified then).
std::optional<std::size_t> decode_base64_in_place(char* data, std::size_t size) noexcept;

} // namespace reliable_signaler::wire
