// Session ids: secret, and naming their home.
#include "net/session_id.hpp"

#include <string>

#define CAF_SUITE net_session_id
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;

CAF_TEST(an_id_names_its_home_loop) {
  for (const size_t loop : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{255}}) {
    const auto id = session_id::make(loop);
    CAF_CHECK_EQUAL(id.loop(), loop);
    const auto parsed = session_id::parse(id.view());
    CAF_REQUIRE(parsed);
    CAF_CHECK(*parsed == id);
    CAF_CHECK_EQUAL(parsed->loop(), loop);
  }
}

CAF_TEST(two_ids_of_one_loop_differ) {
  const auto a = session_id::make(0);
  const auto b = session_id::make(0);
  CAF_CHECK_NOT_EQUAL(a.view(), b.view());
  CAF_CHECK_NOT_EQUAL(a.view().substr(0, 10), b.view().substr(0, 10));
}

CAF_TEST(what_no_session_can_be_called_is_not_parsed) {
  const std::string id{session_id::make(3).view()};
  CAF_CHECK(!session_id::parse(""));
  CAF_CHECK(!session_id::parse(id.substr(1)));
  CAF_CHECK(!session_id::parse(id + "A"));
  CAF_CHECK(!session_id::parse("\xff" + id.substr(1)));
  CAF_CHECK(!session_id::parse("=" + id.substr(1)));
  CAF_CHECK(!session_id::parse(std::string(session_id::length, '\0')));
}
