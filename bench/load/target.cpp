// Looks at a server between measurements, with blocking sockets and in /proc. Measures nothing.
#include "target.hpp"

#include <sys/time.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cerrno>
#include <utility>

#include "interrupt.hpp"

namespace reliable_signaler::bench {

namespace {

// A connected blocking socket that gives up after `limit`, or the errno.
std::pair<int, int> connect_blocking(const endpoint& where, std::chrono::milliseconds limit) {
  const int fd = socket(where.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {-1, errno};
  const timeval time{limit.count() / 1000, limit.count() % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&where.address), where.length) == 0)
    return {fd, 0};
  const int error = errno;
  close(fd);
  return {-1, error};
}

bool is_timeout(int error) {
  return error == EAGAIN || error == EINPROGRESS || error == EINTR || error == ETIMEDOUT;
}

} // namespace

http_answer http_get(const endpoint& where, const std::string& path,
                     std::chrono::milliseconds limit) {
  const auto [fd, error] = connect_blocking(where, limit);
  http_answer result;
  result.error = error;
  if (error != 0) return result;
  const auto request =
      "GET " + path + " HTTP/1.1\r\nHost: " + where.host + "\r\nConnection: close\r\n\r\n";
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) result.error = errno;
  std::array<char, 4096> buffer{};
  const auto end = std::chrono::steady_clock::now() + limit; // not prolonged by single bytes
  while (result.error == 0 && result.text.size() < buffer.size()
         && std::chrono::steady_clock::now() < end) {
    const auto got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0) result.error = errno;
    if (got <= 0) break;
    result.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  return result;
}

std::optional<std::uint64_t> target::cpu() const {
  return current_pid() > 0 ? cpu_time(current_pid()) : std::nullopt;
}

std::optional<memory_use> target::memory() const {
  return current_pid() > 0 ? memory_of(current_pid()) : std::nullopt;
}

condition target::look(std::chrono::milliseconds patience) const {
  if (process && !process->is_running()) return condition::gone;
  if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) return condition::gone;
  // The answer is a refusal, whoever serves, and leaves no session behind.
  const auto answer = http_get(where, where.path + "?EIO=4&transport=none", patience);
  if (!answer.text.empty() || interrupted()) return condition::answers;
  return is_timeout(answer.error) ? condition::silent : condition::gone;
}

void target::collect_garbage() const {
  if (!process || process->admin_port() == 0) return;
  auto admin = where;
  admin.set_port(process->admin_port());
  http_get(admin, "/collect-garbage", std::chrono::seconds{5});
}

} // namespace reliable_signaler::bench
