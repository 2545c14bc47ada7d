// What one socket is given, on its way to whatever transport carries it now.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include "delivery_log.hpp"
#include "event.hpp"
#include "ids.hpp"
#include "ports.hpp"

namespace reliable_signaler {

/// One event on its way to many: encoded once, named once, for all of them.
struct delivery {
  encoded_ptr packet;
  event_id id;
  /// When it is given; of no interest without recovery.
  delivery_rules::time_point at{};
  /// Whether a client that was away gets it later.
  bool replayed = true;
};

/// The write side of one socket (one client in one namespace). Rooms write to it directly, past the
/// connection actor. It belongs to the socket's session and may outlive a transport: while it is
/// bound to none, events go into its log only, if the rules keep one, and everything else is
/// dropped. Every member may be called from any thread and never blocks on anything but a short
/// lock. All who write see one order, which is the order the client gets.
class outbox : public caf::ref_counted {
public:
  /// @param charged_to of the network address whose client it is for, however long it lives and
  /// wherever that comes back from.
  outbox(std::string nsp, delivery_rules_ptr rules, session_port_ptr port,
         address_counts::account charged_to = {});
  ~outbox() override;

  const std::string& nsp() const noexcept { return nsp_; }
  const encoder& codec() const noexcept { return rules_->codec(); }

  /// One event, as all receivers of a fan-out get it.
  void deliver(const delivery& what);
  /// An event to this socket alone, encoded here. `replayed`: see delivery.
  void emit(const arguments& args, bool replayed = true);
  /// The same for what changes who the client is: behind a gap that is still to be told it waits
  /// until then, also where the log lets go of it.
  void insist(const arguments& args);
  /// An event that is never replayed, unless the client cannot take it now. Returns whether it was
  /// written.
  bool emit_if_ready(const arguments& args);
  /// Anything else: it makes sense to the present transport only, or not at all.
  void write(const encoded_ptr& packet);
  /// The same for a question to the client, behind a gap that is still to be told.
  void ask(const encoded_ptr& question);

  /// Whether this outbox takes bytes, with deliver(), or events, with take().
  virtual bool wants_bytes() const noexcept { return true; }
  virtual void take(const event_ptr& what, const event_id& id);
  /// The reader, who takes events, owns its room no longer.
  virtual void displaced();

  /// Whether write() now reaches a transport.
  bool bound() const;

  /// From now on writes to `port`; a null port unbinds. Returns the number of this binding: answers
  /// given to an earlier one are dropped.
  std::uint32_t bind(session_port_ptr port);
  std::uint32_t binding() const;

  /// Whether everything that came after the event with this name is still in the log.
  bool covers(std::string_view offset) const;
  /// Binds to `port` and gives it what came after that event, before anything newer. Returns what
  /// covers() would: if false, nothing has changed.
  bool resume(session_port_ptr port, std::string_view offset);

  /// Binds to `port` for a client that is to be told of a gap: it gets the answer to its CONNECT,
  /// the greeting, and the word of the gap before any event. `gap` is null when that is not known
  /// yet: then events are held back, in the log, until tell_gap(). Without effect on logs that keep
  /// nothing.
  void reopen(session_port_ptr port, const encoded_ptr& connected, const arguments& greeting,
              const arguments* gap);
  void tell_gap(const arguments& gap);

  /// Writes `packet` only if `binding` is still the present one: for answers, which make no sense
  /// to a client that has reconnected since. Behind a gap that is still to be told it waits, and
  /// the event that it answers counts as unfinished. Returns whether it was written, or
  /// will be unless the connection breaks first.
  bool answer(std::uint32_t binding, const encoded_ptr& packet);

private:
  /// A question to the client, the answer to one of its own, or an event that it must have, which
  /// came behind an untold gap.
  struct held {
    encoded_ptr packet;
    /// Of the event in the log that it comes before, or that it is.
    std::uint64_t position;
    in_flight credit = {};
    bool is_event = false;
  };
  /// The word of a gap that is still to come: its name, and where it stands in the log.
  struct untold {
    event_id id;
    std::uint64_t position;
    /// In their order. Other events stand in the log only.
    std::vector<held> others;
  };

  encoded_ptr log_own(const arguments& args, bool replayed);
  std::optional<std::size_t> find(std::string_view offset) const;
  void tell(const arguments& gap);
  bool is_open() const noexcept { return port_ && !untold_; }

  const std::string nsp_;
  const delivery_rules_ptr rules_;
  mutable std::mutex mutex_;
  session_port_ptr port_;
  delivery_log log_;
  std::unique_ptr<untold> untold_;
  std::uint32_t binding_ = 1;
};

using outbox_ptr = caf::intrusive_ptr<outbox>;

/// The right to answer one question of a client, at most once, from any thread: a value that can be
/// kept, copied and handed on to whoever has the answer. Empty when the client asked for none;
/// answering then does nothing. An answer after the socket is gone does nothing either.
class acknowledgement {
public:
  acknowledgement();
  acknowledgement(outbox_ptr box, std::uint64_t id);
  acknowledgement(const acknowledgement&);
  acknowledgement(acknowledgement&&) noexcept;
  acknowledgement& operator=(const acknowledgement&);
  acknowledgement& operator=(acknowledgement&&) noexcept;
  ~acknowledgement();

  explicit operator bool() const noexcept { return static_cast<bool>(state_); }

  /// Answers. Returns false, without effect, when it has been answered before, when the client has
  /// not asked, or is gone. (A lambda that once says `return ack.send(..)` has to return always.)
  bool send(const arguments& args) const;

  /// From now on nobody can answer: the client has cancelled its question.
  void revoke() const;

  /// Whether an answer can still be given.
  bool pending() const;
  /// Whether the question can still be answered, and nobody else has a copy of this beside `others`
  /// that the caller knows of.
  bool is_only_here(std::size_t others) const;

private:
  struct state;
  caf::intrusive_ptr<state> state_;
};

} // namespace reliable_signaler
