// Tests of who is let into a namespace.
#define CAF_SUITE actors_middleware
#include <stdexcept>

#include "fixture.hpp"
#include "json_arguments.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

CAF_TEST_FIXTURE_SCOPE(middleware_tests, signaler_fixture)

CAF_TEST(middleware_is_asked_in_order_and_what_it_leaves_becomes_the_sockets_data) {
  lines order;
  namespace_table table;
  table.of("/chat")
      .use([&](const connect_attempt& attempt) {
        order.push_back("first " + attempt.auth());
        attempt.data() = std::string{"alice"};
        attempt.accept();
      })
      .use([&](const connect_attempt& attempt) {
        order.push_back("second " + attempt.nsp());
        attempt.accept();
      })
      .on_connect([&](socket& s) { order.push_back(std::any_cast<std::string>(s.data())); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat", R"({"token":1})");
  settle();
  CAF_CHECK_EQUAL(order, (lines{R"(first {"token":1})", "second /chat", "alice"}));
  CAF_CHECK_EQUAL(alice.hears(), lines{"/chat connected"});
  CAF_CHECK(!sched.has_pending_timeout());
}

CAF_TEST(a_refused_client_hears_why_and_the_rest_is_not_asked) {
  int asked = 0;
  namespace_table table;
  table.of("/chat")
      .use([](const connect_attempt& a) { a.refuse("not you", R"({"code":7})"); })
      .use([&](const connect_attempt& a) {
        ++asked;
        a.accept();
      });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(/chat refused not you{"code":7})"});
  CAF_CHECK_EQUAL(alice.port->refused, lines{"/chat"});
  CAF_CHECK_EQUAL(asked, 0);
  CAF_CHECK_EQUAL(counts().sockets, 0);
  alice.connects("/");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"connected"});
}

