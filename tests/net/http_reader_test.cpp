// HTTP requests out of bytes, however they are cut, and what is refused.
#include "net/http_reader.hpp"

#include <cstring>
#include <string>
#include <vector>

#define CAF_SUITE net_http_reader
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
using status = http_reader::status;

namespace {

constexpr size_t max_head = 1'024;
constexpr size_t max_body = 100;

// What came out of the bytes: "GET /path", the body if there is one, and the error at the end.
struct outcome {
  std::vector<std::string> requests;
  unsigned error = 0;
};

outcome read(std::string_view bytes, size_t at_a_time) {
  http_reader reader{max_head, max_body};
  outcome result;
  for (;;) {
    switch (reader.next()) {
      case status::head:
        result.requests.push_back(std::string{reader.request().method} + " "
                                  + std::string{reader.request().target});
        break;
      case status::complete:
        if (!reader.body().empty()) result.requests.push_back("body " + reader.body());
        break;
      case status::failed:
        result.error = reader.error_status();
        return result;
      case status::need_more: {
        if (bytes.empty()) return result;
        const auto room = reader.prepare();
        const auto count = std::min({bytes.size(), at_a_time, room.size()});
        std::memcpy(room.data(), bytes.data(), count);
        reader.commit(count);
        bytes.remove_prefix(count);
      }
    }
  }
}

unsigned refusal(std::string_view bytes) {
  const auto at_once = read(bytes, bytes.size());
  const auto in_pieces = read(bytes, 1);
  CAF_CHECK_EQUAL(at_once.error, in_pieces.error);
  return at_once.error;
}

} // namespace

CAF_TEST(requests_are_the_same_however_the_bytes_are_cut) {
  const std::string bytes =
      "\r\nGET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /b HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\n\r\nhello"
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nHost: trailer\r\n\r\n"
      "GET /d HTTP/1.0\r\n\r\n";
  const std::vector<std::string> expected{"GET /a?b", "POST /b",    "body hello",
                                          "POST /c",  "body abcde", "GET /d"};
  for (const auto size : {size_t{1}, size_t{2}, size_t{7}, bytes.size()}) {
    const auto result = read(bytes, size);
    CAF_CHECK_EQUAL(result.requests, expected);
    CAF_CHECK_EQUAL(result.error, 0u);
  }
}

CAF_TEST(what_implementations_understand_differently_is_refused) {
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                          "Content-Length: 5\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                          "Content-Length: 6\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n"),
                  501u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                          "Transfer-Encoding: identity\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: b\n\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/1.1\r\nHost: x\r\nA: b\rc: d\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/1.1\r\nA: b\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), 400u);
  CAF_CHECK_EQUAL(refusal("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "5 \r\nhello\r\n0\r\n\r\n"),
                  400u);
  CAF_CHECK_EQUAL(refusal("\x16\x03\x01\x02"), 400u);
}

CAF_TEST(heads_and_bodies_have_limits) {
  const std::string begin = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
  const std::string end = "\r\n\r\n";
  const std::string fits(max_head - begin.size() - end.size(), 'a');
  CAF_CHECK_EQUAL(refusal(begin + fits + end), 0u);
  CAF_CHECK_EQUAL(refusal(begin + fits + "a" + end), 431u);
  CAF_CHECK_EQUAL(refusal(begin + std::string(10 * max_head, 'a')), 431u);

  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::string body(max_body, 'b');
  CAF_CHECK_EQUAL(refusal(post + "Content-Length: 100\r\n\r\n" + body), 0u);
  CAF_CHECK_EQUAL(refusal(post + "Content-Length: 101\r\n\r\n"), 413u);
  CAF_CHECK_EQUAL(refusal(post + "Transfer-Encoding: chunked\r\n\r\n64\r\n" + body + "\r\n1\r\n"),
                  413u);
  CAF_CHECK_EQUAL(
      refusal(post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(2 * max_head, 'x')),
      400u);
}

CAF_TEST(a_head_says_what_its_fields_mean) {
  http_reader reader{max_head, max_body};
  const std::string_view bytes =
      "GET /socket.io/?EIO=4&transport=webs%6fcket&sid= HTTP/1.1\r\nHost: x\r\n"
      "CONNECTION: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nrest";
  std::memcpy(reader.prepare().data(), bytes.data(), bytes.size());
  reader.commit(bytes.size());
  CAF_REQUIRE(reader.next() == status::head);
  const auto& head = reader.request();
  CAF_CHECK(head.wants_websocket);
  CAF_CHECK(head.keep_alive);
  CAF_CHECK(!head.has_body);
  CAF_CHECK_EQUAL(head.path(), "/socket.io/");
  CAF_CHECK_EQUAL(query_parameter(head.query(), "transport"), "websocket");
  CAF_CHECK_EQUAL(query_parameter(head.query(), "sid"), "");
  CAF_CHECK_EQUAL(query_parameter(head.query(), "IO"), "");
  CAF_CHECK_EQUAL(head.find("connection"), "keep-alive, Upgrade");
  CAF_CHECK_EQUAL(reader.unread(), "rest");
  CAF_CHECK_EQUAL(reader.unread_with_head(), bytes);
}
