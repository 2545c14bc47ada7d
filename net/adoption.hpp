// Begins a connection on what an embedder's own server has accepted. Asio and Beast stay behind it.
#pragma once

#include <string>

namespace reliable_signaler::net {

class accepted_stream;
class shard;

class adoption {
public:
  /// From any thread: the connection begins on `home` soon. One sentence if it cannot, else empty.
  static std::string begin(shard& home, accepted_stream&& stream);
};

} // namespace reliable_signaler::net
