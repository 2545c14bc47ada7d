// One request that somebody outside answers, from whatever thread, between its connection and him.
// No Beast.
#pragma once

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "http_response.hpp"
#include "io_loop.hpp"

namespace reliable_signaler::net {

class http_channel;

/// Made by the connection when it has read the head. One answer at most; it finds its way to the
/// connection if that is still there, even if the server has gone meanwhile.
class pending_request : public caf::ref_counted {
public:
  explicit pending_request(http_channel& channel);

  /// How long the answer may take once the request is complete.
  virtual std::chrono::milliseconds deadline() const noexcept = 0;
  /// The request is complete. It may be answered before this returns.
  virtual void complete(std::string body) = 0;
  /// The answer that the client gets when the deadline has passed.
  virtual http_answer overdue() = 0;

  /// Any thread.
  void answer(http_answer value);
  /// Whether an answer would still reach the connection. Any thread.
  bool is_open() const;

  /// From the connection's loop: it takes no answer any more.
  void detach() noexcept;

private:
  void deliver(http_answer value);

  mutable std::mutex mutex_;
  // All guarded. The pointers are null when the answer has arrived or the connection is gone, and
  // with it perhaps the loop.
  io_loop* loop_;
  http_channel* channel_;
  bool answered_ = false; // the answer may still be on its way
};

using pending_request_ptr = caf::intrusive_ptr<pending_request>;

/// Who answers what is outside our own paths.
class fallback_port {
public:
  virtual ~fallback_port() = default;
  /// Bytes of a request's body; longer ones are refused with 413.
  virtual std::size_t max_body() const noexcept = 0;
  /// Takes the head of the channel's present request.
  virtual pending_request_ptr begin(http_channel& channel) const = 0;
};

} // namespace reliable_signaler::net
