// Reading and making the file of the secret.
#include "secret_file.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../actors/ids.hpp"
#include "../actors/token.hpp"
#include "limits.hpp"

namespace reliable_signaler::net {

namespace {

constexpr mode_t for_owner_only = 0600;
constexpr mode_t for_others = 0077;

secret_result failed(const std::string& path, const std::string& why) {
  return {{}, "--secret-file " + path + ": " + why};
}

secret_result make(const std::string& path) {
  // Two servers that start together must not end with two secrets: only one of them creates it.
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_owner_only);
  if (file < 0) return failed(path, std::strerror(errno));
  const auto secret = make_secret(token_signer::secret_bytes);
  const bool written =
      ::write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size())
      && ::fsync(file) == 0;
  ::close(file);
  if (written) return {secret, {}};
  ::unlink(path.c_str());
  return failed(path, "cannot be written");
}

} // namespace

secret_result read_or_make_secret(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? make(path) : failed(path, std::strerror(errno));
  struct stat about {};
  std::array<char, bounds::secret_file_bytes> bytes{};
  const bool known = ::fstat(file, &about) == 0;
  const auto size = ::read(file, bytes.data(), bytes.size());
  ::close(file);
  if (!known || size < 0) return failed(path, "cannot be read");
  if ((about.st_mode & for_others) != 0)
    return failed(path, "others may read it; chmod 600 and make a new one");
  std::string secret{bytes.data(), static_cast<std::size_t>(size)};
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.size() < token_signer::secret_bytes) return failed(path, "holds less than 32 bytes");
  return {std::move(secret), {}};
}

} // namespace reliable_signaler::net
