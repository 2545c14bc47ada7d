// One request that somebody outside answers: the way back to its connection.
#include "pending_request.hpp"

#include <utility>

#include "connection.hpp"
#include "http_channel.hpp"
#include "shard.hpp"

namespace reliable_signaler::net {

pending_request::pending_request(http_channel& channel)
    : loop_(&channel.owner().home().loop()), channel_(&channel) {}

void pending_request::answer(http_answer value) {
  {
    const std::lock_guard guard{mutex_};
    if (loop_ == nullptr || std::exchange(answered_, true)) return;
    if (!loop_->in_thread()) {
      // Under the lock: once the connection has let go of us its loop may end as well.
      loop_->post([self = pending_request_ptr{this}, value = std::move(value)]() mutable {
        self->deliver(std::move(value));
      });
      return;
    }
  }
  deliver(std::move(value));
}

bool pending_request::is_open() const {
  const std::lock_guard guard{mutex_};
  return loop_ != nullptr && !answered_;
}

void pending_request::detach() noexcept {
  const std::lock_guard guard{mutex_};
  loop_ = nullptr;
  channel_ = nullptr;
}

void pending_request::deliver(http_answer value) {
  http_channel* channel = nullptr;
  {
    const std::lock_guard guard{mutex_};
    channel = std::exchange(channel_, nullptr);
    loop_ = nullptr;
  }
  if (channel != nullptr) channel->on_exchange_answered(std::move(value));
}

} // namespace reliable_signaler::net
