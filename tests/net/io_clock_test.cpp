// The actor clock without a loop: times are passed in. Receivers are companions, which hand us
// every message they get.
#include "net/io_clock.hpp"

#include <caf/actor_companion.hpp>
#include <caf/all.hpp>
#include <string>
#include <vector>

#define CAF_SUITE net_io_clock
#include "caf/test/dsl.hpp"

using namespace reliable_signaler::net;
using namespace std::chrono_literals;

namespace {

using time_point = io_clock::time_point;
constexpr time_point t0{1000h};
constexpr auto never = time_point::max();

struct fixture : test_coordinator_fixture<> {
  io_clock clock;
  std::vector<std::string> got;

  // An actor whose messages end up in `got`, with its name before them.
  caf::actor companion(std::string name) {
    auto result = sys.spawn<caf::actor_companion>();
    caf::actor_cast<caf::actor_companion*>(result)->on_enqueue(
        [this, name = std::move(name)](caf::mailbox_element_ptr element) {
          auto content = element->move_content_to_message();
          auto request = element->mid.is_request() || element->mid.is_response();
          got.push_back(name + (request ? "!" : ":") + caf::to_string(content));
        });
    return result;
  }
  static caf::abstract_actor* raw(const caf::actor& a) {
    return caf::actor_cast<caf::abstract_actor*>(a);
  }
  void message(time_point t, const caf::actor& to, int content,
               caf::message_id id = caf::make_message_id()) {
    clock.schedule_message(t, caf::actor_cast<caf::strong_actor_ptr>(to),
                           caf::make_mailbox_element(nullptr, id, {}, content));
  }
  std::string expire(time_point t) {
    got.clear();
    clock.expire(t);
    std::string all;
    for (auto& s : got) all += (all.empty() ? "" : " ") + s;
    return all;
  }
};

constexpr auto receive = caf::atom("receive");
constexpr auto cycle = caf::atom("cycle");

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_io_clock_tests, fixture)

CAF_TEST(messages_are_delivered_in_order_and_not_before_their_time) {
  auto a = companion("a");
  message(t0 + 2s, a, 2);
  message(t0 + 1s, a, 1);
  message(t0 + 2s, a, 3);
  CAF_CHECK_EQUAL(clock.size(), 3u);
  CAF_CHECK(clock.next() == t0 + 1s);
  CAF_CHECK_EQUAL(expire(t0 + 1s - 1ns), "");
  CAF_CHECK_EQUAL(expire(t0 + 1s), "a:(1)");
  CAF_CHECK_EQUAL(expire(t0 + 5s), "a:(2) a:(3)");
  CAF_CHECK_EQUAL(clock.size(), 0u);
  CAF_CHECK(clock.next() == never);
}

CAF_TEST(a_receive_timeout_replaces_the_one_of_its_type) {
  auto a = companion("a");
  clock.set_ordinary_timeout(t0 + 1s, raw(a), receive, 1);
  clock.set_ordinary_timeout(t0 + 3s, raw(a), receive, 2);
  clock.set_ordinary_timeout(t0 + 2s, raw(a), cycle, 7);
  CAF_CHECK_EQUAL(clock.size(), 2u);
  CAF_CHECK_EQUAL(expire(t0 + 1s), "");
  CAF_CHECK_EQUAL(expire(t0 + 2s), "a:(timeout_msg('cycle', 7))");
  clock.set_ordinary_timeout(t0 + 2500ms, raw(a), receive, 3); // also earlier
  CAF_CHECK_EQUAL(expire(t0 + 4s), "a:(timeout_msg('receive', 3))");
}

CAF_TEST(multi_timeouts_and_requests_stand_side_by_side) {
  auto a = companion("a");
  clock.set_multi_timeout(t0 + 1s, raw(a), cycle, 1);
  clock.set_multi_timeout(t0 + 1s, raw(a), cycle, 2);
  clock.set_request_timeout(t0 + 1s, raw(a), caf::make_message_id(8).response_id());
  CAF_CHECK_EQUAL(clock.size(), 3u);
  CAF_CHECK_EQUAL(expire(t0 + 1s),
                  "a:(timeout_msg('cycle', 1)) a:(timeout_msg('cycle', 2)) "
                  "a!(system_error(request_timeout))");
}

