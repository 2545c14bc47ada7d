// Tests of the dialogue with clients of our own: numbers, tokens, answers with reasons.
#define CAF_SUITE actors_extension
#include "context.hpp"
#include "extension_fixture.hpp"
#include "numbered_event.hpp"
#include "token.hpp"

using namespace reliable_signaler;
using namespace reliable_signaler::test;

CAF_TEST_FIXTURE_SCOPE(extension_tests, extension_fixture)

CAF_TEST(events_are_taken_in_the_order_of_their_numbers_and_once) {
  meet();
  say(alice(), 1);
  say(alice(), 2);
  say(alice(), 2);
  say(alice(), 1);
  CAF_CHECK_EQUAL(bob().hears(), (lines{message(1), message(2)}));
  CAF_CHECK_EQUAL(alice().hears(), (lines{taken(1), taken(2), taken(2), taken(1)}));
  CAF_CHECK(bob().port->offset.ends_with("." + alice().port->id + ".2"));
}

CAF_TEST(a_hole_is_refused_unless_it_is_announced) {
  meet();
  say(alice(), 1);
  say(alice(), 3);
  say(alice(), 4);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(1)});
  alice().hears();
  say(alice(), 4, 1); // the hole is larger than that
  say(alice(), 4, 2);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(4)});
  const auto heard = alice().hears();
  CAF_CHECK_EQUAL(heard.back(), taken(4));
}

CAF_TEST(numbers_that_no_script_sends_are_not_numbers) {
  for (const auto* wrong :
       {R"(["m",{"n":0}])", R"(["m",{"n":-1}])", R"(["m",{"n":1.5}])", R"(["m",{"n":"1"}])",
        R"(["m",{"n":9007199254740992}])", R"(["m",[{"n":1}]])", R"(["m",{"x":{"n":1}}])",
        R"(["m",{"n":1,"skipped":1}])", R"(["m",{"n":1,"skipped":-1}])", R"(["m"])", R"(["m",{}])",
        R"(["{\"n\":1}"])"})
    CAF_CHECK(!split_number(wrong));
  const auto right = split_number(R"(["m",{"a":[1]},{"n":9007199254740991,"skipped":5}])");
  CAF_REQUIRE(right);
  CAF_CHECK_EQUAL(right->n, 9007199254740991u);
  CAF_CHECK_EQUAL(right->skipped, 5u);
  CAF_CHECK_EQUAL(right->rest, R"(["m",{"a":[1]}])");
}

CAF_TEST(what_was_taken_is_told_to_who_comes_back_and_repetitions_are_dropped) {
  meet();
  say(alice(), 1);
  say(alice(), 2);
  const auto id = alice().port->id;
  alice().loses_transport();
  settle();
  introduces_itself("alice");
  CAF_CHECK_EQUAL(alice().port->id, id);
  CAF_CHECK_EQUAL(hello_of(alice()).value("taken", -1), 2);
  CAF_CHECK_EQUAL(hello_of(alice()).value("recovered", json{}), true);
  alice().hears();
  bob().hears();
  say(alice(), 2);
  say(alice(), 3);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(3)});
  CAF_CHECK_EQUAL(alice().hears(), (lines{taken(2), taken(3)}));
}

CAF_TEST(after_a_restart_ids_are_kept_and_a_gap_is_announced) {
  meet();
  say(alice(), 1);
  const auto id = alice().port->id;
  restart();
  alice().hears();
  introduces_itself("alice");
  const auto heard = alice().hears();
  CAF_CHECK_EQUAL(alice().port->id, id);
  CAF_CHECK_EQUAL(hello_of(alice()).value("taken", -1), 0);
  CAF_CHECK_EQUAL(hello_of(alice()).value("recovered", json{}), false);
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK(json::parse(heard[2].substr(6))[1]
            == (json{{"reason", "restart"}, {"rooms", json::array()}}));
  alice().opens("r1");
  introduces_itself("bob").asks("r1");
  settle();
  bob().hears();
  say(alice(), 2, 1);
  CAF_CHECK_EQUAL(bob().hears(), lines{message(2)});
  CAF_CHECK(bob().port->offset.ends_with("." + id + ".2"));
}

