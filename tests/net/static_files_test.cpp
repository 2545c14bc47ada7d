// Requests for files of a folder, the hostile ones included. No HTTP connection.
#include "net/static_files.hpp"

#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "temporary_folder.hpp"

#define CAF_SUITE net_static_files
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
namespace fs = std::filesystem;

namespace {

struct fixture {
  temporary_folder folder;
  std::unique_ptr<file_source> source;

  fixture() {
    folder.write("secret.txt", "secret");
    folder.write("root/index.html", "<p>home");
    folder.write("root/a.js", "let a;");
    folder.write("root/sub/index.html", "<p>sub");
    folder.write("root/sub/b c.txt", "blank");
    folder.write("root/empty.css", "");
    folder.write("root/bare/x.bin", "x");
    folder.write("root/.git/config", "hidden");
    folder.write("root/.well-known/acme", "token");
    source = make_directory_source((folder.path() / "root").string());
  }

  file_response get(std::string_view target, std::string_view if_none_match = {}) {
    return serve_file(*source, "GET", target, if_none_match);
  }

  std::string body(std::string_view target) {
    auto r = get(target);
    CAF_CHECK_EQUAL(r.status, 200u);
    CAF_CHECK(r.body && r.body->size() == r.content_length);
    return r.body ? *r.body : "";
  }

