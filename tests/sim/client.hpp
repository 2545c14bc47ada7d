// A simulated client: Socket.IO as the stock client speaks it, with our extension on top when it
// announces itself. It comes back after losses, and wants of each room what its page wants.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "line.hpp"

namespace reliable_signaler::sim {

class client;

/// Who holds the clients against what they were promised.
struct witness {
  virtual ~witness() = default;
  virtual void note(std::string line) = 0;
  /// `name` is the event's, `epoch.sender.number`.
  virtual void heard(client& who, const std::string& text, const std::string& name) = 0;
  /// It knows that it may have missed something: it was told of a gap, or begins as somebody else.
  virtual void knows_gap(client& who, std::string_view reason) = 0;
  /// What it has said, and nobody has told it of, need not arrive any more.
  virtual void is_unsure(client& who) = 0;
  /// It gave up a room, and need not hear what was said there.
  virtual void gave_up(client& who) = 0;
  virtual bool may_refuse(const client& who, const std::string& code,
                          const std::string& room) const = 0;
  virtual bool may_lose_session() const = 0;
  /// Whether somebody else may have owned the room at the step `since` or later.
  virtual bool may_be_open(const client& asker, const std::string& room, int since) const = 0;
  /// Counts what happens.
  virtual int step() const = 0;
};

class client final : public line::listener {
public:
  enum class wish : std::uint8_t { nothing, to_own, to_sit };

  /// Whether it speaks our extension or is a stock client; one that is silent asks for rooms
  /// without acknowledgements, as pages of the original may, and hears of refusals alone.
  enum class manner : std::uint8_t { announced, stock, silent };

  /// One room, as the client sees it.
  struct place {
    wish wanted = wish::nothing;
    bool seated = false;     // in the session it has now
    bool was_seated = false; // in one that it had, and it does not know yet that the seat is lost
    bool owns = false;
    bool leaving = false; // and has no word of it yet
    // The answer may have been lost with a connection: then it has a seat and does not know.
    bool in_doubt = false;
    // The last request to own it that was granted.
    std::uint64_t owned_by = 0;
    std::string token;
    // The server may have it from it, by its token or by its return, that the room is its own.
    bool proven = false;
    // It has told the server so, at whatever time.
    bool has_claimed = false;
    // It has ever asked to own it; and the server may hold it for an owner without its knowing: by
    // a session of which it never heard, or since a later opening was refused.
    bool opened = false;
    bool may_own_unheard = false;
    // Whether the server may believe that it sits there, and until when it might have.
    bool possible = false;
    int possible_until = -1;
  };

  client(std::string name, manner how, witness& of);
  ~client() override;

  // -- what its page does

  void open(const std::string& room);
  void ask(const std::string& room);
  void cancel(const std::string& room);
  void leave(const std::string& room);
  /// Says its next number; a stock client only while it is connected.
  void say(bool binary);
  /// It does not wait for seats in rooms whose owner stays away any longer.
  void stop_waiting();

  // -- its connection

  void connect(line& on);
  line* on() const { return line_; }
  /// The connection is gone as far as it knows.
  void let_go(const breakage& how);
  void say_goodbye();

  void on_open() override;
  void on_message(const message& what) override;
  void on_lost() override;

  // -- what is known of it

  const std::string& name() const { return name_; }
  bool announced() const { return announced_; }
  bool is_silent() const { return silent_; }
  const std::string& id() const { return id_; }
  bool is_ready() const { return ready_; }
  bool is_gone() const { return gone_; }
  int said() const { return said_; }
  /// The last of its numbers of which it is known that the server has passed it on.
  int sure() const { return sure_; }
  void is_sure_of(int number) { sure_ = std::max(sure_, number); }
  bool owes_nothing() const { return !announced_ || sure_ == said_; }
  bool is_owed_gap() const { return owed_gap_; }
  const std::map<std::string, place>& places() const { return places_; }
  /// It has told the server, at whatever time, that it leaves a room.
  bool has_left() const { return has_left_; }
  bool sits_in(const std::string& room) const;
  /// Whether it could have sat in `room` at the step `since` or later.
  bool could_sit_in(const std::string& room, int since) const;
  /// Rooms whose question waits for an answer on this connection.
  std::set<std::string> waits_for() const;
  /// Whether the server owes it another answer than that to a question.
  bool has_unanswered() const;
  /// Whether a `message` was refused since the last look.
  bool was_refused() { return std::exchange(message_refused_, false); }

private:
  struct request {
    wish what; // nothing: to leave, or to cancel
    bool frees = false;
    std::string room;
    bool dead = false;
    int since = 0; // the step at which it was sent
  };
  using json = nlohmann::json;

  void emit(const json& args, std::optional<std::uint64_t> ack, const std::string* attachment = {});
  void send_request(std::string_view event, const std::string& room, request what);
  void send_wish(const std::string& room, place& at);
  void send_wish_silently(const std::string& room, place& at);
  void send_leave(const std::string& room);
  void send_rest();
  bool may_send() const;
  void resume(bool kept);
  bool awaits(const std::string& room, wish what) const;

  void take_packet(const std::string& text);
  void take_connect(const json& answer);
  void take_event(const json& args, const std::string* attachment);
  void greeted(const json& hello);
  void still_sits_in(const json& rooms);
  void take_answer(std::uint64_t id, const json& args);
  /// `id`: of the request that is refused, or 0 when that is not told.
  void refused(const std::string& event, const std::string& room, const std::string& code,
               std::uint64_t id = 0);
  void seated(const request& what, std::uint64_t id, const json& answer);
  void given_up(const request& what, std::uint64_t id);
  void not_possible(place& at) const;
  static void claims(place& at) { at.proven = at.has_claimed = true; }

  const std::string name_;
  const bool announced_;
  const bool silent_;
  witness& of_;
  line* line_ = nullptr;
  std::map<std::string, place> places_;

  std::string id_, pid_, offset_, token_;
  std::string public_id_; // what it was greeted by first
  std::uint64_t attempts_ = 0;
  int connects_ = 0;
  bool connected_ = false; // the CONNECT answer is here
  bool ready_ = false;     // and, if it waits for one, the greeting
  bool anew_ = false;      // another session than the one it knew
  bool gone_ = false;
  bool has_left_ = false;
  bool owed_gap_ = false;
  bool message_refused_ = false;
  std::vector<std::pair<std::string, std::optional<std::string>>> early_; // before the answer
  std::optional<std::string> binary_; // waits for its attachment
  std::map<std::uint64_t, request> requests_;
  std::uint64_t last_ack_ = 0;
  int said_ = 0;
  int sure_ = 0;
  int sent_ = 0;           // on this connection
  std::set<int> binaries_; // what it says with an attachment
};

} // namespace reliable_signaler::sim