CAF_TEST(what_is_said_under_a_name_that_a_token_brings_back_is_not_taken_for_what_was_said_before) {
  meet();
  introduces_itself("carol").asks("r1", 100);
  settle();
  say(alice(), 1);
  bob().hears();
  alice().loses_transport();
  settle();
  sched.advance_time(9s);
  bob().loses_transport();
  settle();
  sched.advance_time(1s); // Alice has been away for too long, Bob has not
  settle();
  for (int n = 1; n <= 60; ++n) say(clients["carol"], n);
  introduces_itself("alice").opens("r1", 100);
  settle();
  say(alice(), 1); // she does not know that it was taken
  introduces_itself("bob");
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  const auto gap = event_in(heard[2]);
  CAF_CHECK_EQUAL(gap[0], "signaler-gap");
}

CAF_TEST(events_without_a_number_do_not_look_like_numbered_ones) {
  meet();
  alice().says("plain");
  settle();
  CAF_CHECK(bob().port->offset.ends_with("_." + alice().port->id + ".1"));
  say(alice(), 1);
  CAF_CHECK(bob().port->offset.ends_with("." + alice().port->id + ".1"));
  CAF_CHECK(!bob().port->offset.ends_with("_." + alice().port->id + ".1"));
}

CAF_TEST(two_that_show_the_same_token_are_never_both_connected) {
  meet();
  const auto shown = introduction_of(alice());
  restart();
  for (const auto* name : {"first", "second"}) open_session(name).connects("/", shown);
  settle();
  CAF_CHECK_EQUAL(clients["first"].port->id, clients["second"].port->id);
  const auto heard = clients["first"].hears();
  CAF_CHECK_EQUAL(heard.back(), "disconnected");
  CAF_CHECK_EQUAL(counts().sockets, 1);
}

CAF_TEST(two_that_show_the_same_token_are_never_both_connected_while_middleware_judges) {
  const auto shown = introduction_of(introduces_itself("alice"));
  stop_server();
  namespace_table table;
  table.of("/").use([](const connect_attempt& attempt) { attempt.accept(); });
  signaler_options options;
  options.grace = 10s;
  options.secret = secret;
  options.skip_middleware_on_recovery = true;
  start(options, std::move(table));
  for (const auto* name : {"first", "second"}) open_session(name).connects("/", shown);
  settle();
  CAF_CHECK_EQUAL(counts().sockets, 1);
  CAF_CHECK_EQUAL(clients["first"].hears(), lines{"refused superseded"});
}

CAF_TEST(two_that_show_the_token_of_a_session_that_just_ends_are_never_both_connected) {
  introduces_itself("alice");
  for (const auto* name : {"first", "second"})
    open_session(name).connects("/", introduction_of(alice()));
  for (int i = 0; i < 2; ++i) sched.run_once(); // both claim
  alice().leaves();
  settle(); // the store asks for the session before it hears that it has ended
  CAF_CHECK_EQUAL(clients["first"].port->id, alice().port->id);
  CAF_CHECK_EQUAL(clients["second"].port->id, alice().port->id);
  CAF_CHECK_EQUAL(counts().sockets, 1);
  const auto heard = clients["first"].hears();
  CAF_CHECK_EQUAL(heard.back(), "disconnected");
}

CAF_TEST(a_connect_that_the_network_delivers_after_a_later_one_has_no_effect) {
  auto& alice = introduces_itself("alice");
  const auto said = [&](int attempt) {
    auto auth = json::parse(introduction_of(alice));
    auth["signaler"]["attempt"] = attempt;
    return auth.dump();
  };
  const auto second = said(2);
  const auto third = said(3);
  auto& late = open_session("late");
  alice.loses_transport();
  open_session("alice");
  alice.connects("/", third);
  settle();
  alice.hears();
  late.connects("/", second);
  settle();
  CAF_CHECK_EQUAL(late.hears(), lines{"refused superseded"});
  CAF_CHECK(alice.hears().empty());
  alice.loses_transport();
  settle();
  open_session("alice").connects("/", third); // nor does one that is repeated
  settle();
  CAF_CHECK_EQUAL(alice.hears(), lines{"refused superseded"});
}

