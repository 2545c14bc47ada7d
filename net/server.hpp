// A signaling server to embed: options, an actor system and handlers in, a listening socket out.
#pragma once

#include <caf/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../actors/namespaces.hpp"
#include "log.hpp"
#include "server_options.hpp"

namespace reliable_signaler::net {

class file_source;

/// Why a server does not start.
struct start_failure {
  /// One sentence without a line break.
  std::string text;
  /// It is an option or a file that an option names; otherwise the machine does not let us, as when
  /// the port is busy.
  bool in_options = false;
};

/// One server. Several may live in one process, also in one actor system. It parses no arguments,
/// handles no signals, prints nothing and ends no process; what it has to say goes to the logger.
///
/// If the actor system runs on `io_scheduler` the server shares its threads and binds each
/// connection's actor to the thread of its socket. Under any other scheduler it has threads of its
/// own for the sockets and its actors float.
///
/// No member may be called from an actor or from one of the I/O threads.
class server {
public:
  /// `system` must outlive the server.
  server(server_options options, caf::actor_system& system, namespace_table namespaces,
         logger log = {});
  /// Stops.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Files to be served when server_options::web_root names none, see static_files.hpp and
  /// web_files.hpp. Before `start`.
  void set_files(std::shared_ptr<file_source> files);

  /// Begins to listen. Returns nothing if that worked. To be called once.
  std::optional<start_failure> start();

  /// The port that was bound, after `start`; never 0.
  std::uint16_t port() const noexcept;
  /// The port of the admin listener, or 0 if there is none.
  std::uint16_t admin_port() const noexcept;

  /// Stops to accept, closes all sessions politely, and returns when they are gone: within about
  /// three seconds, since what is left then is cut off. Idempotent.
  void stop();

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace reliable_signaler::net
