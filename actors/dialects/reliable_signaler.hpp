// The vocabulary of the npm package `reliable-signaler`, as handlers on the public handler API.
#pragma once

#include "../namespaces.hpp"

namespace reliable_signaler {

/// Registers in one namespace, which gets a lobby if the server allows one:
/// - `keep-in-server` roomid, ack?: opens the room; ack().
/// - `keep-session` roomid: the same, without an answer.
/// - `get-session-info` roomid, ack?: asks for the room; ack(roomid) as soon as it is open.
/// - `message` anything: goes to everybody else in the sender's rooms.
///
/// Refusals never travel in these acknowledgements, since an old page would read an error as a room
/// id: the question stays unanswered and the socket gets `signaler-error {event, room?, code,
/// message}`, see refusal.hpp for the codes.
void install_reliable_signaler(namespace_handlers& handlers);

} // namespace reliable_signaler
