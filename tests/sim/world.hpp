// One simulated server with its clients: the real actors, run one message at a time in an order
// that a seed decides, against a model of what each client must have heard.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulation.hpp"

namespace reliable_signaler::sim {

class world : public simulation {
public:
  explicit world(plan what);
  ~world();

  /// Throws broken_promise.
  void run();

private:
  /// One question of a client: an opening or an asking.
  struct question {
    std::string room;
    bool opening = false;
    bool answered = false;
    bool cancelled = false;
  };

  /// One socket's life, from CONNECT until it is lost or leaves; a client has many, one at a time.
  struct life {
    std::string name;
    test::client wire;
    std::map<std::uint64_t, question> questions;
    /// Last number heard, by speaker.
    std::map<std::string, int> heard;
    std::set<std::string> heard_probes;
    int said = 0;
    std::uint64_t last_ack = 0;
    bool refused = false;
  };

  void act();
  void open_or_ask(life& who);
  void leave_room(life& who);
  void say(life& who);
  void end(std::size_t index);
  void step();
  void settle();

  void listen(life& who);
  void take_answer(life& who, const std::string& line);
  void take_message(life& who, const std::string& text);

  void check_at_rest();
  void check_probes();
  void check_no_actor_left() const;
  std::set<std::string> rooms_of(const life& who) const;
  bool is_open(const std::string& room) const;
  std::vector<const life*> expected_hearers(const life& speaker) const;

  bool lobby_ = false;
  std::vector<std::unique_ptr<life>> lives_;
  int born_ = 0;
};

} // namespace reliable_signaler::sim
