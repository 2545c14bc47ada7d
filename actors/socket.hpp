// One client in one namespace, as its handlers see it.
#pragma once

#include <any>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broadcast.hpp"
#include "event.hpp"
#include "lobby_gate.hpp"
#include "namespaces.hpp"
#include "refusal.hpp"
#include "socket_ref.hpp"
#include "socket_session.hpp"
#include "token.hpp"

namespace reliable_signaler {

class connection;
class own_handlers;
struct gap_to_tell;

/// Takes a client's answer, or null; see socket::emit().
using answer_handler = std::function<void(socket& s, const arguments* answer)>;

/// Lives inside the connection actor; a reference is valid while a handler runs. Not thread-safe:
/// ref() gives out what other threads may use. Nothing here blocks. (Beside <sys/socket.h>, which
/// Asio includes, and a using-directive write `reliable_signaler::socket`, for POSIX has a function
/// of that name.)
class socket {
public:
  /// Made by the connection only.
  socket(connection& owner, const namespace_handlers& handlers, socket_session session,
         lobby_gate* gate, bool recovered);
  ~socket();
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  const public_id& id() const noexcept { return session_.id; }
  const std::string& nsp() const noexcept { return session_.nsp; }
  const handshake& request() const noexcept;
  /// False from the moment the socket begins to go: for the handlers of on_disconnecting and
  /// on_disconnect, for questions that fail with it, and for what a handler does after it has
  /// disconnected. Then nothing reaches the client any more, and nothing can be asked.
  bool connected() const noexcept { return connected_; }
  /// Whether this is the socket of a client that has come back: id, rooms and data are what they
  /// were, handlers of its own and unanswered questions are gone.
  bool recovered() const noexcept { return recovered_; }
  /// Whatever the embedder wants to keep with this socket; what middleware left in its attempt is
  /// in it.
  std::any& data() noexcept { return session_.data; }
  /// Whether the client speaks our extension: refusals may then go into its acknowledgements.
  bool announced() const noexcept { return session_.announced; }
  /// A handle that may leave this thread.
  socket_ref ref() const;

  // -- handlers of this socket alone, after those of its namespace; see handler_set. One that is
  // added by a handler hears the next event. They throw as handler_set does

  void on(const std::string& event, event_handler handler);
  /// Runs for the next such event, then never again.
  void once(const std::string& event, event_handler handler);
  void on_any(event_handler handler);
  void on_disconnecting(disconnect_handler handler);
  void on_disconnect(disconnect_handler handler);

  // -- sending. `args` is a whole argument array, the event's name first: see make_event()

  /// Sends an event to this client. Those of one socket arrive in order, once, or the connection
  /// ends: also when more than server_options::max_outbound_bytes wait for a client that does not
  /// read. Against what others send to the same client there is no order.
  void emit(const arguments& args);
  /// The same, unless the connection cannot take it now: then it is dropped. That is so while what
  /// was sent before waits for the client to read, or to poll, and while more than a quarter of
  /// server_options::max_outbound_bytes has been emitted in one go. Returns whether it was sent.
  bool emit_volatile(const arguments& args);
  /// Asks this client. `answered` runs once, as a handler does and never inside this call: with the
  /// answer, or with null when it has not come in time, when the socket goes, or when
  /// limits::unanswered_per_socket questions are open already. With a timeout of more than
  /// longest_time (milliseconds::max(), for one) it waits as long as the socket lives; with one of
  /// 0 or less it fails at once.
  ///
  /// Returns whether that is so: false, and `answered` will not run, when the socket has gone, see
  /// connected(). So who asks again when there is no answer comes to an end. Throws
  /// std::invalid_argument when `answered` is empty.
  bool emit(const arguments& args, std::chrono::milliseconds timeout, answer_handler answered);

  /// To the sockets in that room, this one excepted, which need not sit in it itself. Empty, too
  /// long or unknown ids are rooms with nobody in them.
  broadcast to(std::string room_id) const;
  /// To that socket of the namespace, as a private message; see broadcast::to.
  broadcast to(const public_id& who) const;
  /// To all other sockets of the namespace.
  broadcast everyone_else() const;

  // -- rooms: at most limits::rooms_per_socket. What cannot be granted runs `refused(socket, why)`
  // if that is not empty, and leaves `ack` unanswered, for `refused` to answer. It runs later, as a
  // handler does, or inside the call: so do not try again in it

