// One loop's share of one server: its sessions, its connections, its counters. No socket of its
// own.
#pragma once

#include <boost/intrusive/list.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "connection.hpp"
#include "io_loop.hpp"
#include "polling_exchange.hpp"
#include "server_context.hpp"
#include "session.hpp"
#include "session_id.hpp"
#include "wire/engine_session.hpp"
#include "wire/socket_io_session.hpp"

namespace reliable_signaler::net {

/// Everything of one server that belongs to one thread; nothing in it is shared or locked. Members
/// are for the loop's own thread unless they say otherwise. Kept alive by its sessions and
/// connections.
class shard final : public caf::ref_counted {
public:
  shard(std::shared_ptr<server_context> server, io_loop& loop, std::size_t index);
  ~shard() override;

  /// Any thread.
  io_loop& loop() const noexcept { return loop_; }
  server_context& server() const noexcept { return *server_; }
  std::size_t index() const noexcept { return index_; }
  shard_counters& counters() const noexcept { return server_->counters[index_]; }

  /// The shard where the session of this id lives, or null if there cannot be one. Any thread.
  shard* home_of(const session_id& id) const noexcept;

  /// A new session under a new id; its actor is spawned.
  session_ptr open_session(wire::transport first, handshake_ptr handshake);
  /// Null if there is none, or none any more.
  session_ptr find(const session_id& id) const;
  void forget(const session_id& id);

  /// Hands a polling request to its session, wherever that lives; the answer goes to the exchange.
  /// Any thread.
  void route(polling_step step, polling_exchange_ptr exchange, std::string body = {});

  /// A connection has begun; it is kept until it says `remove`.
  void add(connection& x);
  void remove(connection& x);

  /// Begins to close all sessions. Clients that understand it are told to come back at `when`.
  void drain(const drain_connection& when);
  /// Closes the connections on which nothing is under way; the others close by themselves.
  void end_idle();
  /// What is still there after the time for a polite end is cut off.
  void cut_off();

  /// Scratch for one call into a session machine. Nested calls get one of their own.
  class action_lease {
  public:
    explicit action_lease(shard& owner) : owner_(owner) { actions.swap(owner.actions_); }
    ~action_lease() {
      actions.clear();
      actions.swap(owner_.actions_);
    }
    action_lease(const action_lease&) = delete;
    action_lease& operator=(const action_lease&) = delete;

    wire::engine_actions actions;

  private:
    shard& owner_;
  };

  /// Scratch for one message from a client; never nested.
  wire::incoming& incoming() noexcept { return incoming_; }

private:
  void perform(polling_step step, const polling_exchange_ptr& exchange, std::string body);

  const std::shared_ptr<server_context> server_;
  io_loop& loop_;
  const std::size_t index_;
  std::unordered_map<session_id, session_ptr, session_id_hash> sessions_;
  boost::intrusive::list<connection, boost::intrusive::base_hook<connection_hook>,
                         boost::intrusive::constant_time_size<false>>
      connections_;
  wire::engine_actions actions_;
  wire::incoming incoming_;
};

using shard_ptr = caf::intrusive_ptr<shard>;

} // namespace reliable_signaler::net
