// The embedder's own HTTP on the server's port.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "http_client.hpp"
#include "log_keeper.hpp"
#include "net/http_fallback.hpp"
#include "net/server.hpp"

#define CAF_SUITE embedding_fallback
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;
using namespace std::literals;
namespace http = boost::beast::http;

namespace {

net::beast_response text(std::string body, http::status status = http::status::ok) {
  net::beast_response result{status, 11};
  result.set(http::field::content_type, "text/plain");
  result.body() = std::move(body);
  return result;
}

/// Replies that are kept for later.
class shelf {
public:
  void put(const net::http_reply& reply) {
    const std::lock_guard guard{mutex_};
    kept_.push_back(reply);
    more_.notify_all();
  }
  net::http_reply take() {
    std::unique_lock guard{mutex_};
    more_.wait(guard, [&] { return !kept_.empty(); });
    auto result = kept_.front();
    kept_.pop_front();
    return result;
  }

private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<net::http_reply> kept_;
};

struct fixture {
  fixture() : server(options(), namespace_table{}, log.logger()) {}

  static net::server_options options() {
    net::server_options result;
    result.address = "127.0.0.1";
    result.port = 0;
    result.threads = 2;
    result.max_payload = 50'000;
    return result;
  }

  void serve(net::http_handler handler, std::chrono::milliseconds deadline = 60s,
             std::size_t max_body = 1'000) {
    server.set_fallback({std::move(handler), deadline, max_body});
    CAF_REQUIRE(!server.start());
  }
  void serve_from(shelf& to, std::chrono::milliseconds deadline = 60s) {
    serve([&to](const net::beast_request&, const net::http_reply& reply) { to.put(reply); },
          deadline);
  }
  std::string answer(std::string_view path, std::string_view method = "GET",
                     std::string_view fields = {}, std::string_view body = {}) const {
    http_client client{server.port()};
    client.request(path, method, fields, body);
    return client.response(method != "HEAD");
  }

  log_keeper log;
  net::server server;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedding_fallback_tests, fixture)

CAF_TEST(without_one_other_paths_do_not_exist) {
  CAF_REQUIRE(!server.start());
  CAF_CHECK_EQUAL(status_of(answer("/page")), 404);
}

CAF_TEST(it_gets_the_whole_request) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    reply.send(text(std::string{request.method_string()} + " " + std::string{request.target()} + " "
                    + std::string{request["x-colour"]} + " " + request.body() + " "
                    + reply.remote_address() + (reply.secure() ? " tls" : " plain")));
  });
  CAF_CHECK_EQUAL(body_of(answer("/page?x=1", "POST", "X-Colour: red\r\n", "content")),
                  "POST /page?x=1 red content 127.0.0.1 plain");
  CAF_CHECK_EQUAL(body_of(answer("/page", "PURGE",
                                 "Transfer-Encoding: chunked\r\n\r\n"
                                 "4\r\nwiki\r\n5\r\npedia\r\n0\r\n")),
                  "PURGE /page  wikipedia 127.0.0.1 plain");
  CAF_CHECK_EQUAL(status_of(answer("/healthz")), 200);
  CAF_CHECK_EQUAL(body_of(answer("/healthz")), "ok\n");
}

CAF_TEST(its_status_and_fields_reach_the_client) {
  serve([](const net::beast_request&, const net::http_reply& reply) {
    auto response = text("gone fishing");
    response.result(418u);
    response.reason("Short and stout");
    response.insert(http::field::set_cookie, "a=1");
    response.insert(http::field::set_cookie, "b=2");
    response.set(http::field::content_length, "1"); // the connection knows better
    response.set(http::field::transfer_encoding, "chunked");
    reply.send(response);
    reply.send(text("a second answer counts for nothing"));
  });
  const auto got = answer("/");
  CAF_CHECK(got.starts_with("HTTP/1.1 418 Short and stout\r\nDate: "));
  CAF_CHECK(got.find("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n") != std::string::npos);
  CAF_CHECK(got.find("Content-Length: 12\r\n") != std::string::npos);
  CAF_CHECK(got.find("chunked") == std::string::npos);
  CAF_CHECK(got.ends_with("\r\n\r\ngone fishing"));
}

