// What the server says of itself, and of the session, right after CONNECT. Sends nothing.
#pragma once

#include "context.hpp"
#include "event.hpp"
#include "socket_session.hpp"

namespace reliable_signaler {

/// The arguments of `signaler-hello`. It also gives a socket that hears nothing else an offset, so
/// that a stock client can recover.
/// @param recovered the client has its session and its seats again.
/// @param token what proves the id later, or "".
arguments make_hello(const signaler_context& context, const socket_session& session, bool recovered,
                     std::string_view token);

} // namespace reliable_signaler
