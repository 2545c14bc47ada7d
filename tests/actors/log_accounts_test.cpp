// Tests of what is kept for the clients of one network address together.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "delivery_log.hpp"

#define CAF_SUITE actors_log_accounts
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t log_bytes = 16'000;
/// What a log may still have where too much is kept, and no event of these tests is larger than.
constexpr std::size_t small_share = log_bytes / 16;
constexpr std::size_t event_bytes = 500;
/// Two logs have less, and with an event of a third one they have more.
constexpr std::size_t address_bytes = 2 * log_bytes;

struct outboxes_fixture : test_coordinator_fixture<> {
  explicit outboxes_fixture(std::size_t bytes_of_address = address_bytes) {
    const delivery_rules::bounds bounds{log_bytes, 1'000'000, 60s, bytes_of_address};
    rules = caf::make_counted<const delivery_rules>(caf::make_counted<text_encoder>(), 1,
                                                    sys.clock(), bounds);
  }

  outbox_ptr make_box(const std::string& address) {
    return caf::make_counted<outbox>("/", rules, nullptr, addresses->open_account(address));
  }
  /// Gives it more than it may keep.
  void fill(const outbox_ptr& box) const {
    for (std::size_t i = 0; i < 2 * log_bytes / event_bytes; ++i) give(box);
  }
  /// Returns the event's name.
  std::string give(const outbox_ptr& box) const {
    const auto id = rules->next_own();
    box->deliver({packet, id, rules->now()});
    return to_text(id);
  }
  /// How many of so many events one log still has: those before which one that it covers came.
  std::size_t kept_of(std::size_t count, const outbox_ptr& box) const {
    std::vector<std::string> names{give(box)};
    for (std::size_t i = 0; i < count; ++i) names.push_back(give(box));
    std::size_t result = 0;
    while (result < count && box->covers(names[count - 1 - result])) ++result;
    return result;
  }
  std::int64_t bytes_of(const std::string& address) const { return addresses->bytes_of(address); }

  const encoded_ptr packet = text_encoder::make("/", std::string(event_bytes, 'x'));
  delivery_rules_ptr rules;
  std::shared_ptr<address_counts> addresses = address_counts::make();
};

