// One Socket.IO client: connects to the main namespace, emits, hears. No rooms, no statistics.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transport.hpp"

namespace reliable_signaler::bench {

class client;

/// Who uses a client. It may part in any of these; to destroy it there, give it to `reactor::bury`.
class client_user {
public:
  client_user() = default;
  client_user(const client_user&) = delete;
  client_user& operator=(const client_user&) = delete;
  virtual ~client_user() = default;
  /// The server has accepted it; events may be emitted.
  virtual void on_connected(client&) {}
  /// The JSON array of an event, as text.
  virtual void on_event(client&, std::string_view /*arguments*/) {}
  /// The JSON array of an acknowledgement, as text.
  virtual void on_answer(client&, std::uint64_t /*id*/, std::string_view /*arguments*/) {}
  /// The connection is over, and not because this side ended it hard.
  virtual void on_gone(client&, const std::string& /*reason*/) {}
};

/// What state recovery needs of the connection before.
struct recovery_state {
  std::string pid;
  std::string offset;
};

class client final : public disposable, private transport_user {
public:
  /// Begins to connect. With `resume` it asks the server to recover that session, and keeps track
  /// of offsets as the stock client does; `track_offsets` asks for the latter alone.
  client(load_context load, const endpoint& server, transport_kind kind, client_user& user,
         const recovery_state* resume = nullptr, bool track_offsets = false);

  void emit(const packet& what) { transport_->send(what); }
  void part(parting how);

  bool is_connected() const noexcept { return connected_; }
  /// What this client would show to be recovered; the pid is empty when the server has no recovery.
  const recovery_state& recovery() const noexcept { return recovery_; }
  /// True when the server recovered the session that `resume` named.
  bool recovered() const noexcept { return recovered_; }
  /// For its user: which of many it is.
  std::size_t index = 0;

private:
  void on_packet(std::string_view text) override;
  void on_gone(const std::string& reason) override;
  void on_message(std::string_view text);
  void on_connect(std::string_view payload);
  void note_offset(std::string_view arguments);

  client_user& user_;
  recovery_state recovery_;
  bool track_offsets_;
  bool connected_ = false;
  bool recovered_ = false;
  std::unique_ptr<transport> transport_;
};

/// The text of a JSON string member, as far as it holds no escapes; empty when it is not there.
std::string_view string_member(std::string_view json, std::string_view name);

} // namespace reliable_signaler::bench