  /// Opens the room as an owner; `ack` is answered with `granted` when this socket is seated,
  /// before anything that happens in the room. Opening a room that one has opened already answers
  /// again.
  void open(const std::string& room_id, const acknowledgement& ack, arguments granted,
            refusal_handler refused);

  /// The same with an answer for the role that it gets, made by `granted_as`, on any thread.
  /// `proven`: the room was its own, see owned(); where rooms are exclusive it then displaces an
  /// owner who has not shown that. (One who comes back within the grace displaces any.)
  void open(const std::string& room_id, const acknowledgement& ack,
            std::function<arguments(seat_role)> granted_as, bool proven, refusal_handler refused);

  /// Makes a token that proves later, also to a server started anew, that this client owned the
  /// room. Any thread.
  std::function<std::string()> token_maker(const std::string& room_id) const;
  /// Whether this client has shown such a token of its own.
  bool owned(const std::string& room_id, std::string_view shown) const;

  /// Asks for the room: the same as open(), as a member, and as soon as an owner is there.
  void ask(const std::string& room_id, const acknowledgement& ack, arguments granted,
           refusal_handler refused);

  /// Sits down in the room as a member, whether somebody has opened it or not. What this socket
  /// relays or broadcasts afterwards finds it there.
  void join(const std::string& room_id, refusal_handler refused = {});
  /// The same; `ack` is answered with `granted` when this socket is seated, so that from then on
  /// what others send to the room reaches it.
  void join(const std::string& room_id, const acknowledgement& ack, arguments granted,
            refusal_handler refused = {});

  /// Gives up the seat in the room, or the wait for it. Without effect when there is neither.
  void leave(const std::string& room_id);
  /// Gives up the wait alone.
  void cancel(const std::string& room_id);

  /// Sends the event to everybody else in the rooms of this socket, or to its lobby when it is in
  /// none. Refuses with lobby_closed and lobby_rate. While an opening of this socket's is on its
  /// way, the event waits for it.
  void relay(const event_ptr& what, const refusal_handler& refused);

  /// Ids of the rooms this socket sits in, in the order of taking the seats. A room is there when
  /// its seat has been granted: right after join(), open() or ask() it is not yet, and it is when
  /// `ack` is answered. What leave() gives up is not there any more when it returns.
  std::vector<std::string> rooms() const;

  // -- the end

  /// Disconnects this namespace; the client will not reconnect by itself. The connection stays. The
  /// handlers of on_disconnecting and on_disconnect run inside the call; no other handler of this
  /// socket runs after it, also not for the event that is being handled. Without effect on a socket
  /// that has gone.
  void disconnect();
  /// Disconnects all namespaces of this client and closes its connection.
  void disconnect_client();

  const struct limits& limits() const noexcept;
  /// Of the event being handled: whoever keeps it keeps the client from sending too far ahead.
  in_flight credit() const;

private:
  friend class connection;

  /// What a question is for. An event that comes while it is on its way waits for it, unless it
  /// asks: asking may take for ever.
  enum class purpose : std::uint8_t { open, ask, join, everyone, re_register };

  /// A question on its way or parked.
  struct wait {
    std::string room_id;
    std::vector<acknowledgement> acks;
    std::uint64_t number;
    purpose why;
    /// Of the same question, asked before: they are told the same.
    std::vector<refusal_handler> refused_before = {};
    /// See seat_claim.
    std::shared_ptr<std::atomic<bool>> withdrawn = {};

    void revoke() const {
      if (withdrawn) withdrawn->store(true);
      for (const auto& x : acks) x.revoke();
    }
  };

  /// An event of the client's that has a number and is being handled.
  struct numbered {
    std::uint64_t number = 0;
    acknowledgement ack;
  };

  /// A question of ours that is open.
  struct question {
    answer_handler answered;
    /// False when the client has not been asked, since there were too many.
    bool asked = true;
  };

