// The vocabulary of the npm package `reliable-signaler`, as handlers on the public handler API.
#pragma once

#include "../namespaces.hpp"

namespace reliable_signaler {

/// Registers in one namespace, which gets a lobby if the server allows one:
/// - `keep-in-server` roomid, ack?: opens the room; ack().
/// - `keep-session` roomid: the same, without an answer.
/// - `get-session-info` roomid, ack?: asks for the room; ack(roomid) as soon as it is open.
/// - `leave-room` roomid, ack?: gives up the seat or the question; ack({ok: true}).
/// - `cancel-wait` roomid, ack?: gives up the question alone; ack({ok: true}).
/// - `message` anything: goes to everybody else in the sender's rooms.
///
/// Clients that have announced themselves hear `{ok: true, room, role, token?}` instead, or
/// `{ok: false, error: {code, message}}`, and may show the token of a room they have owned as
/// `{token}` behind its id. To all others refusals never travel in these acknowledgements, since an
/// old page would read an error as a room id: the question stays unanswered and the socket gets
/// `signaler-error {event, room?, code, message}`, see refusal.hpp for the codes.
void install_reliable_signaler(namespace_handlers& handlers);

} // namespace reliable_signaler
