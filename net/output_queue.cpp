// Bytes on their way to one socket: the queue behind every write.
#include "output_queue.hpp"

#include <algorithm>
#include <caf/make_counted.hpp>
#include <cstring>

namespace reliable_signaler::net {

namespace {

class owned_bytes final : public caf::ref_counted {
public:
  explicit owned_bytes(std::string x) : bytes(std::move(x)) {}
  const std::string bytes;
};

} // namespace

chunk make_chunk(std::string bytes) {
  auto owner = caf::make_counted<owned_bytes>(std::move(bytes));
  const auto* data = owner->bytes.data();
  const auto size = owner->bytes.size();
  return {std::move(owner), data, size};
}

void output_queue::push(chunk piece) {
  if (piece.size == 0) return;
  bytes_ += piece.size;
  chunks_.push_back(std::move(piece));
}

std::size_t output_queue::gather(std::span<iovec> vectors) const noexcept {
  std::size_t used = 0;
  for (auto i = head_; i < chunks_.size() && used < vectors.size(); ++i, ++used) {
    const auto skip = used == 0 ? offset_ : 0;
    // sendmsg only reads; its interface predates const.
    vectors[used].iov_base = const_cast<char*>(chunks_[i].data) + skip;
    vectors[used].iov_len = chunks_[i].size - skip;
  }
  return used;
}

std::size_t output_queue::copy(char* to, std::size_t room) const noexcept {
  std::size_t copied = 0;
  for (auto i = head_; i < chunks_.size() && copied < room; ++i) {
    const auto skip = i == head_ ? offset_ : 0;
    const auto count = std::min(chunks_[i].size - skip, room - copied);
    std::memcpy(to + copied, chunks_[i].data + skip, count);
    copied += count;
  }
  return copied;
}

void output_queue::consume(std::size_t count) noexcept {
  bytes_ -= count;
  if (bytes_ == 0) {
    clear();
    return;
  }
  while (count >= chunks_[head_].size - offset_) {
    count -= chunks_[head_].size - offset_;
    chunks_[head_++].owner = nullptr;
    offset_ = 0;
  }
  offset_ += count;
  // What is consumed must not pile up under a reader that never lets the queue run empty.
  if (head_ > 64 && head_ > chunks_.size() / 2) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

void output_queue::clear() noexcept {
  if (chunks_.capacity() > kept_chunks)
    std::vector<chunk>{}.swap(chunks_);
  else
    chunks_.clear();
  head_ = offset_ = bytes_ = 0;
}

} // namespace reliable_signaler::net
