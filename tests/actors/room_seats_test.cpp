// Tests of seats and of the rules of opening.
#include "room_seats.hpp"

#define CAF_SUITE actors_room_seats
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;

namespace {

public_id named(int n) {
  public_id result;
  const auto text = std::to_string(n);
  std::copy(text.begin(), text.end(), result.characters.begin());
  return result;
}

} // namespace

CAF_TEST(the_first_opener_is_the_owner_and_later_ones_are_co_owners) {
  room_seats seats;
  CAF_CHECK(judge_opening(seats, named(1), false).role == seat_role::owner);
  seats.take(named(1), seat_role::owner, nullptr);
  CAF_CHECK(judge_opening(seats, named(2), false).role == seat_role::co_owner);
  CAF_CHECK(judge_opening(seats, named(2), false).why_not == refusal::none);
}

CAF_TEST(an_exclusive_room_refuses_a_second_opener_but_not_its_owner) {
  room_seats seats;
  seats.take(named(1), seat_role::owner, nullptr);
  CAF_CHECK(judge_opening(seats, named(2), true).why_not == refusal::room_taken);
  CAF_CHECK(judge_opening(seats, named(1), true).why_not == refusal::none);
  CAF_CHECK(judge_opening(seats, named(1), true).role == seat_role::owner);
}

CAF_TEST(a_member_who_opens_rises_and_an_owner_who_asks_does_not_fall) {
  room_seats seats;
  seats.take(named(1), seat_role::member, nullptr);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK(seats.take(named(1), seat_role::owner, nullptr).role == seat_role::owner);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  CAF_CHECK(seats.take(named(1), seat_role::member, nullptr).role == seat_role::owner);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  CAF_CHECK_EQUAL(seats.size(), 1u);
}

CAF_TEST(a_seat_taken_again_has_a_higher_incarnation_and_is_freed_with_the_last_lease) {
  room_seats seats;
  const auto first = seats.take(named(1), seat_role::owner, nullptr).held;
  const auto second = seats.take(named(1), seat_role::owner, nullptr).held;
  CAF_CHECK(second > first);
  CAF_CHECK(!seats.release(named(1)));
  CAF_CHECK_EQUAL(seats.size(), 1u);
  CAF_CHECK(seats.release(named(1)));
  CAF_CHECK(seats.empty());
  CAF_CHECK_EQUAL(seats.owners(), 0u);
}

CAF_TEST(who_gives_up_what_it_was_granted_last_owns_what_it_owned_before) {
  room_seats seats;
  const auto asked = seats.take(named(1), seat_role::member, nullptr).held;
  const auto opened = seats.take(named(1), seat_role::owner, nullptr).held;
  seats.disown(named(1), nullptr, opened);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  const auto asked_again = seats.take(named(1), seat_role::member, nullptr).held;
  seats.disown(named(1), nullptr, asked_again);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  seats.disown(named(1), nullptr, asked);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK(seats.find(named(1))->role == seat_role::member);
  CAF_CHECK(seats.take(named(1), seat_role::owner, nullptr).role == seat_role::owner);
  seats.disown(named(1), nullptr, 0);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK_EQUAL(seats.size(), 1u); // the leases are still there
}

CAF_TEST(what_another_session_of_the_name_gives_up_is_not_ours) {
  room_seats seats;
  const auto ours = caf::make_counted<outbox>("/", nullptr, nullptr);
  seats.take(named(1), seat_role::owner, ours);
  seats.disown(named(1), nullptr, 0);
  seats.disown(named(2), ours, 0);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  seats.disown(named(1), ours, 0);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
}

CAF_TEST(who_has_not_proven_ownership_is_displaced_and_who_has_only_by_an_owner_who_is_back) {
  room_seats seats;
  for (int i = 1; i <= 3; ++i) seats.take(named(i), seat_role::owner, nullptr);
  seats.take(named(4), seat_role::member, nullptr);
  seats.set_proven(named(2));
  CAF_CHECK_EQUAL(seats.displace_others(named(1), false).size(), 1u);
  CAF_CHECK(seats.find(named(2))->role == seat_role::owner);
  CAF_CHECK(seats.find(named(3))->role == seat_role::member);
  CAF_CHECK_EQUAL(seats.displace_others(named(1), true).size(), 1u);
  CAF_CHECK(seats.find(named(2))->role == seat_role::member);
  CAF_CHECK(!seats.find(named(2))->proven);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
}

CAF_TEST(a_seat_that_nobody_holds_cannot_be_freed) {
  room_seats seats;
  CAF_CHECK(!seats.release(named(1)));
  seats.take(named(2), seat_role::owner, nullptr);
  CAF_CHECK(!seats.release(named(1)));
  CAF_CHECK(seats.find(named(2)) != nullptr);
}

CAF_TEST(an_owner_who_is_away_owns_nothing_until_he_takes_his_seat_again) {
  room_seats seats;
  const auto held = seats.take(named(1), seat_role::owner, nullptr).held;
  seats.set_away(named(1), held, 1);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK_EQUAL(seats.size(), 1u);
  seats.set_away(named(1), held, 1);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK(seats.take(named(1), seat_role::owner, nullptr, 2).present);
  CAF_CHECK_EQUAL(seats.owners(), 1u);
}

