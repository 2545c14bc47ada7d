// Whether a handler is running: it must not wait for connections.
#pragma once

namespace reliable_signaler {

/// Whether this thread is just running a connection actor, of any signaler, as it does in handlers
/// and in middleware.
bool in_handler() noexcept;

} // namespace reliable_signaler
