// What is asked of everything that is registered: the mistakes that show at once. Internal.
#pragma once

#include <stdexcept>

#include "json_arguments.hpp"

namespace reliable_signaler {

template <class Handler>
void require(const Handler& handler) {
  if (!handler) throw std::invalid_argument("a handler is empty");
}

} // namespace reliable_signaler
