// The web client inside the binary: its files as a table. Made from web/dist while building.
#pragma once

#include <span>

#include "static_files.hpp"

namespace reliable_signaler::net {

/// The browser script, the stock Socket.IO client and the demos, by path; empty if they were not
/// there when this was built. Whoever links `reliable_signaler::web` serves them so:
/// `server.set_files(make_built_in_source(web_files()))`.
std::span<const built_in_file> web_files() noexcept;

} // namespace reliable_signaler::net
