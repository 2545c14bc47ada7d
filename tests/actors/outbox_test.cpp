// Tests of outboxes and of the answers that go through them.
#define CAF_SUITE actors_outbox
#include <algorithm>

#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

struct outbox_fixture : test_coordinator_fixture<> {
  delivery_rules_ptr logging_rules(std::size_t bytes = 10'000) {
    const delivery_rules::bounds bounds{bytes, 10'000, std::chrono::seconds{60}};
    return caf::make_counted<const delivery_rules>(caf::make_counted<text_encoder>(), 1,
                                                   sys.clock(), bounds);
  }
  caf::intrusive_ptr<recording_port> port = caf::make_counted<recording_port>();
  outbox_ptr box = caf::make_counted<outbox>(
      "/", caf::make_counted<const delivery_rules>(caf::make_counted<text_encoder>()), port);
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(outbox_tests, outbox_fixture)

CAF_TEST(a_question_is_answered_once_whatever_number_of_copies_try) {
  const std::vector<acknowledgement> copies(2, acknowledgement{box, 7});
  CAF_CHECK(copies[1].pending());
  CAF_CHECK(copies[0].send({"[1]", {}}));
  CAF_CHECK(!copies[1].pending());
  CAF_CHECK(!copies[1].send({"[2]", {}}));
  CAF_CHECK_EQUAL(port->received, lines{"answer 7 [1]"});
}

CAF_TEST(a_client_that_asked_for_no_answer_gets_none) {
  const acknowledgement none;
  CAF_CHECK(!none);
  CAF_CHECK(!none.pending());
  CAF_CHECK(!none.send({"[1]", {}}));
}

CAF_TEST(a_revoked_question_cannot_be_answered) {
  const acknowledgement ack{box, 7};
  ack.revoke();
  CAF_CHECK(!ack.send({"[1]", {}}));
  CAF_CHECK(port->received.empty());
}

CAF_TEST(an_unbound_outbox_drops_what_it_is_given) {
  box->bind(nullptr);
  box->deliver({text_encoder::make("/", "event 1"), {}});
  CAF_CHECK(!box->bound());
  CAF_CHECK(port->received.empty());
}

CAF_TEST(an_answer_does_not_reach_the_transport_that_came_after_the_question) {
  const acknowledgement ack{box, 7};
  const auto later = caf::make_counted<recording_port>();
  box->bind(later);
  CAF_CHECK(!ack.send({"[1]", {}}));
  box->deliver({text_encoder::make("/", "event 1"), {}});
  CAF_CHECK_EQUAL(later->received, lines{"event 1"});
  CAF_CHECK(port->received.empty());
}

CAF_TEST(an_event_is_unfinished_until_the_last_copy_of_its_credit_is_gone) {
  {
    in_flight first{port};
    CAF_CHECK_EQUAL(port->unfinished, 1);
    auto second = first;
    CAF_CHECK_EQUAL(port->unfinished, 2);
    auto third = std::move(first);
    CAF_CHECK_EQUAL(port->unfinished, 2);
    third = {};
    CAF_CHECK_EQUAL(port->unfinished, 1);
  }
  CAF_CHECK_EQUAL(port->unfinished, 0);
}

CAF_TEST(what_comes_before_the_word_of_a_gap_is_held_back_and_heard_behind_it) {
  const auto rules = logging_rules();
  const auto logged = caf::make_counted<outbox>("/", rules, nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  logged->deliver({text_encoder::make("/", "event 1"), rules->next_unique(), rules->now()});
  logged->deliver({text_encoder::make("/", "lobby"), rules->next_unique(), rules->now(), false});
  CAF_CHECK(!logged->emit_if_ready({"[\"now or never\"]", {}}));
  logged->emit({"[2]", {}});
  CAF_CHECK_EQUAL(port->received, (lines{"connected", "event [\"hello\"]"}));
  const auto greeted = port->offset;
  logged->tell_gap({"[\"gap\"]", {}});
  logged->tell_gap({"[\"gap\"]", {}});
  logged->emit({"[3]", {}});
  const lines rest{"event [\"gap\"]", "event 1", "event [2]", "event [3]"};
  CAF_CHECK_EQUAL((lines{port->received.begin() + 2, port->received.end()}), rest);
  const auto later = caf::make_counted<recording_port>(); // it was lost after the greeting
  CAF_CHECK(logged->resume(later, greeted));
  CAF_CHECK_EQUAL(later->received, rest);
}

CAF_TEST(a_gap_whose_client_is_gone_is_not_told_to_the_next_connection_unasked) {
  const auto logged = caf::make_counted<outbox>("/", logging_rules(), nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  logged->bind(nullptr);
  const auto later = caf::make_counted<recording_port>();
  logged->resume(later, port->offset);
  logged->tell_gap({"[\"gap\"]", {}});
  logged->emit({"[1]", {}});
  CAF_CHECK_EQUAL(later->received, lines{"event [1]"});
}

CAF_TEST(a_gap_is_told_also_when_the_log_keeps_nothing) {
  const auto logged = caf::make_counted<outbox>("/", logging_rules(0), nullptr);
  const arguments gap{"[\"gap\"]", {}};
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, &gap);
  CAF_CHECK_EQUAL(port->received, (lines{"connected", "event [\"hello\"]", "event [\"gap\"]"}));
}

CAF_TEST(a_gap_is_told_also_when_what_waits_behind_it_was_more_than_the_log_keeps) {
  const auto rules = logging_rules();
  const auto logged = caf::make_counted<outbox>("/", rules, nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  const std::string large(rules->limits().bytes + 1, 'x');
  logged->deliver({text_encoder::make("/", large), rules->next_unique(), rules->now()});
  logged->emit({"[1]", {}});
  logged->ask(text_encoder::make("/", "question"));
  logged->tell_gap({"[\"gap\"]", {}});
  CAF_CHECK_EQUAL((lines{port->received.begin() + 2, port->received.end()}),
                  (lines{"event [\"gap\"]", "event [1]", "question"}));
}

CAF_TEST(answers_and_questions_wait_for_the_word_of_a_gap_and_keep_their_place_among_events) {
  const auto rules = logging_rules();
  const auto logged = caf::make_counted<outbox>("/", rules, nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  const acknowledgement first{logged, 1};
  const acknowledgement second{logged, 2};
  CAF_CHECK(first.send({"[]", {}}));
  logged->emit({"[\"displaced\"]", {}});
  logged->deliver({text_encoder::make("/", "lobby"), rules->next_unique(), rules->now(), false});
  logged->ask(text_encoder::make("/", "question"));
  CAF_CHECK(second.send({"[\"owner\"]", {}}));
  logged->emit({"[3]", {}});
  CAF_CHECK_EQUAL(port->received, (lines{"connected", "event [\"hello\"]"}));
  logged->tell_gap({"[\"gap\"]", {}});
  CAF_CHECK(acknowledgement(logged, 3).send({"[]", {}}));
  CAF_CHECK_EQUAL((lines{port->received.begin() + 2, port->received.end()}),
                  (lines{"event [\"gap\"]", "answer 1 []", "event [\"displaced\"]", "question",
                         "answer 2 [\"owner\"]", "event [3]", "answer 3 []"}));
}

CAF_TEST(what_the_log_lets_go_of_takes_no_answer_with_it) {
  const auto logged = caf::make_counted<outbox>("/", logging_rules(200), nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  for (std::uint64_t n = 1; n <= 9; ++n) {
    logged->emit({"[" + std::to_string(n) + "]", {}});
    CAF_CHECK(acknowledgement(logged, n).send({"[]", {}}));
  }
  logged->tell_gap({"[\"gap\"]", {}});
  const auto answers = std::count_if(port->received.begin(), port->received.end(),
                                     [](const auto& x) { return x.starts_with("answer"); });
  CAF_CHECK_EQUAL(answers, 9);
  CAF_CHECK_LESS(port->received.size(), 3u + 9u + 9u);
  CAF_CHECK_EQUAL((lines{port->received.end() - 2, port->received.end()}),
                  (lines{"event [9]", "answer 9 []"}));
}

CAF_TEST(what_changes_who_a_client_is_comes_behind_its_answer_also_where_the_log_lets_go_of_it) {
  const auto told = [&](std::size_t bytes, int events) {
    port->received.clear();
    const auto logged = caf::make_counted<outbox>("/", logging_rules(bytes), nullptr);
    logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
    CAF_CHECK(acknowledgement(logged, 1).send({"[\"owner\"]", {}}));
    logged->insist({"[\"displaced\"]", {}});
    CAF_CHECK(acknowledgement(logged, 2).send({"[]", {}}));
    for (int n = 0; n < events; ++n) logged->emit({"[3]", {}});
    logged->tell_gap({"[\"gap\"]", {}});
    return lines{port->received.begin() + 2, port->received.end()};
  };
  CAF_CHECK_EQUAL(told(10'000, 1), (lines{"event [\"gap\"]", "answer 1 [\"owner\"]",
                                          "event [\"displaced\"]", "answer 2 []", "event [3]"}));
  CAF_CHECK_EQUAL(told(200, 9).size(), told(200, 8).size()); // the log is full
  const auto little = told(200, 9);
  CAF_CHECK_EQUAL(
      (lines{little.begin(), little.begin() + 4}),
      (lines{"event [\"gap\"]", "answer 1 [\"owner\"]", "event [\"displaced\"]", "answer 2 []"}));
  CAF_CHECK_EQUAL(std::count(little.begin(), little.end(), "event [\"displaced\"]"), 1);
}

CAF_TEST(an_event_is_unfinished_as_long_as_its_answer_waits_for_the_word_of_a_gap) {
  const auto logged = caf::make_counted<outbox>("/", logging_rules(), nullptr);
  const auto begin = [&] {
    logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
    acknowledgement{logged, 1}.send({"[]", {}});
    acknowledgement{logged, 2}.send({"[]", {}});
    CAF_CHECK_EQUAL(port->unfinished, 2);
  };
  begin();
  logged->tell_gap({"[\"gap\"]", {}});
  CAF_CHECK_EQUAL(port->unfinished, 0);
  begin();
  logged->bind(nullptr);
  CAF_CHECK_EQUAL(port->unfinished, 0);
}

CAF_TEST(the_word_of_a_gap_counts_against_the_bound_of_the_log) {
  const auto rules = logging_rules();
  const auto logged = caf::make_counted<outbox>("/", rules, nullptr);
  logged->reopen(port, text_encoder::make("/", "connected"), {"[\"hello\"]", {}}, nullptr);
  logged->tell_gap({"[\"" + std::string(2 * rules->limits().bytes, 'x') + "\"]", {}});
  CAF_CHECK_LESS_OR_EQUAL(rules->bytes_kept(), static_cast<std::int64_t>(rules->limits().bytes));
  CAF_CHECK_EQUAL(port->received.size(), 3u);
}

CAF_TEST(a_log_that_has_gone_round_many_times_gives_exactly_what_came_after_each_event_it_holds) {
  constexpr std::size_t bound = 3'000;
  const auto rules = logging_rules(bound);
  const auto logged = caf::make_counted<outbox>("/", rules, nullptr);
  lines said;
  std::vector<encoded_ptr> packets;
  for (std::size_t i = 0; i < 400; ++i) {
    // Many small ones, then few large ones, then small ones again.
    said.push_back("event " + std::to_string(i) + std::string(i / 100 == 2 ? 700 : i % 9, 'x'));
    packets.push_back(text_encoder::make("/", said.back()));
  }
  std::vector<std::string> offsets;
  std::size_t most = 0;
  std::size_t held = 0;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const auto id = rules->next_own();
    offsets.push_back(to_text(id));
    logged->deliver({packets[i], id});
    CAF_CHECK_LESS_OR_EQUAL(rules->bytes_kept(), static_cast<std::int64_t>(bound));
    held = 0;
    while (held <= i && logged->covers(offsets[i - held])) ++held;
    for (std::size_t back = held; back <= i; ++back) CAF_CHECK(!logged->covers(offsets[i - back]));
    for (std::size_t back = 0; back < held; ++back) {
      const auto returned = caf::make_counted<recording_port>();
      CAF_CHECK(logged->resume(returned, offsets[i - back]));
      CAF_CHECK_EQUAL(returned->received,
                      (lines{said.begin() + static_cast<std::ptrdiff_t>(i + 1 - back),
                             said.begin() + static_cast<std::ptrdiff_t>(i + 1)}));
    }
    most = std::max(most, held);
  }
  CAF_CHECK_GREATER(most, 30u);
  CAF_CHECK_GREATER(held, 30u);
}

CAF_TEST_FIXTURE_SCOPE_END()