CAF_TEST(cancelling_takes_out_what_it_names_and_nothing_else) {
  auto a = companion("a"), b = companion("b");
  auto id = [](unsigned n) { return caf::make_message_id(n).response_id(); };
  for (auto& x : {a, b}) {
    clock.set_ordinary_timeout(t0, raw(x), receive, 1);
    clock.set_ordinary_timeout(t0, raw(x), cycle, 2);
    clock.set_request_timeout(t0, raw(x), id(8));
    clock.set_request_timeout(t0, raw(x), id(9));
  }
  clock.cancel_ordinary_timeout(raw(a), receive);
  clock.cancel_ordinary_timeout(raw(a), receive);
  clock.cancel_request_timeout(raw(a), id(8));
  clock.cancel_request_timeout(raw(b), id(77));
  CAF_CHECK_EQUAL(clock.size(), 6u);
  clock.cancel_timeouts(raw(b));
  CAF_CHECK_EQUAL(clock.size(), 2u);
  CAF_CHECK_EQUAL(expire(t0), "a:(timeout_msg('cycle', 2)) a!(system_error(request_timeout))");
}

CAF_TEST(the_end_of_an_actor_drops_what_is_scheduled_for_it) {
  auto a = companion("a"), b = companion("b");
  message(t0 + 1h, a, 1);
  message(t0 + 1h, b, 2);
  clock.set_multi_timeout(t0 + 1h, raw(a), cycle, 1);
  clock.cancel_timeouts(raw(a));
  CAF_CHECK_EQUAL(clock.size(), 1u);
  CAF_CHECK_EQUAL(expire(t0 + 1h), "b:(2)");
}

CAF_TEST(nothing_is_scheduled_for_an_actor_that_has_ended) {
  auto a = companion("a");
  caf::actor_cast<caf::actor_companion*>(a)->cleanup(caf::exit_reason::kill, nullptr);
  message(t0 + 1h, a, 1);
  clock.set_ordinary_timeout(t0 + 1h, raw(a), receive, 1);
  CAF_CHECK_EQUAL(clock.size(), 0u);
}

CAF_TEST(a_scheduled_request_survives_the_end_of_its_receiver_and_is_answered_by_it) {
  auto a = companion("a");
  message(t0 + 1h, a, 1, caf::make_message_id(8));
  clock.cancel_timeouts(raw(a));
  CAF_CHECK_EQUAL(clock.size(), 1u);
  CAF_CHECK_EQUAL(expire(t0 + 1h), "a!(1)");
}

CAF_TEST(an_actor_lives_until_its_message_is_delivered_and_no_longer) {
  caf::weak_actor_ptr weak;
  {
    auto a = companion("a");
    message(t0 + 1h, a, 1);
    weak = caf::actor_cast<caf::weak_actor_ptr>(a);
  }
  CAF_CHECK(weak.lock() != nullptr);
  expire(t0 + 1h);
  CAF_CHECK(weak.lock() == nullptr);
}

CAF_TEST(destroying_entries_may_call_back_into_the_clock) {
  // The last reference to an actor dies with the entry; its end cancels its own timeouts.
  {
    auto inner = companion("inner");
    auto outer = companion("outer");
    clock.set_multi_timeout(t0 + 1h, raw(inner), cycle, 1);
    clock.schedule_message(t0 + 1h, caf::actor_cast<caf::strong_actor_ptr>(outer),
                           caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, inner));
  }
  clock.cancel_all();
  CAF_CHECK_EQUAL(clock.size(), 0u);
}

CAF_TEST(groups_get_their_messages) {
  auto group = sys.groups().anonymous();
  auto receiver = sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  sched.run();
  CAF_REQUIRE(group.get()->subscribe(caf::actor_cast<caf::strong_actor_ptr>(receiver)));
  clock.schedule_message(t0 + 1s, group, nullptr, caf::make_message(5));
  clock.schedule_message(t0 + 1s, caf::group{}, nullptr, caf::make_message(6));
  CAF_CHECK_EQUAL(clock.expire(t0 + 1s), 2u);
  expect((int), to(receiver).with(5));
  group.get()->stop();
  caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  sched.run();
}

CAF_TEST(a_flood_is_delivered_in_portions) {
  auto a = companion("a");
  for (size_t i = 0; i < io_clock::max_per_expire + 1; ++i) message(t0, a, static_cast<int>(i));
  CAF_CHECK_EQUAL(clock.expire(t0), io_clock::max_per_expire);
  CAF_CHECK_EQUAL(clock.expire(t0), 1u);
  CAF_CHECK_EQUAL(got.size(), io_clock::max_per_expire + 1);
  CAF_CHECK_EQUAL(got.back(), "a:(256)");
}

CAF_TEST(a_closed_clock_takes_nothing) {
  auto a = companion("a");
  message(t0, a, 1);
  clock.close();
  CAF_CHECK_EQUAL(clock.size(), 0u);
  message(t0, a, 2);
  clock.set_multi_timeout(t0, raw(a), cycle, 1);
  CAF_CHECK_EQUAL(clock.size(), 0u);
  CAF_CHECK_EQUAL(expire(t0), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
