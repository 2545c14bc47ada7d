// What a request is for: decisions from its head. They answer it or hand it on.
#pragma once

namespace reliable_signaler::net {

class http_channel;

/// Any request of any connection. Either it is answered before this returns, or it was handed on.
void route(http_channel& channel);

/// Requests to the path of Engine.IO: preflights, polling, upgrades.
void route_engine_io(http_channel& channel);

/// `ok` while the server runs: for load balancers and supervisors.
void answer_health(http_channel& channel);

/// Requests on the admin listener.
void route_admin(http_channel& channel);

} // namespace reliable_signaler::net