CAF_TEST(an_owner_whose_later_grant_is_still_on_its_way_can_be_away_too) {
  room_seats seats;
  const auto held = seats.take(named(1), seat_role::owner, nullptr).held;
  seats.take(named(1), seat_role::owner, nullptr);
  seats.set_away(named(1), held, 1);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK(!seats.release(named(1))); // nobody was there to receive it
  CAF_CHECK(seats.set_back(named(1), held, 2, seat_role::owner));
  CAF_CHECK_EQUAL(seats.owners(), 1u);
}

CAF_TEST(a_claim_of_a_lost_connection_changes_neither_role_nor_presence) {
  room_seats seats;
  const auto held = seats.take(named(1), seat_role::member, nullptr).held;
  seats.set_away(named(1), held, 1);
  const auto& late = seats.take(named(1), seat_role::owner, nullptr, 1);
  CAF_CHECK(late.role == seat_role::member);
  CAF_CHECK(!late.present);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
}

CAF_TEST(a_role_that_its_holder_has_not_heard_of_is_lost_with_the_connection) {
  room_seats seats;
  const auto held = seats.take(named(1), seat_role::member, nullptr).held;
  seats.take(named(1), seat_role::owner, nullptr);
  seats.set_away(named(1), held, 1);
  CAF_CHECK(seats.set_back(named(1), held, 2, seat_role::member));
  CAF_CHECK(seats.find(named(1))->role == seat_role::member);
  CAF_CHECK_EQUAL(seats.owners(), 0u);
}

CAF_TEST(another_outbox_fences_off_what_was_sent_with_the_former_one) {
  const auto box = caf::make_counted<outbox>("/", nullptr, nullptr);
  const auto other = caf::make_counted<outbox>("/", nullptr, nullptr);
  room_seats seats;
  const auto first = seats.take(named(1), seat_role::owner, box).held;
  CAF_CHECK(seats.take(named(1), seat_role::owner, box).valid_from == first);
  const auto& fenced = seats.take(named(1), seat_role::owner, other);
  CAF_CHECK(fenced.valid_from > first);
  CAF_CHECK(fenced.valid_from == fenced.held);
}

CAF_TEST(a_session_that_is_no_more_neither_closes_nor_takes_back_the_seat_of_the_next) {
  const auto box = caf::make_counted<outbox>("/", nullptr, nullptr);
  const auto other = caf::make_counted<outbox>("/", nullptr, nullptr);
  room_seats seats;
  const auto first = seats.take(named(1), seat_role::owner, box).held;
  seats.set_away(named(1), first, 7);
  CAF_CHECK(seats.take(named(1), seat_role::member, other).present);
  CAF_CHECK(seats.find(named(1))->role == seat_role::member);
  seats.set_away(named(1), first, 8);
  CAF_CHECK(seats.find(named(1))->present);
  CAF_CHECK(!seats.set_back(named(1), first, 9, seat_role::owner));
  CAF_CHECK(!seats.release(named(1)));
  CAF_CHECK(seats.release(named(1)));
}

CAF_TEST(entering_a_lobby_twice_takes_one_seat) {
  room_seats seats;
  seats.enter(named(1), nullptr);
  seats.enter(named(1), nullptr);
  CAF_CHECK_EQUAL(seats.size(), 1u);
  CAF_CHECK(seats.release(named(1)));
  CAF_CHECK(seats.empty());
}

CAF_TEST(every_seat_of_a_large_room_is_found_whatever_was_freed_before) {
  room_seats seats;
  for (int i = 0; i < 100; ++i) seats.take(named(i), seat_role::member, nullptr);
  for (int i = 0; i < 100; i += 3) CAF_CHECK(seats.release(named(i)));
  for (int i = 0; i < 100; ++i) {
    const auto* found = seats.find(named(i));
    CAF_REQUIRE_EQUAL(found != nullptr, i % 3 != 0);
    if (found != nullptr) CAF_CHECK(found->who == named(i));
  }
  for (int i = 0; i < 100; ++i)
    if (i % 3 != 0) CAF_CHECK(seats.release(named(i)));
  CAF_CHECK(seats.empty());
  seats.take(named(7), seat_role::member, nullptr);
  CAF_CHECK(seats.find(named(7)) != nullptr);
}

CAF_TEST(a_return_counts_unless_that_connection_is_known_to_be_lost_too) {
  room_seats seats;
  const auto held = seats.take(named(1), seat_role::owner, nullptr).held;
  seats.set_away(named(1), held, 1);
  CAF_CHECK(seats.set_back(named(1), held, 2, seat_role::owner));
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  seats.set_away(named(1), held, 3);
  CAF_CHECK(seats.set_back(named(1), held, 3, seat_role::owner)); // said before, heard after
  CAF_CHECK_EQUAL(seats.owners(), 0u);
  CAF_CHECK(seats.set_back(named(1), held, 4, seat_role::owner));
  CAF_CHECK_EQUAL(seats.owners(), 1u);
  CAF_CHECK(!seats.set_back(named(1), held + 1, 5, seat_role::owner));
  CAF_CHECK(!seats.set_back(named(2), held, 5, seat_role::owner));
}
