// Tests of the registration of handlers.
#include "namespaces.hpp"

#include <stdexcept>

#include "json_arguments.hpp"

#define CAF_SUITE actors_namespaces
#include "caf/test/dsl.hpp"

using namespace reliable_signaler;

namespace {

template <class Call>
bool refuses(Call call) {
  try {
    call();
    return false;
  } catch (const std::invalid_argument&) {
    return true;
  }
}

void nothing(socket&, const event_ptr&, const acknowledgement&) {}

} // namespace

CAF_TEST(reserved_event_names_cannot_be_registered) {
  namespace_handlers handlers;
  for (const auto* name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    CAF_CHECK(refuses([&] { handlers.on(name, event_handler{nothing}); }));
  CAF_CHECK(handlers.handlers().find("connect") == nullptr);
}

CAF_TEST(reserved_events_cannot_be_made) {
  CAF_CHECK(refuses([] { make_event("disconnect", 1); }));
  CAF_CHECK_EQUAL(make_event("disconnected", 1).json, R"(["disconnected",1])");
}

CAF_TEST(a_namespace_begins_with_a_slash_and_ends_before_a_comma) {
  namespace_table table;
  CAF_CHECK(refuses([&] { table.of("/chat,room"); }));
  CAF_CHECK(refuses([&] { table.of("chat"); }));
  CAF_CHECK(refuses([&] { table.of(""); }));
  table.of("/chat").on("x", event_handler{nothing});
  CAF_REQUIRE(table.find("/chat") != nullptr);
  CAF_CHECK(table.find("/chat")->handlers().find("x") != nullptr);
  CAF_CHECK(table.find("/chat")->handlers().find("y") == nullptr);
  CAF_CHECK(table.find("/") == nullptr);
}

CAF_TEST(a_namespace_with_a_name_of_its_own_is_not_looked_for_among_patterns) {
  namespace_table table;
  auto& numbered = table.matching("/room-[0-9]+");
  auto& long_ones = table.matching([](std::string_view nsp) { return nsp.size() > 10; });
  auto& special = table.of("/room-7");
  CAF_CHECK_EQUAL(table.find("/room-1"), &numbered);
  CAF_CHECK_EQUAL(table.find("/room-7"), &special);
  CAF_CHECK_EQUAL(table.find("/room-12345678"), &numbered);
  CAF_CHECK_EQUAL(table.find("/abcdefghijkl"), &long_ones);
  CAF_CHECK(table.find("/room-") == nullptr);
  CAF_CHECK(table.find("/room-1x") == nullptr);
}

CAF_TEST(an_invalid_pattern_and_an_empty_handler_are_refused_at_the_call) {
  namespace_table table;
  CAF_CHECK(refuses([&] { table.matching("/room-["); }));
  CAF_CHECK(refuses([&] { table.matching(std::function<bool(std::string_view)>{}); }));
  CAF_CHECK(refuses([&] { table.of("/").on("x", event_handler{}); }));
  CAF_CHECK(refuses([&] { table.of("/").on_connect({}); }));
  CAF_CHECK(refuses([&] { table.of("/").use({}); }));
  CAF_CHECK(refuses([&] { table.of("/").on("x", caf::actor{}); }));
  CAF_CHECK(refuses([&] { table.of("/").handle_with(caf::actor{}); }));
}
