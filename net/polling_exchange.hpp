// One polling request between the loop of its connection and the loop of its session. No HTTP
// parsing.
#pragma once

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>
#include <cstdint>

#include "http_response.hpp"
#include "io_loop.hpp"
#include "session_id.hpp"

namespace reliable_signaler::net {

class http_channel;

/// What happens to a polling request, in the order in which it can happen.
enum class polling_step : std::uint8_t {
  get,
  unfit,          ///< nothing that a session of this id would answer
  post_begin,     ///< before the body
  post_body,      ///< the body is there
  post_too_large, ///< the body is, or was announced to be, too long
  aborted,        ///< the client went away before it was answered
};

/// Made by the connection, kept by the session until it answers. One answer at most.
class polling_exchange final : public caf::ref_counted {
public:
  polling_exchange(io_loop& loop, http_channel& channel, const session_id& id)
      : session(id), loop_(loop), channel_(&channel) {}

  const session_id session;

  /// From the session's loop: the answer finds its way to the connection if that is still there.
  void answer(http_answer value);

  /// From the connection's loop: it takes no answer any more.
  void detach() noexcept { channel_ = nullptr; }

private:
  void deliver(http_answer value);

  io_loop& loop_;
  http_channel* channel_; // the connection's loop only
};

using polling_exchange_ptr = caf::intrusive_ptr<polling_exchange>;

} // namespace reliable_signaler::net
