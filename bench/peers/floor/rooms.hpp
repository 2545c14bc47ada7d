// Rooms of the plain peer: who opened, who sits, who waits. No limits, no recovery, no sockets.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace reliable_signaler::floor {

using shared_text = std::shared_ptr<const std::string>;

struct room;

/// A client as rooms see it.
class member {
public:
  member() = default;
  member(const member&) = delete;
  member& operator=(const member&) = delete;
  virtual ~member() = default;
  virtual void send(shared_text text) = 0;

  std::vector<room*> rooms;
  std::vector<std::string> waits;
};

struct room {
  std::string id;
  std::vector<member*> members;
  std::vector<member*> owners;
};

/// All rooms of the server; used by its one thread.
class room_table {
public:
  void open(member& who, const std::string& id, std::string_view ack);
  void ask(member& who, const std::string& id, std::string_view ack);
  static void relay(const member& from, const shared_text& text);
  void leave(member& who);

private:
  struct question {
    member* who;
    std::string ack;
  };

  static void sit(member& who, room& in);

  std::unordered_map<std::string, std::unique_ptr<room>> rooms_;
  std::unordered_map<std::string, std::vector<question>> parked_;
};

} // namespace reliable_signaler::floor
