// One simulated server and its clients, stock ones and announced ones side by side: they meet in
// rooms, lose their connections, come back, go for good; and the server is killed and started anew.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.hpp"
#include "ledger.hpp"
#include "line.hpp"
#include "net/wire/limits.hpp"
#include "simulation.hpp"

namespace reliable_signaler::sim {

inline constexpr std::size_t room_count = 3;
/// From which clients come.
inline constexpr int addresses = 3;

// `"r" + std::to_string(n)` makes GCC 12 warn of an impossible overflow.
template <class Number>
std::string numbered(std::string word, Number n) {
  word.append(std::to_string(n));
  return word;
}

/// Number 1 to room_count.
inline std::string room_named(std::size_t n) {
  return numbered("r", n);
}

/// What may happen in one run; drawn from its seed.
struct rules {
  bool restarts = false;
  /// Sessions, while their clients are away.
  bool expires = false;
  bool small_log = false;
  /// All that is counted has a small limit.
  bool few = false;
  bool lobby = false;
  /// One owner to a room: who proves that it is his displaces who cannot.
  bool exclusive = false;
};

class world : public simulation, public witness {
public:
  explicit world(plan what);
  ~world() override;

  /// Throws broken_promise.
  void run();

private:
  // -- what happens, in world.cpp and, of clients, in world_acts.cpp

  void draw_rules();
  signaler_options options() const;
  void start_server();
  void kill_server();
  void act();
  void act_on(client& who);
  void act_on_room(client& who);
  void say_and_move(client& who);
  void leave_a_seat(client& who);
  void change_mind(client& who);
  void break_line(client& who);
  void admit(client::manner how);
  client::manner any_manner();
  void connect(client& who);
  void connect_in_haste(client& who);
  void dismiss(client& who, bool politely);
  void say(client& who, bool may_attach = true);
  void pass(std::chrono::milliseconds how_long);
  /// Whether a server holds something back for a moment.
  bool wants_moment() const;
  /// One thing happens, whichever can; false when nothing can.
  bool take_step();
  bool hurry_slow_lines();
  void settle();
  void bring_all_back();
  /// So much time that the server knows of all losses, and has let go of whoever will not return.
  void rest();
  void sweep_lines();

  // -- what must hold, in world_checks.cpp

  void check_logs() const;
  void check_each_step() const;
  void check_openings() const;
  void check_accounts() const;
  void check_counts() const;
  void check_questions() const;
  void check_probes();
  void check_while_some_are_away();
  void check_all_is_gone();
  /// Whether one hears the other, or, if `maybe`, may do so as far as they know.
  bool are_together(const client& a, const client& b, bool maybe) const;
  /// Who knows that it owns the room or, if `maybe`, may do so without having heard of it.
  std::vector<const client*> owners_of(const std::string& room, bool maybe) const;

  // -- witness

  void note(std::string line) override { simulation::note(std::move(line)); }
  void heard(client& who, const std::string& text, const std::string& name) override;
  void knows_gap(client& who, std::string_view reason) override;
  void is_unsure(client& who) override { ledger_.forgive(who); }
  void gave_up(client& who) override { ledger_.excuse(who); }
  bool may_refuse(const client& who, const std::string& code,
                  const std::string& room) const override;
  bool may_be_taken(const client& who, const std::string& room) const;
  bool may_be_displaced(const client& who, const std::string& room) const;
  bool any_other(const client& who, const std::string& room, bool client::place::*is) const;
  bool may_lose_session() const override;
  bool may_be_open(const client& asker, const std::string& room, int since) const override;
  int step() const override { return step_; }

  rules rules_;
  wire::wire_limits wire_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::unique_ptr<client>> gone_; // others still hear them
  std::vector<std::unique_ptr<line>> lines_;
  ledger ledger_;
  int born_ = 0;
  int step_ = 0;
  std::map<std::string, int> said_at_;                        // by text: the step
  std::map<std::string, std::string> texts_;                  // by the event's name
  std::map<std::string, std::set<const client*>> hearers_;    // by text
  std::map<std::pair<const client*, std::string>, int> last_; // number, by hearer and sender's id
};

} // namespace reliable_signaler::sim
