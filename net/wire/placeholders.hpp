// Placeholders of binary attachments inside JSON. Internal, not installed.
#pragma once

#include <cstdint>
#include <string_view>

#include "error.hpp"

namespace reliable_signaler::wire {

/// Checks that validated JSON and `count` attachments (at most 64) belong together: every object
/// with
/// `"_placeholder": true` has a `"num"` below `count`, and every number below `count` occurs. One
/// attachment may be named more than once. Returns `none` or `bad_placeholder`.
wire_error check_placeholders(std::string_view json, std::uint32_t count);

} // namespace reliable_signaler::wire