struct unbounded_fixture : outboxes_fixture {
  unbounded_fixture() : outboxes_fixture(0) {}
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(log_account_tests, outboxes_fixture)

CAF_TEST(an_address_with_too_much_keeps_a_sixteenth_in_each_log_while_others_keep_all) {
  std::vector<outbox_ptr> crowd;
  for (int i = 0; i < 2; ++i) fill(crowd.emplace_back(make_box("crowd")));
  const auto late = make_box("crowd");
  CAF_CHECK_EQUAL(kept_of(20, late), 1u);
  const auto honest = make_box("home");
  CAF_CHECK_EQUAL(kept_of(20, honest), 20u);
  CAF_CHECK_GREATER(bytes_of("crowd"), static_cast<std::int64_t>(address_bytes));
  CAF_CHECK_LESS(bytes_of("home"), static_cast<std::int64_t>(log_bytes));
  // Also of those who had more, when they are given more.
  CAF_CHECK_EQUAL(kept_of(1, crowd[0]), 1u);
  CAF_CHECK_LESS(bytes_of("crowd"), static_cast<std::int64_t>(log_bytes + 3 * small_share));
}

CAF_TEST(all_that_one_address_can_have_is_its_bound_and_a_sixteenth_for_each_log_beyond) {
  std::vector<outbox_ptr> crowd;
  for (int i = 0; i < 50; ++i) {
    fill(crowd.emplace_back(make_box("crowd")));
    const auto most = address_bytes + log_bytes + crowd.size() * small_share;
    CAF_CHECK_LESS_OR_EQUAL(bytes_of("crowd"), static_cast<std::int64_t>(most));
  }
  CAF_CHECK_EQUAL(bytes_of("crowd"), rules->bytes_kept());
}

CAF_TEST(what_one_address_has_is_given_back_with_each_log_and_what_others_have_is_not) {
  auto honest = make_box("home");
  give(honest);
  auto first = make_box("crowd");
  auto second = make_box("crowd");
  give(first);
  const auto of_one = bytes_of("crowd");
  give(second);
  CAF_CHECK_EQUAL(bytes_of("crowd"), 2 * of_one);
  CAF_CHECK_EQUAL(addresses->of("crowd"), 2u);
  first = nullptr;
  CAF_CHECK_EQUAL(bytes_of("crowd"), of_one);
  second = nullptr;
  CAF_CHECK_EQUAL(addresses->size(), 1u);
  CAF_CHECK_EQUAL(bytes_of("home"), rules->bytes_kept());
  honest = nullptr;
  CAF_CHECK_EQUAL(rules->bytes_kept(), 0);
  CAF_CHECK_EQUAL(addresses->size(), 0u);
}

CAF_TEST(when_others_of_the_address_have_gone_a_log_may_be_as_long_as_before) {
  std::vector<outbox_ptr> crowd;
  for (int i = 0; i < 2; ++i) fill(crowd.emplace_back(make_box("crowd")));
  const auto box = make_box("crowd");
  CAF_CHECK_EQUAL(kept_of(20, box), 1u);
  crowd.clear();
  CAF_CHECK_EQUAL(kept_of(20, box), 20u);
}

CAF_TEST(a_log_that_is_cleared_has_given_all_back_and_one_that_got_a_packet_later_has_that_too) {
  delivery_log log{addresses->open_account("crowd")};
  const auto now = rules->now();
  log.append(*rules, rules->next_own(), packet, now);
  log.append(*rules, rules->next_own(), nullptr, now);
  const auto before = bytes_of("crowd");
  log.fill(*rules, log.end() - 1, packet);
  CAF_CHECK_EQUAL(bytes_of("crowd"), before + static_cast<std::int64_t>(event_bytes));
  CAF_CHECK_EQUAL(bytes_of("crowd"), static_cast<std::int64_t>(log.bytes()));
  // What is larger than all that may be kept takes all with it.
  log.append(*rules, rules->next_own(), nullptr, now);
  const auto too_large = text_encoder::make("/", std::string(2 * log_bytes, 'x'));
  log.fill(*rules, log.end() - 1, too_large);
  CAF_CHECK_EQUAL(bytes_of("crowd"), 0);
  log.append(*rules, rules->next_own(), packet, now);
  CAF_CHECK_GREATER(bytes_of("crowd"), 0);
  log.clear(*rules);
  CAF_CHECK_EQUAL(bytes_of("crowd"), 0);
  CAF_CHECK_EQUAL(rules->bytes_kept(), 0);
}

CAF_TEST(what_has_become_too_old_is_given_back) {
  delivery_log log{addresses->open_account("crowd")};
  const auto now = rules->now();
  for (int i = 0; i < 10; ++i) log.append(*rules, rules->next_own(), packet, now);
  const auto of_ten = bytes_of("crowd");
  log.append(*rules, rules->next_own(), packet, now + 61s);
  CAF_CHECK_EQUAL(bytes_of("crowd"), of_ten / 10);
  log.clear(*rules);
}

CAF_TEST(threads_that_write_for_one_address_leave_nothing_behind) {
  constexpr int count = 4;
  std::vector<std::thread> threads;
  const auto lasting = make_box("crowd");
  for (int i = 0; i < count; ++i)
    threads.emplace_back([this, &lasting] {
      for (int round = 0; round < 50; ++round) {
        const auto box = make_box("crowd");
        fill(box);
        give(lasting);
        make_box("of " + give(box));
      }
    });
  for (auto& thread : threads) thread.join();
  CAF_CHECK_EQUAL(addresses->of("crowd"), 1u);
  CAF_CHECK_EQUAL(addresses->size(), 1u);
  CAF_CHECK_EQUAL(bytes_of("crowd"), rules->bytes_kept());
  CAF_CHECK_GREATER(bytes_of("crowd"), 0);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST_FIXTURE_SCOPE(unbounded_log_account_tests, unbounded_fixture)

CAF_TEST(without_a_bound_an_address_may_have_all_that_there_is) {
  std::vector<outbox_ptr> crowd;
  for (int i = 0; i < 10; ++i) fill(crowd.emplace_back(make_box("crowd")));
  CAF_CHECK_EQUAL(kept_of(20, crowd[0]), 20u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct crowd_fixture : signaler_fixture {
  void begin(std::size_t bytes_of_address) {
    signaler_options options;
    options.grace = 10s;
    options.limits.log_bytes = 8'000;
    options.limits.log_bytes_per_address = bytes_of_address;
    start(options);
    for (const auto& name : names) connect_from("crowd", name).asks("r1");
    connect_from("home", "alice").opens("r1");
    connect_from("home", "bob").asks("r1");
    settle();
  }

  client& connect_from(const std::string& network, const std::string& name) {
    clients[name].network = network;
    return connect(name);
  }
  /// Whether the client has missed nothing of so much, said while it was away.
  bool recovers(const std::string& name, int events) {
    auto& who = clients[name];
    const auto id = who.port->id;
    who.loses_transport();
    settle();
    for (int i = 0; i < events; ++i) clients["alice"].says(std::string(500, 'x'));
    settle();
    return comes_back(name).port->id == id;
  }

  const lines names{"c1", "c2", "c3", "c4", "c5"};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(crowd_tests, crowd_fixture)

CAF_TEST(clients_of_a_crowded_address_miss_more_than_is_kept_for_them_and_others_miss_nothing) {
  begin(10'000);
  CAF_CHECK(!recovers("c1", 8));
  CAF_CHECK(recovers("bob", 8));
}

CAF_TEST(without_a_bound_for_an_address_clients_of_a_crowd_miss_nothing_either) {
  begin(0);
  CAF_CHECK(recovers("c1", 8));
  CAF_CHECK(recovers("bob", 8));
}

CAF_TEST(what_is_kept_for_a_client_that_has_moved_stays_charged_to_where_it_began) {
  begin(10'000);
  for (const auto& name : names) {
    clients[name].network = "home";
    CAF_CHECK(recovers(name, 0));
  }
  CAF_CHECK(recovers("bob", 8));
  CAF_CHECK(!recovers("c1", 8));
}

CAF_TEST_FIXTURE_SCOPE_END()
