// The file of the server's secret.
#include "net/secret_file.hpp"

#include <array>
#include <barrier>
#include <filesystem>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include "temporary_folder.hpp"

#define CAF_SUITE net_secret_file
#include "caf/test/unit_test.hpp"

using namespace reliable_signaler::net;
namespace fs = std::filesystem;

CAF_TEST(servers_that_start_together_get_one_secret) {
  temporary_folder folder;
  constexpr int rounds = 50;
  constexpr std::size_t servers = 4;
  for (int round = 0; round < rounds; ++round) {
    const auto path = (folder.path() / std::to_string(round)).string();
    std::array<secret_result, servers> results;
    std::barrier together{servers};
    std::vector<std::jthread> threads;
    for (auto& result : results)
      threads.emplace_back([&] {
        together.arrive_and_wait();
        result = read_or_make_secret(path);
      });
    threads.clear();
    for (const auto& result : results) {
      CAF_REQUIRE_EQUAL(result.error, "");
      CAF_REQUIRE_EQUAL(result.secret, results[0].secret);
    }
  }
  // Nor does anything else stay there.
  const auto files = std::distance(fs::directory_iterator{folder.path()}, {});
  CAF_CHECK_EQUAL(files, rounds);
}

CAF_TEST(a_secret_in_a_folder_that_is_not_there_is_an_error) {
  temporary_folder folder;
  const auto path = (folder.path() / "none" / "secret").string();
  CAF_CHECK_EQUAL(read_or_make_secret(path).error,
                  "--secret-file " + path + ": No such file or directory");
}

CAF_TEST(a_secret_that_is_no_file_is_an_error_at_once) {
  temporary_folder folder;
  const auto pipe = (folder.path() / "pipe").string();
  CAF_REQUIRE_EQUAL(::mkfifo(pipe.c_str(), 0600), 0);
  for (const auto& path : {pipe, folder.path().string()})
    CAF_CHECK_EQUAL(read_or_make_secret(path).error, "--secret-file " + path + ": is not a file");
}
