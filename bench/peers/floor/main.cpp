// The floor: the least that a Beast server can do for the same handshake and rooms. One thread, a
// queue and one async_write at a time for each client, no actors, no validation, no recovery, no
// limits. Not for use: whoever connects is trusted.
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <charconv>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rooms.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using error_code = boost::system::error_code;
using asio::ip::tcp;
using namespace reliable_signaler::floor;

constexpr auto ping_interval = std::chrono::seconds{25};
constexpr auto ping_timeout = std::chrono::seconds{20};

shared_text text_of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::string next_id() {
  static std::uint64_t last = 0;
  return "plain-beast-" + std::to_string(++last);
}

// The text between the quotes that open at `from`.
std::string quoted(std::string_view text, std::size_t from) {
  const auto open = text.find('"', from);
  if (open == std::string_view::npos) return {};
  return std::string{text.substr(open + 1, text.find('"', open + 1) - open - 1)};
}

class session final : public member, public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, room_table& table)
      : ws_(std::move(socket)), timer_(ws_.get_executor()), table_(table) {}

  void run() {
    http::async_read(ws_.next_layer(), buffer_, request_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->upgrade();
                     });
  }

  void send(shared_text text) override {
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) write();
  }

private:
  void upgrade() {
    if (!beast::websocket::is_upgrade(request_)) return refuse();
    ws_.text(true);
    ws_.async_accept(request_, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->request_ = {};
      self->send(text_of("0{\"sid\":\"" + next_id()
                         + "\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
                           "\"maxPayload\":1000000}"));
      self->await_ping();
      self->read();
    });
  }

  // Only WebSocket is spoken here.
  void refuse() {
    auto response = std::make_shared<http::response<http::string_body>>(
        http::status::bad_request, request_.version(),
        R"({"code":0,"message":"Transport unknown"})");
    response->prepare_payload();
    http::async_write(ws_.next_layer(), *response,
                      [self = shared_from_this(), response](error_code, std::size_t) {});
  }

  void await_ping() {
    timer_.expires_after(ping_interval);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      self->send(text_of("2"));
      self->timer_.expires_after(ping_timeout);
      self->timer_.async_wait([self](error_code late) {
        if (!late) beast::get_lowest_layer(self->ws_).close();
      });
    });
  }

  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->end();
      const auto data = self->buffer_.cdata();
      self->take({static_cast<const char*>(data.data()), data.size()});
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  void write() {
    ws_.async_write(asio::buffer(*queue_.front()),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (error) return;
                      self->queue_.pop_front();
                      if (!self->queue_.empty()) self->write();
                    });
  }

  void take(std::string_view text) {
    if (text == "3") return await_ping();
    if (text.starts_with("42")) return take_event(text);
    if (text.starts_with("40")) return send(text_of("40{\"sid\":\"" + next_id() + "\"}"));
    if (text.starts_with("41")) table_.leave(*this);
  }

  void take_event(std::string_view text) {
    const auto bracket = text.find('[');
    if (bracket == std::string_view::npos) return;
    const auto ack = text.substr(2, bracket - 2);
    const auto name = quoted(text, bracket);
    if (name == "message") return room_table::relay(*this, text_of(std::string{text}));
    const auto room = quoted(text, bracket + name.size() + 3);
    if (name == "keep-in-server") table_.open(*this, room, ack);
    if (name == "get-session-info") table_.ask(*this, room, ack);
  }

  void end() {
    timer_.cancel();
    table_.leave(*this);
  }

  beast::websocket::stream<tcp::socket> ws_;
  asio::steady_timer timer_;
  room_table& table_;
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  std::deque<shared_text> queue_;
};

class listener {
public:
  listener(asio::io_context& io, std::uint16_t port)
      : acceptor_(io, {asio::ip::address_v4::loopback(), port}) {
    accept();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!error) {
        socket.set_option(tcp::no_delay{true}, error);
        std::make_shared<session>(std::move(socket), rooms_)->run();
      }
      accept();
    });
  }

  tcp::acceptor acceptor_;
  room_table rooms_;
};

std::uint16_t port_argument(int argc, char** argv) {
  std::uint16_t port = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument.starts_with("--port="))
      std::from_chars(argument.data() + 7, argument.data() + argument.size(), port);
  }
  return port;
}

} // namespace

int main(int argc, char** argv) {
  try {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    asio::io_context io{1};
    const listener all{io, port_argument(argc, argv)};
    std::cout << R"({"event":"listening","port":)" << all.port() << "}" << std::endl;
    io.run();
  } catch (const std::exception& error) {
    std::cerr << "floor: " << error.what() << std::endl;
    return 1;
  }
}