  static std::string header(const file_response& r, std::string_view name) {
    std::string found;
    for (auto& [n, value] : r.headers)
      if (n == name) found += value;
    return found;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(net_static_files_tests, fixture)

CAF_TEST(files_are_served_with_their_type) {
  CAF_CHECK_EQUAL(body("/a.js"), "let a;");
  auto r = get("/a.js?v=1");
  CAF_CHECK_EQUAL(r.status, 200u);
  CAF_CHECK_EQUAL(header(r, "Content-Type"), "text/javascript; charset=utf-8");
  CAF_CHECK_EQUAL(header(r, "Cache-Control"), "no-cache");
  CAF_CHECK_EQUAL(header(r, "X-Content-Type-Options"), "nosniff");
  CAF_CHECK_EQUAL(body("/empty.css"), "");
  CAF_CHECK_EQUAL(body("/sub/b%20c.txt"), "blank");
  CAF_CHECK_EQUAL(body("/%61.js"), "let a;");
  CAF_CHECK_EQUAL(body("/.well-known/acme"), "token");
}

CAF_TEST(files_in_the_program_are_served_like_those_in_a_folder) {
  using namespace std::string_view_literals;
  static constexpr std::array<built_in_file, 3> files{{
      {"index.html", "<p>home", "\"1\""},
      {"sub/deep/x.js", "let\0x;"sv, "\"2\""},
      {"sub/index.html", "", "\"3\""},
  }};
  source = make_built_in_source(files);
  CAF_CHECK_EQUAL(body("/"), "<p>home");
  CAF_CHECK_EQUAL(body("/sub/deep/x.js"), "let\0x;"sv);
  CAF_CHECK_EQUAL(body("/sub/"), "");
  CAF_CHECK_EQUAL(header(get("/sub"), "Location"), "/sub/");
  CAF_CHECK_EQUAL(header(get("/sub/deep/x.js"), "Content-Type"), "text/javascript; charset=utf-8");
  CAF_CHECK_EQUAL(get("/sub/deep/x.js", "\"2\"").status, 304u);
  CAF_CHECK_EQUAL(get("/sub/deep/").status, 404u);
  CAF_CHECK_EQUAL(get("/sub/x.js").status, 404u);
  CAF_CHECK_EQUAL(get("/index.html/").status, 404u);
}

CAF_TEST(types_follow_the_extension_in_any_case) {
  CAF_CHECK(content_type_of("x/INDEX.HTML") == "text/html; charset=utf-8");
  CAF_CHECK(content_type_of("a.min.css") == "text/css; charset=utf-8");
  CAF_CHECK(content_type_of("a.wasm") == "application/wasm");
  CAF_CHECK(content_type_of("a.xml") == "application/xml");
  CAF_CHECK(content_type_of("a.unknown") == "application/octet-stream");
  CAF_CHECK(content_type_of("a.js/b") == "application/octet-stream");
  CAF_CHECK(content_type_of("") == "application/octet-stream");
}

CAF_TEST(a_folder_is_its_index_after_a_redirect_to_the_slash) {
  CAF_CHECK_EQUAL(body("/"), "<p>home");
  CAF_CHECK_EQUAL(body("/?x"), "<p>home");
  CAF_CHECK_EQUAL(body("/sub/"), "<p>sub");
  auto r = get("/sub?x=1");
  CAF_CHECK_EQUAL(r.status, 301u);
  CAF_CHECK_EQUAL(header(r, "Location"), "/sub/?x=1");
  CAF_CHECK_EQUAL(get("/bare/").status, 404u);
  CAF_CHECK_EQUAL(get("/a.js/").status, 404u);
}

CAF_TEST(an_unchanged_file_is_not_sent_again) {
  auto first = get("/a.js");
  auto etag = header(first, "ETag");
  CAF_CHECK(etag.size() > 2 && etag.front() == '"' && etag.back() == '"');
  for (const auto& condition : {etag, "W/" + etag, "\"x\", " + etag, std::string{" * "}}) {
    auto r = get("/a.js", condition);
    CAF_CHECK_EQUAL(r.status, 304u);
    CAF_CHECK(!r.body);
    CAF_CHECK_EQUAL(header(r, "ETag"), etag);
    CAF_CHECK_EQUAL(header(r, "Cache-Control"), "no-cache");
  }
  for (auto condition : {"\"x\"", "", ",", "W/"})
    CAF_CHECK_EQUAL(get("/a.js", condition).status, 200u);
}

CAF_TEST(a_changed_file_is_noticed) {
  auto before = get("/a.js");
  folder.write("root/a.js", "let b;"); // same size
  auto file = folder.path() / "root/a.js";
  fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds{1});
  CAF_CHECK_EQUAL(body("/a.js"), "let b;");
  CAF_CHECK(header(get("/a.js"), "ETag") != header(before, "ETag"));
  CAF_CHECK_EQUAL(*before.body, "let a;"); // still whole for whoever is sending it
  fs::remove(file);
  CAF_CHECK_EQUAL(get("/a.js").status, 404u);
}

CAF_TEST(an_unchanged_file_is_kept_in_memory) {
  CAF_CHECK_EQUAL(get("/a.js").body.get(), get("/a.js").body.get());
}

CAF_TEST(head_has_the_headers_of_get_and_no_body) {
  auto r = serve_file(*source, "HEAD", "/a.js", "");
  CAF_CHECK_EQUAL(r.status, 200u);
  CAF_CHECK(!r.body);
  CAF_CHECK_EQUAL(r.content_length, 6u);
  CAF_CHECK(r.headers == get("/a.js").headers);
  auto missing = serve_file(*source, "HEAD", "/none", "");
  CAF_CHECK_EQUAL(missing.status, 404u);
  CAF_CHECK(!missing.body && missing.content_length > 0);
}

CAF_TEST(other_methods_are_refused) {
  for (auto method : {"POST", "PUT", "DELETE", "get", ""}) {
    auto r = serve_file(*source, method, "/a.js", "");
    CAF_CHECK_EQUAL(r.status, 405u);
    CAF_CHECK_EQUAL(header(r, "Allow"), "GET, HEAD");
  }
}

CAF_TEST(nothing_above_the_root_can_be_reached) {
  for (auto target : {"/../secret.txt",
                      "/sub/../../secret.txt",
                      "/%2e%2e/secret.txt",
                      "/.%2E/secret.txt",
                      "/..%2fsecret.txt",
                      "/sub/..",
                      "/.",
                      "/./a.js",
                      "/..\\secret.txt",
                      "/..%5csecret.txt",
                      "/%00",
                      "/a.js%00.txt",
                      "/a%0ab",
                      "/%",
                      "/%2",
                      "/%zz",
                      "/%%32%65",
                      "a.js",
                      "",
                      "http://x/a.js",
                      "*",
                      "/sub%2findex.html"})
    CAF_CHECK_EQUAL(get(target).status, 400u);
  for (auto target :
       {"/%252e%252e/secret.txt", "//secret.txt", "//a.js", "/sub//index.html", "///", "/none",
        "/.git/config", "/.git", "/.git/", "/sub/.hidden", "/...", "/\xFF\xFE", "/a.js/b"})
    CAF_CHECK_EQUAL(get(target).status, 404u);
  CAF_CHECK_EQUAL(get("/" + std::string(5000, 'a')).status, 404u);
}

CAF_TEST(links_are_followed_only_inside_of_the_root) {
  auto root = folder.path() / "root";
  fs::create_symlink(folder.path() / "secret.txt", root / "out.txt");
  fs::create_directory_symlink(folder.path(), root / "up");
  fs::create_symlink(".git/config", root / "config.txt");
  fs::create_symlink("a.js", root / "alias.js");
  fs::create_symlink("loop", root / "loop");
  CAF_CHECK_EQUAL(body("/alias.js"), "let a;");
  for (auto target : {"/out.txt", "/up", "/up/", "/up/secret.txt", "/config.txt", "/loop"})
    CAF_CHECK_EQUAL(get(target).status, 404u);
}

CAF_TEST(what_is_no_regular_file_or_too_large_does_not_exist) {
  auto root = folder.path() / "root";
  CAF_CHECK_EQUAL(mkfifo((root / "pipe").c_str(), 0600), 0);
  CAF_CHECK_EQUAL(get("/pipe").status, 404u);
  folder.write("root/large.bin", "x");
  fs::resize_file(root / "large.bin", max_file_bytes);
  CAF_CHECK_EQUAL(get("/large.bin").status, 200u);
  fs::resize_file(root / "large.bin", max_file_bytes + 1);
  CAF_CHECK_EQUAL(get("/large.bin").status, 404u);
}

CAF_TEST(a_root_that_does_not_exist_has_no_files) {
  auto nothing = make_directory_source("/no/such/folder");
  CAF_CHECK_EQUAL(serve_file(*nothing, "GET", "/", "").status, 404u);
  CAF_CHECK_EQUAL(serve_file(*nothing, "GET", "/etc/passwd", "").status, 404u);
}

CAF_TEST_FIXTURE_SCOPE_END()