CAF_TEST(a_question_that_was_asked_again_is_refused_each_time_it_was_asked) {
  stop_server();
  run_server(false, 1);
  auto& carol = introduces_itself("carol");
  carol.asks("r1", 1);
  carol.asks("r1", 2);
  auto& stock = connect("stock");
  stock.asks("r1", 1);
  settle();
  carol.hears();
  stock.hears();
  introduces_itself("dan").opens("r1", 1);
  settle();
  const auto heard = carol.hears();
  CAF_REQUIRE_EQUAL(heard.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    CAF_CHECK(heard[i].starts_with("answer " + std::to_string(i + 1) + " "));
    CAF_CHECK_EQUAL(refusal_in(heard[i]), "room-full");
  }
  CAF_CHECK_EQUAL(stock.hears().size(), 1u);
}

CAF_TEST(who_gets_a_session_by_its_name_alone_is_not_told_that_it_has_its_own_back) {
  auto& alice = introduces_itself("alice");
  const auto before = introduction_of(alice);
  restart();
  for (int round = 0; round < 2; ++round) { // the first answer is lost with the connection
    open_session("alice").connects("/", before);
    settle();
    CAF_CHECK(hello_of(alice)["recovered"] == false);
    alice.loses_transport();
    settle();
  }
}

CAF_TEST(tokens_are_worth_nothing_when_forged_cut_expired_or_of_another_kind) {
  const token_signer signer{secret};
  const token good{token::kind::hello, "/", make_public_id(), "", 5, 0, 1000, 2000};
  const auto text = signer.sign(good);
  const auto read = [&](const std::string& x, std::int64_t now = 1500) {
    return signer.read(x, token::kind::hello, "/", "", now).has_value();
  };
  CAF_CHECK(read(text));
  CAF_CHECK(!read(text, 2000));
  CAF_CHECK(!signer.read(text, token::kind::hello, "/other", "", 1500));
  CAF_CHECK(!signer.read(text, token::kind::owner, "/", "", 1500));
  CAF_CHECK(!signer.read(text, token::kind::hello, "/", "r1", 1500));
  CAF_CHECK(!token_signer{"another secret"}.read(text, token::kind::hello, "/", "", 1500));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto wrong = text;
    wrong[i] = wrong[i] == '1' ? '2' : '1';
    CAF_CHECK(!read(wrong));
    CAF_CHECK(!read(text.substr(0, i)));
  }
  CAF_CHECK(!read(text + "0"));
  CAF_CHECK(!read(text + ".0"));
}

CAF_TEST(a_token_that_cannot_be_a_guess_is_refused_and_not_counted) {
  const auto who = make_public_id();
  const std::vector<std::pair<token_signer, token>> outdated{
      {token_signer{secret}, {token::kind::hello, "/", who, "", 1, 0, 1, 2}},
      {token_signer{"the secret of before"},
       {token::kind::hello, "/", who, "", 1, 0, 1, 1LL << 40}},
  };
  for (const auto& [signer, says] : outdated) {
    logged.clear();
    auto& eve = open_session("eve");
    eve.connects("/", json{{"signaler", {{"v", 1}, {"token", signer.sign(says)}}}}.dump());
    settle();
    const auto heard = eve.hears();
    CAF_REQUIRE_EQUAL(heard.size(), 3u);
    const auto told = event_in(heard[2]);
    CAF_CHECK_EQUAL(told[1]["code"], "token-refused");
    CAF_CHECK(hello_of(eve)["id"] != std::string{who.view()});
    CAF_CHECK_EQUAL(logged, lines{"token_refused"});
  }
  CAF_CHECK_EQUAL(counts().wrong_claims, 0);
}

