// An HTTP server of the embedder's own, which hands over what it does not answer itself.
#pragma once

#include <memory>

#include "net/log.hpp"
#include "net/server.hpp"
#include "net/server_options.hpp"

/// Listens where `options` say, with TLS if they name a certificate, on one thread.
class front {
public:
  front(const reliable_signaler::net::server_options& options,
        const reliable_signaler::net::logger& log);
  front(const front&) = delete;
  front& operator=(const front&) = delete;
  ~front();

  /// Begins to accept, for `server`.
  void run(reliable_signaler::net::server& server);
  void stop();

private:
  struct state;
  std::unique_ptr<state> state_;
};
