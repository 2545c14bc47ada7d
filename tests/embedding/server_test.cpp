// Servers inside a program: their life, beside each other, in whatever actor system.
#include "net/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <csignal>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "actors/json_arguments.hpp"
#include "actors/socket.hpp"
#include "http_client.hpp"
#include "log_keeper.hpp"
#include "net/io_scheduler.hpp"

#define CAF_SUITE embedding_server
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler;
using namespace std::literals;

namespace {

net::server_options loopback() {
  net::server_options result;
  result.address = "127.0.0.1";
  result.port = 0;
  result.threads = 2;
  return result;
}

namespace_table echo_table(const std::string& nsp = "/") {
  namespace_table result;
  result.of(nsp).on("echo", [](auto&, const event_ptr&, const acknowledgement& ack) {
    ack.send(arguments{R"(["heard"])", {}});
  });
  return result;
}

/// A session over polling, until it is connected to a namespace.
class poller {
public:
  explicit poller(std::uint16_t port) : client_(port) {
    client_.request("/socket.io/?EIO=4&transport=polling");
    const auto open = body_of(client_.response());
    const auto at = open.find(R"("sid":")");
    if (at == std::string::npos) return;
    path_ = "/socket.io/?EIO=4&transport=polling&sid="
            + open.substr(at + 7, open.find('"', at + 7) - at - 7);
    post("40");
    answer = poll();
    connected = answer.starts_with("40{");
  }

  /// Ends the session: a server that stops would give it time to be told.
  ~poller() {
    if (!path_.empty()) post("1");
  }

  std::string post(std::string_view packets) {
    client_.request(path_, "POST", {}, packets);
    return body_of(client_.response());
  }
  std::string poll() {
    ask();
    return body_of(client_.response());
  }
  /// Polls; the response is for later.
  void ask() { client_.request(path_); }
  http_client& client() { return client_; }

  std::string answer; // to CONNECT
  bool connected = false;

private:
  http_client client_;
  std::string path_;
};

bool echoes(std::uint16_t port) {
  poller someone{port};
  if (!someone.connected) return false;
  someone.post(R"(421["echo"])");
  return someone.poll() == R"(431["heard"])";
}

template <class Error, class Call>
bool throws(Call call) {
  try {
    call();
    return false;
  } catch (const Error&) {
    return true;
  }
}

} // namespace

CAF_TEST(a_server_runs_in_an_actor_system_with_the_stock_scheduler) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  net::server server{loopback(), system, echo_table()};
  CAF_REQUIRE(!server.start());
  CAF_CHECK(server.port() != 0);
  CAF_CHECK(echoes(server.port()));
}

CAF_TEST(a_server_runs_on_the_io_scheduler_of_somebody_elses_system) {
  caf::actor_system_config config;
  config.load<net::io_scheduler>();
  config.set("scheduler.max-threads", size_t{2});
  caf::actor_system system{config};
  net::server server{loopback(), system, echo_table()};
  CAF_REQUIRE(!server.start());
  CAF_CHECK(echoes(server.port()));
}

CAF_TEST(a_server_may_have_an_actor_system_of_its_own) {
  for (const auto kind : {net::scheduler_kind::io, net::scheduler_kind::stock}) {
    auto options = loopback();
    options.scheduler = kind;
    net::server server{options, echo_table()};
    CAF_REQUIRE(!server.start());
    CAF_CHECK(echoes(server.port()));
    CAF_CHECK_EQUAL(net::io_scheduler::of(server.system()) != nullptr,
                    kind == net::scheduler_kind::io);
  }
}

CAF_TEST(several_servers_live_in_one_system_and_know_nothing_of_each_other) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  net::server one{loopback(), system, echo_table()};
  net::server other{loopback(), system, echo_table("/other")};
  CAF_REQUIRE(!one.start());
  CAF_REQUIRE(!other.start());
  CAF_CHECK(one.port() != other.port());
  CAF_CHECK(echoes(one.port()));
  CAF_CHECK(!poller{other.port()}.connected);
  other.stop();
  CAF_CHECK(echoes(one.port()));
  CAF_CHECK(!http_client{other.port()}.connected());
}

