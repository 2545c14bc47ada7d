// Looks at a server before and between measurements, with blocking sockets and with two clients.
#include "target.hpp"

#include <sys/time.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "client.hpp"
#include "failure.hpp"

namespace reliable_signaler::bench {

namespace {

// A connected blocking socket that gives up after five seconds, or the errno.
std::pair<int, int> connect_blocking(const endpoint& where) {
  const int fd = socket(where.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&where.address), where.length) == 0)
    return {fd, 0};
  const int error = errno;
  close(fd);
  return {-1, error};
}

// The beginning of an HTTP answer, or empty when none came.
std::string http_get(const endpoint& where, const std::string& path) {
  const auto [fd, error] = connect_blocking(where);
  if (error != 0) return {};
  const auto request =
      "GET " + path + " HTTP/1.1\r\nHost: " + where.host + "\r\nConnection: close\r\n\r\n";
  std::string answer;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 4096> buffer{};
    while (answer.size() < 4096) {
      const auto got = recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  close(fd);
  return answer;
}

std::string first_line(const std::string& answer) {
  return answer.substr(0, answer.find('\r')).substr(0, 80);
}

// What the TCP port and the HTTP handshake tell, which says more than a failed client could.
void probe_port(const target& server) {
  const auto [fd, error] = connect_blocking(server.where);
  if (error != 0)
    throw failure(exit_server, "no server at " + server.where.host + ": " + std::strerror(error));
  close(fd);
}

[[noreturn]] void explain_failed_handshake(const target& server, const std::string& reason) {
  const auto answer = http_get(server.where, server.where.path + "?EIO=4&transport=polling");
  const auto line = first_line(answer);
  std::string what = "no Socket.IO server at " + server.where.host + server.where.path + ": ";
  if (answer.empty())
    what += "it does not answer HTTP (" + reason + ")";
  else if (line.find(" 200") == std::string::npos)
    what += "it answers '" + line + "' to an Engine.IO 4 handshake (is the path right?)";
  else if (answer.find("\"sid\"") == std::string::npos)
    what += "its answer is no Engine.IO handshake";
  else
    what = "'" + server.where.host + "' speaks Engine.IO, but not on this transport: " + reason;
  throw failure(exit_server, what);
}

// Two clients, one room, one message: all of the vocabulary that is measured.
class probing final : public client_user {
public:
  void on_connected(client&) override { ++connected; }
  void on_event(client&, std::string_view arguments) override {
    if (arguments.starts_with("[\"message\"")) ++heard;
  }
  void on_answer(client&, std::uint64_t id, std::string_view) override {
    opened = opened || id == 0;
    joined = joined || id == 1;
  }
  void on_gone(client&, const std::string& reason) override { gone = reason; }

  int connected = 0;
  int heard = 0;
  bool opened = false;
  bool joined = false;
  std::string gone;
};

} // namespace

std::optional<std::uint64_t> target::cpu() const {
  return current_pid() > 0 ? cpu_time(current_pid()) : std::nullopt;
}

std::optional<std::uint64_t> target::memory() const {
  return current_pid() > 0 ? private_memory(current_pid()) : std::nullopt;
}

bool target::is_alive() const {
  if (process && !process->is_running()) return false;
  if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) return false;
  const auto [fd, error] = connect_blocking(where);
  if (error == 0) close(fd);
  return error == 0;
}

void target::collect_garbage() const {
  if (!process || process->admin_port() == 0) return;
  auto admin = where;
  admin.set_port(process->admin_port());
  http_get(admin, "/collect-garbage");
}

void probe(load_context load, const target& server, transport_kind kind,
           steady::duration patience) {
  probe_port(server);
  probing seen;
  // Unique among runs: the server may keep the room of the last one for a while.
  const auto room = "probe-" + std::to_string(steady::now().time_since_epoch().count());
  client owner{load, server.where, kind, seen};
  client guest{load, server.where, kind, seen};
  const auto wait_for = [&](auto done, const char* what) {
    const auto over = [&] { return done() || !seen.gone.empty(); };
    load.io.run_until(over, steady::now() + patience);
    if (done()) return;
    throw failure(exit_server, "'" + server.where.host + "' is a Socket.IO server, but " + what
                                   + (seen.gone.empty() ? "" : " (" + seen.gone + ")"));
  };
  const auto connecting = [&] { return seen.connected == 2 || !seen.gone.empty(); };
  load.io.run_until(connecting, steady::now() + patience);
  if (seen.connected < 2)
    explain_failed_handshake(server, seen.gone.empty() ? "no answer in time" : seen.gone);
  owner.emit(packet{event_text("keep-in-server", room, 0)});
  wait_for([&] { return seen.opened; }, "does not acknowledge 'keep-in-server'");
  guest.emit(packet{event_text("get-session-info", room, 1)});
  wait_for([&] { return seen.joined; }, "does not acknowledge 'get-session-info' for an open room");
  owner.emit(packet{event_text("message", "probe")});
  wait_for([&] { return seen.heard > 0; }, "does not relay 'message' inside a room");
  for (auto* each : {&owner, &guest}) each->part(parting::clean);
  // Polling says goodbye by a request: give it the time.
  load.io.run_for(std::chrono::milliseconds{50});
}

} // namespace reliable_signaler::bench