CAF_TEST(answers_may_come_later_from_any_thread_and_requests_keep_their_order) {
  shelf replies;
  serve_from(replies);
  http_client client{server.port()};
  client.request("/1");
  client.request("/2");
  client.request("/healthz");
  std::thread elsewhere{[&] {
    for (const auto* body : {"one", "two"}) {
      const auto reply = replies.take();
      if (reply.is_open()) reply.send(text(body));
    }
  }};
  CAF_CHECK_EQUAL(body_of(client.response()), "one");
  CAF_CHECK_EQUAL(body_of(client.response()), "two");
  CAF_CHECK_EQUAL(body_of(client.response()), "ok\n");
  elsewhere.join();
}

CAF_TEST(head_is_answered_without_a_body) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    auto response = text(request.target() == "/made" ? "12345" : "");
    if (request.target() == "/known") response.set(http::field::content_length, "777");
    reply.send(response);
  });
  http_client client{server.port()};
  client.request("/made", "HEAD");
  CAF_CHECK(client.response(false).find("Content-Length: 5\r\n") != std::string::npos);
  client.request("/known", "HEAD");
  CAF_CHECK(client.response(false).find("Content-Length: 777\r\n") != std::string::npos);
  client.request("/made");
  CAF_CHECK_EQUAL(body_of(client.response()), "12345");
}

CAF_TEST(no_content_has_none) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    reply.send(text("not for sending", request.target() == "/304" ? http::status::not_modified
                                                                  : http::status::no_content));
  });
  http_client client{server.port()};
  for (const auto* path : {"/204", "/304", "/204"}) {
    client.request(path);
    const auto got = client.response();
    CAF_CHECK_EQUAL(status_of(got), std::atoi(path + 1));
    CAF_CHECK(got.find("Content-Length") == std::string::npos);
  }
}

CAF_TEST(the_connection_is_kept_unless_somebody_wants_it_closed) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    auto response = text("x");
    if (request.target() == "/close") response.set(http::field::connection, "close");
    reply.send(response);
  });
  http_client client{server.port()};
  client.request("/");
  CAF_CHECK(client.response().find("Connection: keep-alive\r\n") != std::string::npos);
  client.request("/close");
  CAF_CHECK(client.response().find("Connection: close\r\n") != std::string::npos);
  CAF_CHECK(client.is_closed());
  http_client polite{server.port()};
  polite.request("/", "GET", "Connection: close\r\n");
  CAF_CHECK(polite.response().find("Connection: close\r\n") != std::string::npos);
  CAF_CHECK(polite.is_closed());
}

CAF_TEST(a_handler_that_throws_costs_its_request_only) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    if (request.target() == "/odd") throw 7;
    if (request.target() != "/fine") throw std::runtime_error{"no luck"};
    reply.send(text("fine"));
  });
  http_client client{server.port()};
  for (const auto* path : {"/bad?secret", "/odd"}) {
    client.request(path);
    CAF_CHECK_EQUAL(status_of(client.response()), 500);
  }
  client.request("/fine");
  CAF_CHECK_EQUAL(body_of(client.response()), "fine");
  CAF_CHECK_EQUAL(log.count("http_handler_failed path=/bad error=\"no luck\""), 1u);
  CAF_CHECK_EQUAL(log.count("http_handler_failed"), 2u);
}

CAF_TEST(a_reply_that_is_given_up_is_a_failure_at_once) {
  serve([](const net::beast_request&, const net::http_reply&) {});
  CAF_CHECK_EQUAL(status_of(answer("/")), 500);
  CAF_CHECK_EQUAL(log.count("http_handler_failed"), 1u);
}

CAF_TEST(an_answer_that_no_client_could_understand_becomes_500) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    auto response = text("x");
    if (request.target() == "/split") response.set("X-A", "1\r\nX-Injected: 2");
    if (request.target() == "/name") response.set("X A", "1");
    if (request.target() == "/status") response.result(100);
    reply.send(response);
  });
  for (const auto* path : {"/split", "/name", "/status"}) {
    const auto got = answer(path);
    CAF_CHECK_EQUAL(status_of(got), 500);
    CAF_CHECK(got.find("Injected") == std::string::npos);
  }
  CAF_CHECK_EQUAL(log.count("http_response_invalid"), 3u);
  CAF_CHECK_EQUAL(status_of(answer("/")), 200);
}