CAF_TEST(a_second_server_on_a_port_fails_at_start_and_may_try_again) {
  net::server first{loopback(), echo_table()};
  CAF_REQUIRE(!first.start());
  auto options = loopback();
  options.port = first.port();
  net::server second{options, echo_table()};
  const auto failure = second.start();
  CAF_REQUIRE(failure.has_value());
  CAF_CHECK(!failure->in_options);
  CAF_CHECK_EQUAL(failure->text, "cannot listen on 127.0.0.1:" + std::to_string(options.port)
                                     + ": the port is busy, another server uses it");
  CAF_CHECK_EQUAL(second.port(), 0u);
  CAF_CHECK(echoes(first.port()));
  first.stop();
  CAF_REQUIRE(!second.start());
  CAF_CHECK_EQUAL(second.port(), options.port);
  CAF_CHECK(echoes(second.port()));
}

CAF_TEST(options_that_cannot_work_are_refused_at_start) {
  auto options = loopback();
  options.path = "socket.io";
  net::server server{options, echo_table()};
  const auto failure = server.start();
  CAF_REQUIRE(failure.has_value());
  CAF_CHECK(failure->in_options);
  CAF_CHECK(failure->text.find("--path") != std::string::npos);
}

CAF_TEST(limits_that_only_programs_set_have_bounds_too) {
  const auto complaint = [](auto set) {
    auto options = loopback();
    set(options);
    return net::check(options);
  };
  using o = net::server_options&;
  CAF_CHECK_EQUAL(complaint([](o) {}), "");
  CAF_CHECK_EQUAL(complaint([](o x) { x.middleware_timeout = 0ms; }),
                  "middleware_timeout must be between 1ms and 1h");
  CAF_CHECK_EQUAL(complaint([](o x) { x.max_unanswered = 0; }),
                  "max_unanswered must be between 1 and 1000000");
  CAF_CHECK_EQUAL(complaint([](o x) { x.max_room_id_bytes = 0; }),
                  "max_room_id_bytes must be between 1 and 65536");
  CAF_CHECK_EQUAL(complaint([](o x) { x.token_life = 0s; }),
                  "token_life must be between 1s and 10 years");
  CAF_CHECK_EQUAL(complaint([](o x) { x.secret = "too short"; }),
                  "secret must be empty or have at least 32 bytes");
}

CAF_TEST(times_without_an_end_are_refused_at_start) {
  using o = net::server_options;
  for (const auto field :
       {&o::ping_interval, &o::ping_timeout, &o::upgrade_timeout, &o::connect_timeout,
        &o::middleware_timeout, &o::grace, &o::replay_age, &o::backoff_min, &o::backoff_max,
        &o::drain_after, &o::header_timeout, &o::body_timeout, &o::idle_timeout}) {
    for (const auto time : {o::duration::max(), o::duration::min(), o::duration{-1}}) {
      auto options = loopback();
      options.*field = time;
      net::server server{options, echo_table()};
      const auto failure = server.start();
      CAF_REQUIRE(failure.has_value());
      CAF_CHECK(failure->in_options);
    }
  }
}

CAF_TEST(a_folder_that_is_not_there_is_refused_at_start) {
  auto options = loopback();
  options.web_root = "/no/such/folder";
  net::server server{options, echo_table()};
  const auto failure = server.start();
  CAF_REQUIRE(failure.has_value());
  CAF_CHECK(failure->in_options);
  CAF_CHECK_EQUAL(failure->text, "--web-root: there is no folder '/no/such/folder'");
}

