// The upgrade request and the server's frames.
#include "websocket_transport.hpp"

#include <cstdint>

namespace reliable_signaler::bench {

namespace {

constexpr unsigned char text_frame = 0x81;
constexpr unsigned char close_frame = 0x88;

// What the stock client says when a page disconnects, in one segment.
const std::string& goodbye() {
  using namespace std::string_view_literals;
  static const auto bytes = encode_frame("41") + encode_frame("\x03\xe8"sv, close_frame);
  return bytes;
}

} // namespace

websocket_transport::websocket_transport(load_context load, const endpoint& server,
                                         transport_user& user)
    : server_(server), user_(user), socket_(*this) {
  socket_.connect(load, server);
}

void websocket_transport::on_open() {
  socket_.send("GET " + server_.path + "?EIO=4&transport=websocket HTTP/1.1\r\nHost: "
               + server_.host
               + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n");
}

void websocket_transport::part(parting how) {
  switch (how) {
    case parting::clean:
      return socket_.send(goodbye());
    case parting::fin:
      return socket_.close();
    case parting::reset:
      return socket_.reset();
  }
}

void websocket_transport::on_end(int error) {
  user_.on_gone(reason_of(error));
}

void websocket_transport::on_bytes(std::string_view bytes) {
  if (rest_.empty()) {
    const auto done = take(bytes);
    if (done < bytes.size()) rest_ = bytes.substr(done);
    return;
  }
  rest_ += bytes;
  rest_.erase(0, take(rest_));
}

std::size_t websocket_transport::take(std::string_view bytes) {
  std::size_t done = 0;
  if (!upgraded_) {
    done = take_response(bytes);
    if (!upgraded_) return done;
  }
  while (socket_.is_open()) {
    const auto size = take_frame(bytes.substr(done));
    if (size == 0) return done;
    done += size;
  }
  return bytes.size();
}

std::size_t websocket_transport::take_response(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    socket_.close();
    user_.on_gone("no upgrade to WebSocket: " + std::string{bytes.substr(0, bytes.find('\r'))});
    return bytes.size();
  }
  upgraded_ = true;
  return end + 4;
}

std::size_t websocket_transport::take_frame(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  std::uint64_t size = byte(1) & 0x7f;
  std::size_t start = 2;
  if (const auto more = size == 126 ? 2u : size == 127 ? 8u : 0u) {
    start += more;
    if (bytes.size() < start) return 0;
    size = 0;
    for (std::size_t i = 2; i < start; ++i) size = size << 8 | byte(i);
  }
  if (bytes.size() - start < size) return 0;
  if (byte(0) == text_frame) user_.on_packet(bytes.substr(start, size));
  return start + size;
}

} // namespace reliable_signaler::bench