CAF_TEST(no_answer_within_the_deadline_is_503_and_a_later_one_nothing) {
  shelf replies;
  serve_from(replies, 20ms);
  http_client client{server.port()};
  client.request("/slow");
  const auto slow = replies.take();
  CAF_CHECK_EQUAL(status_of(client.response()), 503);
  CAF_CHECK(!slow.is_open());
  CAF_CHECK_EQUAL(log.count("http_handler_late path=/slow deadline_ms=20"), 1u);
  slow.send(text("too late"));
  client.request("/healthz");
  CAF_CHECK_EQUAL(body_of(client.response()), "ok\n");
}

CAF_TEST(a_body_over_the_limit_is_refused_before_it_is_read) {
  std::atomic<int> calls{0};
  serve([&](const net::beast_request& request, const net::http_reply& reply) {
    ++calls;
    reply.send(text(std::to_string(request.body().size())));
  });
  CAF_CHECK_EQUAL(body_of(answer("/", "PUT", {}, std::string(1'000, 'x'))), "1000");
  CAF_CHECK_EQUAL(status_of(answer("/", "PUT", {}, std::string(1'001, 'x'))), 413);
  CAF_CHECK_EQUAL(status_of(answer("/", "PUT",
                                   "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"
                                       + std::string(1'001, 'x') + "\r\n0\r\n")),
                  413);
  CAF_CHECK_EQUAL(calls.load(), 1);
}

CAF_TEST(its_limit_and_that_of_messages_are_two) {
  serve(
      [](const net::beast_request& request, const net::http_reply& reply) {
        reply.send(text(std::to_string(request.body().size())));
      },
      60s, 200'000);
  CAF_CHECK_EQUAL(body_of(answer("/", "PUT", {}, std::string(200'000, 'x'))), "200000");
  http_client client{server.port()};
  client.request("/socket.io/?EIO=4&transport=polling");
  const auto open = body_of(client.response());
  CAF_REQUIRE(open.size() > 40);
  const auto sid = open.substr(9, open.find('"', 9) - 9);
  const auto path = "/socket.io/?EIO=4&transport=polling&sid=" + sid;
  client.request(path, "POST", {}, "4" + std::string(50'000, 'x'));
  CAF_CHECK_EQUAL(status_of(client.response()), 413);
}

CAF_TEST(a_client_that_expects_to_be_told_to_go_on_is_told) {
  serve([](const net::beast_request& request, const net::http_reply& reply) {
    reply.send(text(request.body()));
  });
  http_client client{server.port()};
  client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  CAF_CHECK_EQUAL(client.take_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  CAF_CHECK_EQUAL(body_of(client.response()), "abc");
  http_client other{server.port()};
  other.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
  CAF_CHECK_EQUAL(status_of(other.response()), 413);
}

CAF_TEST(a_reply_may_outlive_its_client_and_the_server) {
  shelf replies;
  std::optional<net::http_reply> kept;
  {
    net::server other{options(), namespace_table{}};
    other.set_fallback(
        {[&](const net::beast_request&, const net::http_reply& reply) { replies.put(reply); }});
    CAF_REQUIRE(!other.start());
    {
      http_client gone{other.port()};
      gone.request("/");
      kept = replies.take();
      CAF_CHECK(kept->is_open());
    }
    http_client client{other.port()};
    client.request("/");
    const auto second = replies.take();
    other.stop();
    CAF_CHECK(!kept->is_open());
    CAF_CHECK(!second.is_open());
    second.send(text("nobody reads this"));
  }
  kept->send(text("nor this"));
}

CAF_TEST(its_deadline_has_bounds) {
  for (const auto deadline : {std::chrono::milliseconds::max(), std::chrono::milliseconds{0}}) {
    bool refused = false;
    try {
      server.set_fallback({[](const net::beast_request&, const net::http_reply&) {}, deadline});
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CAF_CHECK(refused);
  }
}

CAF_TEST(it_is_set_before_the_server_starts) {
  CAF_REQUIRE(!server.start());
  bool refused = false;
  try {
    server.set_fallback({});
  } catch (const std::logic_error&) {
    refused = true;
  }
  CAF_CHECK(refused);
}

CAF_TEST_FIXTURE_SCOPE_END()