CAF_TEST(a_server_is_neither_started_nor_stopped_by_a_handler_which_it_would_wait_for) {
  for (const auto our_scheduler : {true, false}) {
    caf::actor_system_config config;
    if (our_scheduler) config.load<net::io_scheduler>();
    caf::actor_system system{config};
    std::atomic<int> refused{0};
    std::atomic<net::server*> self{nullptr};
    net::server other{loopback(), system, echo_table()};
    namespace_table table;
    table.of("/").on("end", [&](auto&, const event_ptr&, const acknowledgement& ack) {
      if (throws<std::logic_error>([&] { self.load()->stop(); })) ++refused;
      if (throws<std::logic_error>([&] { other.start(); })) ++refused;
      other.stop(); // does not run: nothing to wait for
      ack.send(arguments{});
    });
    net::server server{loopback(), system, std::move(table)};
    self = &server;
    CAF_REQUIRE(!server.start());
    poller someone{server.port()};
    someone.post(R"(421["end"])");
    CAF_CHECK_EQUAL(someone.poll(), "431[]");
    CAF_CHECK_EQUAL(refused.load(), 2);
    CAF_REQUIRE(!other.start());
  }
}

CAF_TEST(a_server_is_not_stopped_by_an_actor_whose_thread_it_would_wait_for) {
  for (const auto our_scheduler : {true, false}) {
    caf::actor_system_config config;
    if (our_scheduler) config.load<net::io_scheduler>();
    caf::actor_system system{config};
    net::server server{loopback(), system, echo_table()};
    CAF_REQUIRE(!server.start());
    std::promise<bool> in_an_actor;
    system.spawn([&](caf::event_based_actor*) {
      in_an_actor.set_value(throws<std::logic_error>([&] { server.stop(); }));
    });
    CAF_CHECK(in_an_actor.get_future().get());
    CAF_CHECK(echoes(server.port()));
    // A thread that it begins may.
    std::promise<bool> in_a_thread;
    system.spawn([&](caf::event_based_actor*) {
      std::thread{[&] {
        in_a_thread.set_value(throws<std::logic_error>([&] { server.stop(); }));
      }}.detach();
    });
    CAF_CHECK(!in_a_thread.get_future().get());
    CAF_REQUIRE(!server.start());
    // One that has a thread of its own may.
    std::promise<bool> in_a_detached_one;
    system.spawn<caf::detached>([&](caf::event_based_actor*) {
      in_a_detached_one.set_value(throws<std::logic_error>([&] { server.stop(); }));
    });
    CAF_CHECK(!in_a_detached_one.get_future().get());
    CAF_CHECK_EQUAL(server.port(), 0u);
  }
}

CAF_TEST(limits_that_programs_set_reach_the_actors) {
  namespace_table table;
  using reliable_signaler::socket; // not that of POSIX
  table.of("/").on("sit", [](socket& s, const event_ptr& e, const acknowledgement& ack) {
    s.join(argument(*e, 0).get<std::string>(), ack, make_answer("in"),
           [ack](socket&, refusal why) { ack.send(make_answer(code_of(why))); });
  });
  auto options = loopback();
  options.max_room_id_bytes = 4;
  net::server server{options, std::move(table)};
  CAF_REQUIRE(!server.start());
  poller someone{server.port()};
  someone.post(R"(421["sit","four"])");
  CAF_CHECK_EQUAL(someone.poll(), R"(431["in"])");
  someone.post(R"(422["sit","fives"])");
  CAF_CHECK_EQUAL(someone.poll(), R"(432["invalid-room-id"])");
}

