// One polling request between two loops: the way back.
#include "polling_exchange.hpp"

#include <utility>

#include "http_channel.hpp"

namespace reliable_signaler::net {

void polling_exchange::answer(http_answer value) {
  if (loop_.in_thread()) {
    deliver(std::move(value));
    return;
  }
  loop_.post([self = polling_exchange_ptr{this}, value = std::move(value)]() mutable {
    self->deliver(std::move(value));
  });
}

void polling_exchange::deliver(http_answer value) {
  if (channel_ == nullptr) return;
  auto* channel = std::exchange(channel_, nullptr);
  channel->on_exchange_answered(std::move(value));
}

} // namespace reliable_signaler::net
