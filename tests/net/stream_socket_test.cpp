// How what is queued leaves a socket: in how many system calls, and what becomes of what is not
// taken.
#include "net/stream_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <string>

#include "record_pair.hpp"

#define CAF_SUITE net_stream_socket
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;

namespace {

struct fixture {
  fixture() { socket.assign(boost::asio::ip::tcp::v4(), line.release_tested()); }

  /// One piece more, which `said` remembers.
  void queue(const std::string& text) {
    said += text;
    out.push(make_chunk(text));
  }

  boost::asio::io_context context;
  stream_socket socket{context};
  record_pair line;
  output_queue out;
  std::string said;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_stream_socket_tests, fixture)

CAF_TEST(what_is_queued_leaves_in_one_system_call_for_each_sixty_four_pieces) {
  const auto calls_for = [&](int pieces) {
    said.clear();
    for (int i = 0; i < pieces; ++i) queue(std::to_string(i) + std::string(100, '.'));
    CAF_CHECK(flush_socket(socket, out) == flush_result::done);
    CAF_CHECK(out.empty());
    const auto calls = line.arrived();
    CAF_CHECK_EQUAL(together(calls), said);
    return calls.size();
  };
  CAF_CHECK_EQUAL(calls_for(0), 0u);
  CAF_CHECK_EQUAL(calls_for(1), 1u);
  CAF_CHECK_EQUAL(calls_for(64), 1u);
  CAF_CHECK_EQUAL(calls_for(65), 2u);
  CAF_CHECK_EQUAL(calls_for(192), 3u);
}

CAF_TEST(what_a_socket_does_not_take_stays_queued_and_leaves_later_in_its_order) {
  const auto say_until_it_blocks = [&] {
    auto result = flush_result::done;
    for (int i = 0; i < 10'000 && result == flush_result::done; ++i) {
      queue(std::to_string(i) + std::string(1'000, '.'));
      result = flush_socket(socket, out);
    }
    return result;
  };
  CAF_REQUIRE(say_until_it_blocks() == flush_result::blocked);
  CAF_CHECK(!out.empty());
  queue("the last");
  CAF_CHECK(flush_socket(socket, out) == flush_result::blocked);
  auto heard = together(line.arrived());
  CAF_CHECK(flush_socket(socket, out) == flush_result::done);
  heard += together(line.arrived());
  CAF_CHECK(heard == said);
}

CAF_TEST(a_socket_whose_other_end_is_gone_is_broken) {
  line.close();
  queue("to nobody");
  CAF_CHECK(flush_socket(socket, out) == flush_result::failed);
}

CAF_TEST_FIXTURE_SCOPE_END()
