// Reading and making the file of the secret.
#include "secret_file.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../actors/ids.hpp"
#include "../actors/token.hpp"
#include "limits.hpp"

namespace reliable_signaler::net {

namespace {

constexpr mode_t for_others = 0077;

secret_result failed(const std::string& path, const std::string& why) {
  return {{}, "--secret-file " + path + ": " + why};
}

bool write_whole(int file, const std::string& bytes) {
  return ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())
         && ::fsync(file) == 0;
}

// Says what errno was, EEXIST when another one has that name.
int name_finally(const std::string& draft, const std::string& path) {
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // Not every file system has that; some that have not have this.
  if (::link(draft.c_str(), path.c_str()) != 0) return errno;
  ::unlink(draft.c_str());
  return 0;
}

// Servers that start together must not end with two secrets, nor one that is killed meanwhile leave
// half of one: the file is written under another name, and takes its own with all that is in it,
// which one of them can do only. Says what errno was.
int make(const std::string& path) {
  auto draft = path + ".XXXXXX";
  const int file = ::mkostemp(draft.data(), O_CLOEXEC); // for its owner only
  if (file < 0) return errno;
  errno = EIO; // of a write that was cut short
  int failure = write_whole(file, make_secret(token_signer::secret_bytes)) ? 0 : errno;
  ::close(file);
  if (failure == 0) failure = name_finally(draft, path);
  if (failure != 0) ::unlink(draft.c_str());
  return failure == EEXIST ? 0 : failure;
}

secret_result read(const std::string& path, int file) {
  struct stat about {};
  std::array<char, bounds::secret_file_bytes> bytes{};
  const bool known = ::fstat(file, &about) == 0;
  if (known && !S_ISREG(about.st_mode)) {
    ::close(file);
    return failed(path, "is not a file");
  }
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

} // namespace

secret_result read_or_make_secret(const std::string& path) {
  constexpr int how = O_RDONLY | O_CLOEXEC | O_NONBLOCK; // a pipe would have us wait for a writer
  int file = ::open(path.c_str(), how);
  if (file < 0 && errno == ENOENT) {
    if (const int failure = make(path); failure != 0) return failed(path, std::strerror(failure));
    file = ::open(path.c_str(), how);
  }
  return file < 0 ? failed(path, std::strerror(errno)) : read(path, file);
}

} // namespace reliable_signaler::net