CAF_TEST(stopping_says_good_bye_and_a_server_starts_again_with_the_same_handlers) {
  net::server server{loopback(), echo_table()};
  for (int life = 0; life < 3; ++life) {
    CAF_REQUIRE(!server.start());
    poller waiting{server.port()};
    CAF_REQUIRE(waiting.connected);
    http_client idle{server.port()};
    idle.request("/healthz");
    CAF_CHECK_EQUAL(status_of(idle.response()), 200);
    CAF_CHECK(echoes(server.port()));
    waiting.ask();
    const auto port = server.port();
    server.stop();
    CAF_CHECK_EQUAL(body_of(waiting.client().response()), "1"); // the end of the session
    CAF_CHECK(waiting.client().is_closed());
    CAF_CHECK(idle.is_closed());
    CAF_CHECK_EQUAL(server.port(), 0u);
    CAF_CHECK(!http_client{port}.connected());
    CAF_CHECK_EQUAL(server.counters().connections.load(), 0);
    CAF_CHECK_EQUAL(server.counters().sockets.load(), 0);
    server.stop();
  }
}

CAF_TEST(stopping_waits_for_the_handlers_that_hear_of_it) {
  std::atomic<int> gone{0};
  namespace_table table;
  table.of("/").on_disconnect(
      [&](auto&, std::string_view reason) { gone += reason == "server shutting down" ? 1 : 100; });
  caf::actor_system_config config;
  caf::actor_system system{config};
  net::server server{loopback(), system, std::move(table)};
  CAF_REQUIRE(!server.start());
  poller one{server.port()};
  poller other{server.port()};
  one.ask();
  other.ask();
  server.stop();
  CAF_CHECK_EQUAL(gone.load(), 2);
}

CAF_TEST(a_check_that_never_answers_refuses_when_its_time_is_over) {
  namespace_table table;
  std::optional<connect_attempt> kept;
  table.of("/").use([&](const connect_attempt& attempt) { kept = attempt; });
  auto options = loopback();
  options.middleware_timeout = 20ms;
  net::server server{options, std::move(table)};
  CAF_REQUIRE(!server.start());
  CAF_CHECK_EQUAL(poller{server.port()}.answer, R"(44{"message":"timeout"})");
}

CAF_TEST(handlers_come_before_the_server) {
  namespace_table table;
  auto& root = table.of("/");
  auto& numbered = table.matching("/[0-9]+");
  const net::server server{loopback(), std::move(table)};
  const auto handler = [](auto&, const event_ptr&, const acknowledgement&) {};
  CAF_CHECK(throws<std::logic_error>([&] { root.on("late", handler); }));
  CAF_CHECK(throws<std::logic_error>([&] { root.on_connect([](auto&) {}); }));
  CAF_CHECK(throws<std::logic_error>([&] { numbered.use([](const connect_attempt&) {}); }));
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tested.
  CAF_CHECK(throws<std::logic_error>([&] { table.of("/late"); }));
}

CAF_TEST(a_running_server_is_not_started_again) {
  net::server server{loopback(), echo_table()};
  CAF_REQUIRE(!server.start());
  CAF_CHECK(throws<std::logic_error>([&] { server.start(); }));
  CAF_CHECK(echoes(server.port()));
}

CAF_TEST(a_server_leaves_signals_alone) {
  constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD};
  const auto all_default = [&] {
    return std::all_of(std::begin(signals), std::end(signals), [](int x) {
      struct sigaction now {};
      sigaction(x, nullptr, &now);
      return now.sa_handler == SIG_DFL;
    });
  };
  CAF_REQUIRE(all_default());
  net::server server{loopback(), echo_table()};
  CAF_REQUIRE(!server.start());
  // Somebody who goes away in the middle of an answer would raise SIGPIPE.
  http_client{server.port()}.request("/healthz");
  CAF_CHECK(echoes(server.port()));
  CAF_CHECK(all_default());
}

CAF_TEST(what_a_server_has_to_say_goes_to_the_logger) {
  const log_keeper log;
  net::server server{loopback(), echo_table(), log.logger()};
  CAF_REQUIRE(!server.start());
  CAF_CHECK_EQUAL(log.count("listening"), 1u);
  server.stop();
  CAF_CHECK_EQUAL(log.count("stopped"), 1u);
}
