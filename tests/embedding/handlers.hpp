// What the sockets of the embedding program can do: every capability of the handler API, by events.
#pragma once

#include <atomic>
#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <mutex>
#include <vector>

#include "actors/namespaces.hpp"
#include "actors/outbox.hpp"

namespace reliable_signaler::net {
class server;
}

namespace embedding {

/// The namespaces `/`, `/guarded`, `/room-<number>`, `/faulty`, and, handled by an actor, `/actor`.
class handlers {
public:
  handlers(reliable_signaler::namespace_table& namespaces, caf::actor_system& system);

  handlers(const handlers&) = delete;
  handlers& operator=(const handlers&) = delete;
  /// Ends the actor.
  ~handlers();

  /// To be called before the server starts.
  void serve(reliable_signaler::net::server& server);

private:
  void speak(reliable_signaler::namespace_handlers& nsp);
  void acknowledge(reliable_signaler::namespace_handlers& nsp);
  void gather(reliable_signaler::namespace_handlers& nsp);
  void end(reliable_signaler::namespace_handlers& nsp);
  void guard(reliable_signaler::namespace_handlers& nsp);

  /// Answered from other threads than that of the socket.
  void keep(const reliable_signaler::acknowledgement& ack);
  void release();

  std::atomic<reliable_signaler::net::server*> server_{nullptr};
  caf::actor bot_;
  std::mutex mutex_;
  std::vector<reliable_signaler::acknowledgement> kept_; // guarded
};

} // namespace embedding