CAF_TEST(what_only_looks_like_a_token_of_another_secret_counts_as_a_guess) {
  const token_signer ours{secret};
  const token says{token::kind::hello, "/", make_public_id(), "", 5, 0, 1000, 2000};
  const auto foreign = token_signer{"another secret"}.sign(says);
  CAF_CHECK(!ours.has_signed(foreign, token::kind::hello));
  CAF_CHECK(ours.has_signed(ours.sign(says), token::kind::hello));
  CAF_CHECK(ours.has_signed(foreign, token::kind::owner));
  for (const auto* junk : {"", "a.b.c.d.e.f.g.h", "1h.a.1.0.1.2.12345678.00"})
    CAF_CHECK(ours.has_signed(junk, token::kind::hello));
}

CAF_TEST(who_proves_its_session_keeps_it_when_its_token_has_expired) {
  meet();
  const auto id = bob().port->id;
  public_id who;
  std::copy(id.begin(), id.end(), who.characters.begin());
  bob().loses_transport();
  settle();
  for (int n = 1; n <= 60; ++n) say(alice(), n);
  auto auth = json::parse(introduction_of(bob()));
  auth["signaler"]["token"] =
      token_signer{secret}.sign({token::kind::hello, "/", who, "", 1, 0, 1, 2});
  open_session("bob").connects("/", auth.dump());
  settle();
  CAF_CHECK_EQUAL(bob().port->id, id);
  CAF_CHECK_EQUAL(counts().seats, 2);
  lines events;
  for (const auto& line : bob().hears())
    if (line.starts_with("event ")) events.push_back(event_in(line)[0].get<std::string>());
  CAF_CHECK(std::count(events.begin(), events.end(), "signaler-gap") == 1);
}

CAF_TEST(a_page_that_stays_is_given_a_new_token_when_it_asks) {
  meet();
  alice().emits("signaler-renew", R"(["signaler-renew"])", 5);
  settle();
  const auto heard = alice().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 1u);
  const auto given = answer_in(heard[0]);
  CAF_CHECK_EQUAL(given["ok"], true);
  const auto says = token_signer{secret}.read(given["token"].get<std::string>(), token::kind::hello,
                                              "/", "", calendar_seconds());
  CAF_REQUIRE(says);
  CAF_CHECK_EQUAL(says->who.view(), alice().port->id);
}

CAF_TEST(a_token_of_somebody_else_is_refused_and_logged) {
  auto& eve = open_session("eve");
  eve.connects("/",
               R"({"signaler":{"v":1,"token":"1h.AAAAAAAAAAAAAAAAAAAA.1.0.1.9999999999.00"}})");
  settle();
  const auto heard = eve.hears();
  CAF_REQUIRE_EQUAL(heard.size(), 3u);
  CAF_CHECK_EQUAL(heard[1], "hello");
  const auto told = json::parse(heard[2].substr(std::string_view{"event "}.size()));
  CAF_CHECK_EQUAL(told[0], "signaler-error");
  CAF_CHECK_EQUAL(told[1]["event"], "connect");
  CAF_CHECK_EQUAL(told[1]["code"], "token-refused");
  CAF_CHECK_EQUAL(logged, lines{"token_refused"});
  CAF_CHECK_EQUAL(counts().wrong_claims, 1);
}

CAF_TEST(answers_to_our_script_say_what_was_granted_and_why_not) {
  meet();
  bob().asks("r2", 7);
  bob().emits("cancel-wait", R"(["cancel-wait","r2"])", 8);
  bob().asks("", 9);
  settle();
  const auto heard = bob().hears();
  CAF_REQUIRE_EQUAL(heard.size(), 2u);
  CAF_CHECK_EQUAL(heard[0], R"(answer 8 [{"ok":true}])");
  CAF_CHECK_EQUAL(refusal_in(heard[1]), "invalid-room-id");
  CAF_CHECK_EQUAL(counts().parked, 0);
  bob().emits("leave-room", R"(["leave-room","r1"])", 10);
  settle();
  CAF_CHECK_EQUAL(bob().hears(), lines{R"(answer 10 [{"ok":true}])"});
  CAF_CHECK_EQUAL(counts().seats, 1);
}

CAF_TEST_FIXTURE_SCOPE_END()
