// Makes of an embedder's HTTP handler what the router asks. Beast stays behind it.
#pragma once

#include <memory>

namespace reliable_signaler::net {

class fallback_port;
struct http_fallback;

std::shared_ptr<const fallback_port> make_fallback(http_fallback of);

} // namespace reliable_signaler::net
