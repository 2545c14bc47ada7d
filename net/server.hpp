// A signaling server to embed: options, an actor system and handlers in, a listening socket out.
#pragma once

#include <caf/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../actors/broadcast.hpp"
#include "../actors/namespaces.hpp"
#include "../actors/stats.hpp"
#include "log.hpp"
#include "server_options.hpp"

namespace reliable_signaler::net {

class file_source;
class accepted_stream;
struct http_fallback;

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
/// If the actor system runs on `io_scheduler` the server shares its threads (and
/// server_options::threads counts for nothing) and binds each connection's actor to the thread of
/// its socket. Under any other scheduler it has threads of its own for the sockets, and its actors
/// float.
///
/// The fallback runs on the threads of the sockets, handlers and middleware on those of the actor
/// system; neither must block them. What they refer to must live until `stop` has returned.
///
/// No member may be called from an actor or from one of the I/O threads, and none at the same time
/// as another one, unless it says so. In a handler, in an actor that is not detached, and on an I/O
/// thread, where they would wait for themselves, `start` and `stop` throw std::logic_error, and the
/// destructor of a server that runs ends the process. (A handler that wants the server to stop
/// tells so a thread of the program's.)
///
/// It may be a static object if its actor system is never destroyed, as with a reference to what
/// `new` has made. An actor system that is a static object, and so a server with one of its own,
/// ends the program by an error in CAF 0.17, which keeps something for the main thread that is gone
/// by then.
class server {
public:
  /// `system` must outlive the server. `namespaces` is given away: registering handlers in it later
  /// throws.
  server(server_options options, caf::actor_system& system, namespace_table namespaces,
         logger log = {});
  /// With an actor system of its own, whose threads are running from now until the end of the
  /// destructor: as many as server_options::threads says, under server_options::scheduler. (CAF's
  /// own options stay at their defaults.)
  server(server_options options, namespace_table namespaces, logger log = {});
  /// Stops. If the actor system is the server's own this waits for all actors in it, so those that
  /// the embedder has spawned there must have been told to end.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Files to be served when server_options::web_root names none, see static_files.hpp and
  /// web_files.hpp. Throws std::logic_error while the server runs.
  void set_files(std::shared_ptr<file_source> files);

  /// Who answers HTTP requests that are outside server_options::path, `/healthz` and the files
  /// that are served, instead of 404; see http_fallback.hpp. An empty handler means
  /// nobody again. Throws std::logic_error while the server runs, and std::invalid_argument for a
  /// deadline out of its bounds.
  void set_fallback(http_fallback fallback);

  /// Begins to listen, unless server_options::listen says no. Returns nothing if that worked; else
  /// (an option out of its bounds, a file that cannot be used, a busy port) nothing has changed,
  /// and it may be tried again. Also after `stop`: then with the same options and handlers, but
  /// without anything of the life before. Throws std::logic_error while the server runs.
  std::optional<start_failure> start();

  /// The port that was bound, after `start`; 0 if the server does not listen. Any thread.
  std::uint16_t port() const noexcept;
  /// The port of the admin listener, or 0 if there is none. Any thread.
  std::uint16_t admin_port() const noexcept;

  /// Goes on with a connection that the embedder has accepted, and perhaps read from: see
  /// accepted_stream.hpp. The request that comes next on it is usually one for
  /// server_options::path; then the upgrade, or the answer to the poll, is the server's. From now
  /// on the connection is, with everything that comes on it: a client that keeps it alive may send
  /// requests for other paths, which go to the fallback or are answered with 404.
  ///
  /// Returns one sentence if it cannot be taken (the server does not run; see
  /// accepted_stream::error), in which case the connection is closed. Counts as one of
  /// server_options::max_connections. Any thread, also an I/O thread, at any time between the
  /// server's constructor and destructor.
  std::optional<std::string> take(accepted_stream stream);

  /// Refuses new sessions (503), tells those that there are, closes them politely, and returns when
  /// they and their actors are gone: within server_options::drain_limit, of which all but 1 s
  /// is for clients to poll or to read once more. What is left then is cut off. The port stays open
  /// as long as there is a session. Idempotent.
  void stop();

  // -- the actors: from the constructor until `stop`, and again after `start`. Any thread ---------

  /// The system that the actors run in.
  caf::actor_system& system() const noexcept;
  /// To be asked for rooms, see messages.hpp. Another one after a restart.
  const room_registry_actor& registry() const noexcept;
  /// To everyone in `nsp`, to be narrowed; see broadcast.
  broadcast everyone_in(std::string nsp) const;
  /// What is alive now.
  const stats& counters() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace reliable_signaler::net
