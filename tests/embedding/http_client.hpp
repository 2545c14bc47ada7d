// A client that waits: one TCP connection to the loopback, text in and out. No HTTP beyond the
// length of a response.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

/// Every wait ends after `patience_seconds` with an empty or short result.
class http_client {
public:
  explicit http_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    timeval limit{};
    limit.tv_sec = patience_seconds;
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;
  ~http_client() { ::close(socket_); }

  bool connected() const noexcept { return connected_; }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// `GET path`, or another method, with further fields as complete lines, and a body.
  void request(std::string_view path, std::string_view method = "GET", std::string_view fields = {},
               std::string_view body = {}) const {
    std::string text{method};
    text.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields);
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(text.append("\r\n").append(body));
  }

  /// The next response, whole; what follows it is kept. `has_body` is false after HEAD.
  std::string response(bool has_body = true) {
    const auto head = take_until("\r\n\r\n");
    return has_body ? head + take(length_in(head)) : head;
  }

  /// What comes up to and with `end`.
  std::string take_until(std::string_view end) {
    auto at = received_.find(end);
    for (; at == std::string::npos && read(); at = received_.find(end)) continue;
    return cut(at == std::string::npos ? received_.size() : at + end.size());
  }
  std::string take(std::size_t size) {
    while (received_.size() < size && read()) continue;
    return cut(std::min(size, received_.size()));
  }
  /// Whether the server closes the connection, whatever it says before.
  bool is_closed() {
    while (read()) continue;
    return ended_;
  }

  static constexpr int patience_seconds = 60;

private:
  static std::size_t length_in(const std::string& head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + name.size(), nullptr, 10);
  }

  bool read() {
    std::array<char, 4'096> bytes;
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) ended_ = true;
    if (count <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }
  std::string cut(std::size_t size) {
    auto result = received_.substr(0, size);
    received_.erase(0, size);
    return result;
  }

  int socket_;
  bool connected_ = false;
  bool ended_ = false;
  std::string received_;
};

/// The status of a response, 0 if there is none.
inline int status_of(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::atoi(response.c_str() + 9) : 0;
}
/// What follows the head.
inline std::string body_of(const std::string& response) {
  const auto at = response.find("\r\n\r\n");
  return at == std::string::npos ? std::string{} : response.substr(at + 4);
}
