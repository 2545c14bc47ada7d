// Can this server be measured at all? Two clients, one room, three messages.
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "client.hpp"
#include "failure.hpp"
#include "interrupt.hpp"
#include "target.hpp"

namespace reliable_signaler::bench {

namespace {

std::string first_line(const std::string& answer) {
  return answer.substr(0, answer.find('\r')).substr(0, 80);
}

// Names it as the command line does, and where it is.
std::string name_of(const target& server) {
  return "'" + server.name + "' (" + server.where.host + ")";
}

// What the HTTP handshake tells, which says more than a failed client could.
[[noreturn]] void explain_failed_handshake(const target& server, const std::string& reason) {
  if (reason.starts_with("refused: "))
    throw failure(exit_server, name_of(server) + " is a Socket.IO server, but refuses clients: "
                                   + reason.substr(9));
  const auto path = server.where.path + "?EIO=4&transport=polling";
  const auto answer = http_get(server.where, path, std::chrono::seconds{5});
  const auto line = first_line(answer.text);
  const auto begin = "'" + server.name + "': no ";
  if (answer.text.empty() && answer.error == ECONNREFUSED)
    throw failure(exit_server,
                  begin + "server at " + server.where.host + ": " + std::strerror(answer.error));
  auto what = begin + "Socket.IO server at " + server.where.host + server.where.path + ": ";
  if (answer.text.empty())
    what += "it does not answer HTTP (" + reason + ")";
  else if (line.find(" 200") == std::string::npos)
    what += "it answers '" + line + "' to an Engine.IO 4 handshake (is the path right?)";
  else if (answer.text.find("\"sid\"") == std::string::npos)
    what += "its answer is no Engine.IO handshake";
  else
    what = name_of(server) + " speaks Engine.IO, but not on this transport: " + reason;
  throw failure(exit_server, what);
}

// One of the two. What it hears counts only if it is of this probe.
class prober final : public client_user {
public:
  explicit prober(const std::string& room) : room_(room) {}

  void on_connected(client&) override { connected = true; }
  void on_event(client&, std::string_view arguments) override {
    for (std::size_t i = 0; i < heard.size(); ++i)
      if (arguments.find("\"" + text_of(i) + "\"") != std::string_view::npos) heard[i] = true;
  }
  void on_answer(client&, std::uint64_t, std::string_view) override { answered = true; }
  void on_gone(client&, const std::string& reason) override { gone = reason; }

  std::string text_of(std::size_t i) const { return room_ + "-" + std::to_string(i); }

  bool connected = false;
  bool answered = false;
  /// Which of the messages have come.
  std::array<bool, 3> heard{};
  std::string gone;

private:
  const std::string& room_;
};

class probing {
public:
  probing(load_context load, const target& server, transport_kind kind, steady::duration patience)
      : load_(load),
        server_(server),
        patience_(patience),
        owner_{load, server.where, kind, owns_},
        guest_{load, server.where, kind, joins_} {}

  void run() {
    const auto connected = [&] { return owns_.connected && joins_.connected; };
    if (!wait(connected)) explain_failed_handshake(server_, reason("no answer in time"));
    owner_.emit(packet{event_text("keep-in-server", room_, 0)});
    need([&] { return owns_.answered; }, "does not acknowledge 'keep-in-server'");
    guest_.emit(packet{event_text("get-session-info", room_, 1)});
    need([&] { return joins_.answered; },
         "does not acknowledge 'get-session-info' for an open room");
    // To and fro and to: who hears the next one would have heard an echo of its own before.
    say(owner_, owns_, joins_, 0);
    say(guest_, joins_, owns_, 1);
    say(owner_, owns_, joins_, 2);
    for (auto* each : {&owner_, &guest_}) each->part(parting::clean);
    // Polling says goodbye by a request: give it the time.
    load_.io.run_for(std::chrono::milliseconds{50});
  }

private:
  void say(client& who, const prober& speaker, const prober& listener, std::size_t i) {
    who.emit(packet{event_text("message", speaker.text_of(i))});
    const auto echoed = [&] {
      for (std::size_t said = i % 2; said <= i; said += 2)
        if (speaker.heard[said]) return true;
      return i > 0 && listener.heard[i - 1];
    };
    const auto done = wait([&] { return listener.heard[i] || echoed(); });
    if (echoed())
      throw failure(exit_server, name_of(server_)
                                     + " is a Socket.IO server, but sends a 'message' back to "
                                       "who said it");
    if (!done) refuse("does not relay 'message' to the other in a room");
  }

  template <class Predicate>
  bool wait(Predicate done) {
    const auto over = [&] { return done() || !reason("").empty() || interrupted(); };
    load_.io.run_until(over, steady::now() + patience_);
    if (interrupted()) throw failure(exit_partial, "interrupted");
    return done();
  }

  template <class Predicate>
  void need(Predicate done, const char* what) {
    if (!wait(done)) refuse(what);
  }

  [[noreturn]] void refuse(const char* what) const {
    const auto why = reason("");
    throw failure(exit_server, name_of(server_) + " is a Socket.IO server, but " + what
                                   + (why.empty() ? "" : " (" + why + ")"));
  }

  std::string reason(const char* otherwise) const {
    if (!owns_.gone.empty()) return owns_.gone;
    return joins_.gone.empty() ? otherwise : joins_.gone;
  }

  load_context load_;
  const target& server_;
  steady::duration patience_;
  // Unique among runs: the server may keep the room of the last one for a while.
  std::string room_ = "probe-" + std::to_string(steady::now().time_since_epoch().count());
  prober owns_{room_};
  prober joins_{room_};
  client owner_;
  client guest_;
};

} // namespace

void probe(load_context load, const target& server, transport_kind kind,
           steady::duration patience) {
  probing{load, server, kind, patience}.run();
}

} // namespace reliable_signaler::bench
