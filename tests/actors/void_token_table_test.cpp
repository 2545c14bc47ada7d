// Tests of the table of void tokens: what it remembers, for how long, and what it makes of the
// rest.
#include "void_token_table.hpp"

#include <vector>

#include "limits.hpp"

#define CAF_SUITE actors_void_token_table
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t epoch = 5;
constexpr std::int64_t day = 86'400;
constexpr std::int64_t start = 1'000'000;

// `"a" + std::to_string(n)` makes GCC 12 warn of an impossible overflow.
std::string numbered(std::string word, std::uint64_t n) {
  return word.append(std::to_string(n));
}

struct table_fixture {
  explicit table_fixture(std::size_t per_client = 2, std::size_t rooms = 4)
      : table(epoch, {per_client, rooms, 24h}, count) {}

  bool is_void(const public_id& who, const std::string& room, std::uint64_t generation,
               std::int64_t issued, std::uint64_t of_epoch = epoch) const {
    return table.contains(
        {token::kind::owner, "/", who, room, of_epoch, generation, issued, issued + day});
  }

  std::atomic<std::int64_t> count{0};
  void_token_table table;
  public_id alice = make_public_id();
  public_id bob = make_public_id();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(void_token_table_tests, table_fixture)

CAF_TEST(a_leave_voids_what_was_signed_for_that_room_and_that_client_before_it) {
  CAF_CHECK(!is_void(alice, "r1", 0, start));
  table.add(alice, "r1", 1, start);
  CAF_CHECK(is_void(alice, "r1", 0, start));
  CAF_CHECK(!is_void(alice, "r1", 1, start));
  CAF_CHECK(!is_void(alice, "r2", 0, start));
  CAF_CHECK(!is_void(bob, "r1", 0, start));
  CAF_CHECK(is_void(alice, "r1", 9, start, epoch + 1)); // of another life of the server
  CAF_CHECK_EQUAL(count.load(), 1);
}

CAF_TEST(it_is_remembered_until_its_tokens_have_expired) {
  table.add(alice, "r1", 1, start);
  table.add(bob, "r1", 1, start + day - 1);
  CAF_CHECK_EQUAL(count.load(), 2);
  CAF_CHECK(is_void(alice, "r1", 0, start));
  table.add(bob, "r2", 2, start + day);
  CAF_CHECK_EQUAL(count.load(), 2);          // Bob's
  CAF_CHECK(is_void(alice, "r1", 0, start)); // should the clock be set back
  CAF_CHECK(!is_void(alice, "r1", 0, start + 1));
}

CAF_TEST(one_leave_forgets_a_few_that_have_expired_and_the_next_one_more) {
  table_fixture large{2, 2 * forgotten_per_leave};
  for (int n = 0; n < forgotten_per_leave + 1; ++n)
    large.table.add(make_public_id(), "r1", 1, start);
  large.table.add(bob, "r1", 1, start + day);
  CAF_CHECK_EQUAL(large.count.load(), 2); // Bob's and one more
  large.table.add(bob, "r2", 2, start + day);
  CAF_CHECK_EQUAL(large.count.load(), 2);
}

CAF_TEST(a_client_that_leaves_on_and_on_makes_room_by_its_own_earlier_leaves) {
  table.add(bob, "r1", 1, start);
  for (std::uint64_t n = 1; n <= 9; ++n) table.add(alice, numbered("a", n), n, start);
  CAF_CHECK_EQUAL(count.load(), 3);
  CAF_CHECK(is_void(alice, "never left", 6, start));
  CAF_CHECK(!is_void(alice, "never left", 7, start));
  CAF_CHECK(is_void(bob, "r1", 0, start));
  CAF_CHECK(!is_void(bob, "r2", 0, start));
}

CAF_TEST(what_is_forgotten_too_early_voids_all_from_before_and_little_of_others) {
  table.add(alice, "r1", 1, start);
  table.add(bob, "r1", 1, start + 10);
  table.add(alice, "r2", 2, start + 20); // later than Bob
  for (int i = 0; i < 2; ++i) table.add(make_public_id(), "r1", 1, start + 30);
  CAF_CHECK_EQUAL(count.load(), 4);
  CAF_CHECK(is_void(bob, "r2", 7, start + 10));
  CAF_CHECK(!is_void(bob, "r1", 0, start + 11));
  CAF_CHECK(is_void(alice, "r1", 0, start));
  CAF_CHECK(!is_void(alice, "r3", 0, start));
  int harmed = 0;
  for (int i = 0; i < 1'000; ++i) harmed += is_void(make_public_id(), "r1", 0, start) ? 1 : 0;
  CAF_CHECK_LESS(harmed, 10);
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(the_default_bounds_hold) {
  const limits bounds;
  table_fixture f{bounds.rooms_left_per_client, bounds.rooms_left};
  for (std::uint64_t n = 0; n < bounds.rooms_left + 1'000; ++n)
    f.table.add(make_public_id(), "r1", 1, start);
  CAF_CHECK_LESS_OR_EQUAL(f.count.load(), static_cast<std::int64_t>(bounds.rooms_left));
  for (std::uint64_t n = 1; n <= 1'000; ++n) f.table.add(f.alice, std::to_string(n), n, start);
  CAF_CHECK_LESS_OR_EQUAL(f.count.load(), static_cast<std::int64_t>(bounds.rooms_left));
}
