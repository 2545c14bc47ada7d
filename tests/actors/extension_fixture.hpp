// A server and clients that speak our extension of Socket.IO. Include it last.
#pragma once

#include <nlohmann/json.hpp>

#include "fixture.hpp"

namespace reliable_signaler::test {

using namespace std::chrono_literals;
using nlohmann::json;

inline constexpr auto secret = "a secret of the server, long enough for anybody";

struct extension_fixture : signaler_fixture {
  extension_fixture() { run_server(); }
  ~extension_fixture() override { stop_server(); }

  void run_server(bool exclusive = false, std::size_t seats_per_room = 10'000) {
    signaler_options options;
    options.grace = 10s;
    options.limits.log_bytes = 3'000;
    options.secret = secret;
    options.exclusive_rooms = exclusive;
    options.limits.seats_per_room = seats_per_room;
    start(options);
  }
  void stop_server() {
    for (auto& [name, c] : clients)
      if (c.actor) c.loses_transport();
    server->stop();
    settle();
    server = nullptr;
  }
  /// As a crash: nothing of the former process is left.
  void restart(bool exclusive = false) {
    stop_server();
    run_server(exclusive);
  }

  /// What our script sends with CONNECT, with all that the last answers gave. `left`: the rooms
  /// that its page has left since.
  static std::string introduction_of(const client& c, const json& left = json::array()) {
    json auth{{"signaler", {{"v", 1}}}};
    if (left != json::array()) auth["signaler"]["left"] = left;
    if (!c.port->hello.empty()) {
      const auto hello = hello_of(c);
      if (hello.contains("token")) auth["signaler"]["token"] = hello["token"];
      auth["pid"] = c.port->pid;
      auth["offset"] = c.port->offset;
    }
    return auth.dump();
  }
  client& introduces_itself(const std::string& name, const json& left = json::array()) {
    auto& c = open_session(name);
    c.connects("/", introduction_of(c, left));
    settle();
    return c;
  }
  static json hello_of(const client& c) { return json::parse(c.port->hello); }
  /// Number `n`, with an acknowledgement of the same number.
  void say(client& c, int n, int skipped = 0) {
    const json number = skipped > 0 ? json{{"n", n}, {"skipped", skipped}} : json{{"n", n}};
    c.emits("message", json::array({"message", n, number}).dump(), n);
    settle();
  }
  static std::string message(int n) { return "event [\"message\"," + std::to_string(n) + "]"; }
  static std::string taken(int n) { return "answer " + std::to_string(n) + " []"; }
  static json answer_in(const std::string& line) {
    return json::parse(line.substr(line.find('[')))[0];
  }
  static std::string refusal_in(const std::string& line) {
    return answer_in(line).at("error").at("code").get<std::string>();
  }
  static json event_in(const std::string& line) {
    return json::parse(line.substr(std::string_view{"event "}.size()));
  }
  /// Alice owns r1, Bob sits in it.
  void meet() {
    introduces_itself("alice").opens("r1", 100);
    introduces_itself("bob").asks("r1", 100);
    settle();
    room_token = answer_in(alice().hears().back()).at("token").get<std::string>();
    bob().hears();
  }
  static void leave(client& c, const std::string& room) {
    c.emits("leave-room", json::array({"leave-room", room}).dump(), 50);
  }
  static void shows(client& c, const std::string& room, const std::string& token, int ack) {
    c.emits("keep-in-server", json::array({"keep-in-server", room, {{"token", token}}}).dump(),
            ack);
  }
  client& alice() { return clients["alice"]; }
  client& bob() { return clients["bob"]; }

  std::string room_token;
};

} // namespace reliable_signaler::test
