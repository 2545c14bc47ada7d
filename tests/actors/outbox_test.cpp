// Tests of outboxes and of the answers that go through them.
#define CAF_SUITE actors_outbox
#include "fixture.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

namespace {

struct outbox_fixture {
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

CAF_TEST_FIXTURE_SCOPE_END()
