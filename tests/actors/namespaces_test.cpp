// Tests of the registration of handlers.
#include "namespaces.hpp"

#include <stdexcept>

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

} // namespace

CAF_TEST(reserved_event_names_cannot_be_registered) {
  namespace_handlers handlers;
  for (const auto* name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    CAF_CHECK(refuses([&] { handlers.on(name, {}); }));
  CAF_CHECK(handlers.find("connect") == nullptr);
}

CAF_TEST(a_namespace_begins_with_a_slash) {
  namespace_table table;
  CAF_CHECK(refuses([&] { table.of("chat"); }));
  CAF_CHECK(refuses([&] { table.of(""); }));
  table.of("/chat").on("x", {});
  CAF_REQUIRE(table.find("/chat") != nullptr);
  CAF_CHECK(table.find("/chat")->find("x") != nullptr);
  CAF_CHECK(table.find("/chat")->find("y") == nullptr);
  CAF_CHECK(table.find("/") == nullptr);
}
