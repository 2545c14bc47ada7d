// Bytes on their way to one socket: pieces of shared memory in order. It performs no I/O.
#pragma once

#include <sys/uio.h>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reliable_signaler::net {

/// A piece of immutable memory, and who keeps it alive.
struct chunk {
  caf::intrusive_ptr<const caf::ref_counted> owner;
  const char* data = nullptr;
  std::size_t size = 0; ///< bytes
};

/// A chunk that owns `bytes`.
chunk make_chunk(std::string bytes);

/// A first-in first-out queue of chunks. The bytes at its front do not move until they are
/// consumed, as a TLS layer that repeats a write needs it. Belongs to one thread.
class output_queue {
public:
  void push(chunk piece);

  /// Bytes not consumed yet.
  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return bytes_ == 0; }

  /// Describes the front of the queue for one `sendmsg`; returns how many entries are set.
  std::size_t gather(std::span<iovec> vectors) const noexcept;

  /// Copies the front of the queue, at most `room` bytes; returns how many.
  std::size_t copy(char* to, std::size_t room) const noexcept;

  /// The first `count` bytes are sent. Memory of a burst is given back when the queue is empty.
  void consume(std::size_t count) noexcept;

  void clear() noexcept;

private:
  /// Capacity that an empty queue keeps, in chunks.
  static constexpr std::size_t kept_chunks = 8;

  std::vector<chunk> chunks_;
  std::size_t head_ = 0;   // the first chunk that is not consumed
  std::size_t offset_ = 0; // bytes of it that are
  std::size_t bytes_ = 0;
};

} // namespace reliable_signaler::net
