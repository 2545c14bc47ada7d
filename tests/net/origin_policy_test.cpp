// Decisions on Origin and Host headers.
#include "net/origin_policy.hpp"

#include <string>

#define CAF_SUITE net_origin_policy
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;

namespace {

origin_policy policy(std::string_view text) {
  std::string error;
  auto result = origin_policy::parse(text, error);
  if (!result) CAF_FAIL(error);
  return *result;
}

std::string error_of(std::string_view text) {
  std::string error;
  CAF_CHECK(!origin_policy::parse(text, error));
  return error;
}

bool allowed(const origin_policy& p, std::string_view origin, std::string_view host,
             bool is_tls = false) {
  return p.decide(origin, host, is_tls).allowed;
}

} // namespace

CAF_TEST(a_star_allows_everybody_and_says_so_without_naming_anybody) {
  auto p = policy(" * ");
  for (auto origin : {"https://a.example", "null", "garbage"}) {
    auto d = p.decide(origin, "server:8080", false);
    CAF_CHECK(d.allowed);
    CAF_CHECK_EQUAL(d.allow_origin, "*");
    CAF_CHECK(!d.vary);
  }
  CAF_CHECK_EQUAL(p.decide("", "server", false).allow_origin, "");
}

CAF_TEST(requests_without_an_origin_come_from_no_page_and_are_allowed) {
  for (auto text : {"same-origin", "https://a.example"}) {
    auto d = policy(text).decide("", "server", false);
    CAF_CHECK(d.allowed);
    CAF_CHECK_EQUAL(d.allow_origin, "");
    CAF_CHECK(d.vary);
  }
}

CAF_TEST(same_origin_compares_scheme_host_and_port) {
  auto p = policy("same-origin");
  CAF_CHECK(allowed(p, "http://server:8080", "server:8080"));
  CAF_CHECK(allowed(p, "http://SERVER:8080", "Server:8080"));
  CAF_CHECK(allowed(p, "http://server", "server:80"));
  CAF_CHECK(allowed(p, "http://server:80", "server"));
  CAF_CHECK(allowed(p, "https://server", "server:443", true));
  CAF_CHECK(allowed(p, "http://[::1]:8080", "[::1]:8080"));
  CAF_CHECK(!allowed(p, "http://server:8081", "server:8080"));
  CAF_CHECK(!allowed(p, "https://server:8080", "server:8080"));
  CAF_CHECK(!allowed(p, "http://server", "server", true));
  CAF_CHECK(!allowed(p, "http://server.evil", "server"));
  CAF_CHECK(!allowed(p, "http://evil", ""));
  CAF_CHECK(!allowed(p, "null", "server"));
  CAF_CHECK(!allowed(p, "null", "null"));
}

CAF_TEST(the_default_is_the_same_origin) {
  CAF_CHECK(allowed(origin_policy{}, "http://server", "server"));
  CAF_CHECK(!allowed(origin_policy{}, "http://other", "server"));
}

CAF_TEST(a_list_allows_its_members_and_echoes_them) {
  auto p = policy("https://a.example/, HTTP://B.example:80 ,null, app://localhost");
  auto d = p.decide("https://a.example", "server", false);
  CAF_CHECK(d.allowed);
  CAF_CHECK_EQUAL(d.allow_origin, "https://a.example");
  CAF_CHECK(d.vary);
  CAF_CHECK(allowed(p, "https://a.example:443", "server"));
  CAF_CHECK(allowed(p, "http://b.example", "server"));
  CAF_CHECK(allowed(p, "null", "server"));
  CAF_CHECK(allowed(p, "app://localhost", "server"));
  CAF_CHECK(!allowed(p, "http://server", "server"));
  CAF_CHECK(!allowed(p, "https://a.example.evil", "server"));
  CAF_CHECK(!allowed(p, "https://evil/https://a.example", "server"));
  CAF_CHECK(!allowed(p, "http://a.example", "server"));
}

CAF_TEST(a_list_may_include_the_same_origin) {
  auto p = policy("same-origin,https://a.example");
  CAF_CHECK(allowed(p, "http://server", "server"));
  CAF_CHECK(allowed(p, "https://a.example", "server"));
}

CAF_TEST(refused_and_malformed_origins_get_no_header) {
  auto p = policy("https://a.example");
  for (auto origin :
       {"https://b.example", "https://", "https:///", "//a.example", "a.example",
        "https://a.example/x", "https://user@a.example", "https://a.example\r\nX: y"}) {
    auto d = p.decide(origin, "server", false);
    CAF_CHECK(!d.allowed);
    CAF_CHECK_EQUAL(d.allow_origin, "");
    CAF_CHECK(d.vary);
  }
}

CAF_TEST(what_is_no_list_is_explained) {
  CAF_CHECK_EQUAL(error_of(""), "'' is not an origin like https://example.com:8443");
  CAF_CHECK_EQUAL(error_of("https://a,"), "'' is not an origin like https://example.com:8443");
  CAF_CHECK_EQUAL(error_of("a.example"),
                  "'a.example' is not an origin like https://example.com:8443");
  CAF_CHECK_EQUAL(error_of("https://a/b"),
                  "'https://a/b' is not an origin like https://example.com:8443");
  CAF_CHECK_EQUAL(error_of("*,https://a"), "'*' stands alone, not in a list");
}

CAF_TEST(each_refused_origin_is_reported_once_and_only_so_many) {
  refused_origins refused;
  CAF_CHECK(refused.first_time("https://a"));
  CAF_CHECK(!refused.first_time("https://a"));
  CAF_CHECK(refused.first_time("https://b"));
  CAF_CHECK(refused.first_time(std::string(refused_origins::max_bytes + 1, 'x')));
  CAF_CHECK(!refused.first_time(std::string(refused_origins::max_bytes + 2, 'x')));
  size_t reported = 3;
  for (int i = 0; i < 1000; ++i)
    if (refused.first_time(std::to_string(i))) ++reported;
  CAF_CHECK_EQUAL(reported, refused_origins::capacity);
}