CAF_TEST(data_of_a_refusal_that_is_no_json_is_refused_at_the_call_and_the_attempt_stays_open) {
  std::vector<connect_attempt> attempts;
  namespace_table table;
  table.of("/chat").use([&](const connect_attempt& a) { attempts.push_back(a); });
  table.of("/careless").use([](const connect_attempt& a) { a.refuse("no", "not json"); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  for (const auto* data : {"not json", "{", "1 2", " ", "\"\xFF\"", "nan"}) {
    bool refused = false;
    try {
      attempts.at(0).refuse("no", data);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CAF_CHECK(refused);
  }
  CAF_CHECK(!attempts.at(0).answered());
  attempts.at(0).refuse("no", R"( [1, {"a":null}] )");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{R"(/chat refused no [1, {"a":null}] )"});
  alice.connects("/careless");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/careless refused internal error"});
  CAF_CHECK_EQUAL(logged, lines{"middleware_failed"});
}

CAF_TEST(a_refusal_whose_message_is_not_utf_8_is_sent_as_far_as_it_is) {
  namespace_table table;
  table.of("/chat").use([](const connect_attempt& a) { a.refuse("\xFFno \xE2\x82 caf\xC3\xA9"); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/chat refused \uFFFDno \uFFFD café"});
}

CAF_TEST(times_without_an_end_do_not_overflow) {
  std::vector<connect_attempt> attempts;
  namespace_table table;
  table.of("/chat").use([&](const connect_attempt& a) { attempts.push_back(a); });
  signaler_options options;
  options.middleware_timeout = options.grace = options.log_age = std::chrono::milliseconds::max();
  options.token_life = std::chrono::seconds::max();
  start(options, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  sched.advance_time(24h);
  settle();
  CAF_CHECK(alice.hears().empty());
  attempts.at(0).accept();
  settle();
  const auto heard = alice.hears();
  CAF_REQUIRE(!heard.empty());
  CAF_CHECK_EQUAL(heard.front(), "/chat connected");
  connect("bob").loses_transport();
  settle();
  sched.advance_time(24h);
  settle();
  CAF_CHECK_EQUAL(comes_back("bob").hears(), (lines{"connected", "hello"}));
  CAF_CHECK_EQUAL(counts().sockets, 2);
}

CAF_TEST(an_answer_may_come_later_but_only_once_and_only_in_time) {
  std::vector<connect_attempt> attempts;
  namespace_table table;
  table.of("/chat").use([&](const connect_attempt& a) { attempts.push_back(a); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  auto& bob = open_session("bob");
  alice.connects("/chat");
  bob.connects("/chat");
  settle();
  CAF_CHECK(alice.hears().empty());
  attempts.at(0).accept();
  attempts.at(0).refuse("too late");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/chat connected"});
  sched.advance_time(10s);
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{"/chat refused timeout"});
  CAF_CHECK(alice.hears().empty());
  attempts.at(1).accept();
  settle();
  CAF_CHECK(bob.hears().empty());
  CAF_CHECK_EQUAL(counts().sockets, 1);
}

CAF_TEST(middleware_that_throws_lets_nobody_in) {
  namespace_table table;
  table.of("/chat").use([](const connect_attempt&) { throw std::runtime_error("boom"); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"/chat refused internal error"});
  CAF_CHECK_EQUAL(logged, lines{"middleware_failed"});
}

CAF_TEST(a_client_that_goes_while_middleware_thinks_is_forgotten) {
  std::vector<connect_attempt> attempts;
  namespace_table table;
  table.of("/chat").use([&](const connect_attempt& a) { attempts.push_back(a); });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  alice.connects("/chat");
  settle();
  alice.loses_transport();
  settle();
  attempts.at(0).accept();
  attempts.clear();
  settle();
  CAF_CHECK_EQUAL(counts().sockets, 0);
  CAF_CHECK_EQUAL(counts().connections, 0);
}

CAF_TEST(clients_of_a_pattern_share_its_handlers_and_nothing_else) {
  namespace_table table;
  table.matching("/game-[0-9]+").on("hi", [](socket& s, const event_ptr&, const acknowledgement&) {
    s.everyone_else().emit(make_event("hi", s.nsp()));
  });
  start({}, std::move(table));
  auto& alice = open_session("alice");
  auto& bob = open_session("bob");
  alice.connects("/game-1");
  alice.connects("/game-x");
  bob.connects("/game-1");
  bob.connects("/game-2");
  settle();
  CAF_CHECK_EQUAL(alice.hears(), (lines{"/game-1 connected", "/game-x refused Invalid namespace"}));
  bob.hears();
  alice.emits("hi", R"(["hi"])", {}, "/game-1");
  settle();
  CAF_CHECK_EQUAL(bob.hears(), lines{R"(/game-1 event ["hi","/game-1"])"});
  CAF_CHECK(alice.hears().empty());
}

CAF_TEST(headers_and_query_of_the_handshake_can_be_read) {
  handshake h;
  h.query = "EIO=4&name=a%20b+c&empty=&flag&bad=%zz&sign=%+1";
  h.headers = {{"Host", "x"}, {"authorization", "Bearer 1"}, {"empty", ""}, {"host", "y"}};
  CAF_CHECK_EQUAL(h.query_parameter("name"), "a b c");
  CAF_CHECK_EQUAL(h.query_parameter("EIO"), "4");
  CAF_CHECK_EQUAL(h.query_parameter("empty"), "");
  CAF_CHECK_EQUAL(h.query_parameter("flag"), "");
  CAF_CHECK_EQUAL(h.query_parameter("bad"), "%zz");
  CAF_CHECK_EQUAL(h.query_parameter("sign"), "% 1");
  CAF_CHECK_EQUAL(h.query_parameter("none"), "");
  CAF_CHECK_EQUAL(std::string{h.header("authorization")}, "Bearer 1");
  CAF_CHECK_EQUAL(std::string{h.header("host")}, "x");
  CAF_CHECK_EQUAL(std::string{h.header("cookie")}, "");
  std::string all;
  for (const auto& [name, value] : h.headers) all.append(name).append("=").append(value) += ';';
  CAF_CHECK_EQUAL(all, "host=x;authorization=Bearer 1;empty=;host=y;");
  CAF_CHECK(handshake{}.headers.empty());
}

CAF_TEST_FIXTURE_SCOPE_END()