  void request_seat(purpose why, seat_claim claim, refusal_handler refused);
  void refuse(refusal why, const refusal_handler& refused);
  seat_claim claim_for(const std::string& room_id, const acknowledgement& ack,
                       arguments granted) const;
  template <class Receiver, class Request>
  void send_request(const Receiver& receiver, Request request, std::uint64_t number,
                    refusal_handler refused);
  /// Seats that this socket has from before and whose rooms have not answered yet.
  std::size_t seats_asked_again() const;
  bool holds(const std::string& room_id);
  bool has_or_awaits(const std::string& room_id);
  refusal shortage_for(const std::string& room_id);
  refusal charge_address(seat_claim& claim);
  void relay_now(held_event x);
  void relay_to_lobby(reliable_signaler::relay message, const refusal_handler& refused);
  /// To be called before the seats change.
  void change_lane();
  void lane_cleared(std::uint64_t number);
  void relay_held();
  void superseded(wait earlier, const refusal_handler& refused);
  std::optional<wait> take_wait(std::uint64_t number);
  void seated(std::uint64_t number, seat_grant& answer);
  void add_wait(wait x);
  /// The incarnation in which it has that seat, or 0.
  incarnation held_in(const std::string& room_id);
  /// Withdraws what is asked of that room and what is granted after `kept`, also when the grant is
  /// on its way.
  void cancel(const std::string& room_id, incarnation kept);
  cancel_questions withdrawal(const std::string& room_id, incarnation kept) const;
  void disown(const seat_lease& held) const;
  void give_up_seat(const std::string& room_id);
  /// The client has left these rooms, as many as it can sit in, before it came back: they must not
  /// hear that it is back.
  void give_up_seats(const std::vector<std::string>& room_ids);
  void remember_left(const std::string& room_id);
  void not_seated(std::uint64_t number, refusal why, const refusal_handler& refused);
  void enter_lobby_if_homeless();
  void leave_lobby();
  void handle(const event_ptr& what, const acknowledgement& ack);
  /// Runs an event handler; returns whether the next one is to run.
  bool run(const event_handler& handler, const event_ptr& what, const acknowledgement& ack);
  void answer(std::uint64_t id, const arguments* args);
  void join_everyone();
  // -- our extension, in socket_extension.cpp

  /// Writes the answer to CONNECT and, where sessions can be recovered, the greeting and the word
  /// of a gap. `known`: the client has heard of this session before.
  void come_in(const encoded_ptr& connected, bool known);
  arguments greeting(bool known) const;
  void take_event(socket_event& message, const acknowledgement& ack);
  void refuse_number(const std::string& name, const struct event_number& number);
  /// Counts a refused seat if it is one too many. The log has the first of each connection.
  void count_refused(refusal why, const std::string& room_id);
  void taken(const numbered& x, bool sent_on);
  std::string make_token(token::kind what, const std::string& room_id) const;
  void renew_token(const acknowledgement& ack) const;
  void will_tell_gap(std::string_view reason);
  void tell_gap_if_known();
  /// With what is known now.
  void tell_gap_now();
  arguments take_gap();

  /// The socket is gone, its seats are given up.
  void end(std::string_view reason);
  /// The socket is gone, its seats are kept by the session that is returned.
  session_ptr detach(std::string_view reason);
  /// The session has found a new connection: tells the rooms.
  void re_register();
  void let_go(std::string_view reason);
  void gone(std::string_view reason);
  /// Whether events wait until a question of this kind is answered.
  static bool holds_events(purpose why) { return why != purpose::ask && why != purpose::everyone; }

  connection& owner_;
  const namespace_handlers& handlers_;
  socket_session session_;
  // Both are rarely needed, and most sockets are idle.
  std::unique_ptr<own_handlers> own_handlers_;
  std::unique_ptr<std::map<std::uint64_t, question>> unanswered_;
  std::vector<wait> waits_;
  // Null where this namespace has no lobby.
  lobby_gate* const gate_;
  const bool recovered_;
  bool connected_ = true;
  bool in_lobby_ = false;
  // What a client may do as often as it likes stands in the log once for each of its connections.
  bool number_logged_ = false;
  bool shortage_logged_ = false;
  std::size_t openings_pending_ = 0;
  // The last number heard of the client; those up to session_.taken are worked off.
  std::uint64_t seen_ = 0;
  numbered being_taken_;
  std::unique_ptr<gap_to_tell> gap_;
  // The lane of the present seats: null until an event has been sent from them.
  caf::intrusive_ptr<relay_lane> lane_;
};

} // namespace reliable_signaler
