// What a server says within one round of its thread: in how many system calls it leaves.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "../net/record_pair.hpp"
#include "actors/json_arguments.hpp"
#include "actors/socket.hpp"
#include "net/accepted_stream.hpp"
#include "net/server.hpp"

#define CAF_SUITE embedding_round
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler;
using boost::asio::ip::tcp;

namespace {

constexpr auto upgrade =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n\r\n";

/// A short text frame as clients send it, with a mask that changes nothing.
std::string masked(std::string_view text) {
  std::string result{"\x81"};
  result += static_cast<char>(0x80 | text.size());
  return result.append(4, '\0').append(text);
}

/// A short text frame of the server.
std::string frame(std::string_view text) {
  std::string result{"\x81"};
  result += static_cast<char>(text.size());
  return result.append(text);
}

/// A client whose connection keeps system calls apart.
struct fixture {
  fixture() {
    namespace_table table;
    auto& root = table.of("/");
    root.on("count", [](auto& s, const event_ptr& e, const acknowledgement&) {
      const auto end = argument(*e, 0).get<int>();
      for (int i = 0; i < end; ++i) s.emit(make_event("number", i));
    });
    root.on("ask", [](auto&, const event_ptr&, const acknowledgement& ack) {
      ack.send(make_answer("heard"));
    });
    server = std::make_unique<net::server>(net::server_options{.listen = false, .threads = 1},
                                           std::move(table));
    CAF_REQUIRE(!server->start());
    boost::asio::io_context io;
    tcp::socket taken{io, tcp::v4(), line.release_tested()};
    CAF_REQUIRE(!server->take(net::accepted_stream{std::move(taken), upgrade}));
    hears_until(R"("maxPayload")");
    line.send(masked("40"));
    hears_until(R"(40{"sid")");
  }

  void hears_until(std::string_view word) const {
    for (auto heard = line.next(); heard.find(word) == std::string::npos; heard = line.next())
      CAF_REQUIRE(!heard.empty());
  }

  static std::string numbers(int begin, int end) {
    std::string result;
    for (int i = begin; i < end; ++i) result += frame("42[\"number\"," + std::to_string(i) + "]");
    return result;
  }

  std::unique_ptr<net::server> server;
  record_pair line; // gone before the server, which would wait for its client to go
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedding_round_tests, fixture)

CAF_TEST(what_a_handler_says_leaves_in_one_system_call) {
  line.send(masked(R"(42["count",10])"));
  CAF_CHECK_EQUAL(line.next(), numbers(0, 10));
  line.send(masked(R"(42["count",64])"));
  CAF_CHECK_EQUAL(line.next(), numbers(0, 64));
}

CAF_TEST(answers_to_what_was_read_together_leave_in_one_system_call) {
  line.send(masked(R"(421["ask"])") + masked(R"(422["ask"])") + masked(R"(423["ask"])"));
  CAF_CHECK_EQUAL(line.next(),
                  frame(R"(431["heard"])") + frame(R"(432["heard"])") + frame(R"(433["heard"])"));
}

CAF_TEST(more_than_sixty_four_frames_leave_in_a_system_call_for_each_sixty_four) {
  line.send(masked(R"(42["count",100])"));
  CAF_CHECK_EQUAL(line.next(), numbers(0, 64));
  CAF_CHECK_EQUAL(line.next(), numbers(64, 100));
}

CAF_TEST_FIXTURE_SCOPE_END()
