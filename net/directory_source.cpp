// Files below a folder: keeps inside of it, reads and remembers small ones. Knows no HTTP.
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "static_files.hpp"

namespace reliable_signaler::net {

namespace {

namespace fs = std::filesystem;

// What tells one state of one file from another without reading it.
struct file_state {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec modified{};
  timespec changed{};

  explicit file_state(const struct stat& s)
      : device(s.st_dev),
        inode(s.st_ino),
        size(s.st_size),
        modified(s.st_mtim),
        changed(s.st_ctim) {}

  bool operator==(const file_state& o) const noexcept {
    auto same = [](const timespec& a, const timespec& b) {
      return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
    };
    return device == o.device && inode == o.inode && size == o.size && same(modified, o.modified)
           && same(changed, o.changed);
  }
};

struct descriptor {
  explicit descriptor(int number) : fd(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd >= 0) ::close(fd);
  }
  const int fd;
};

std::string strong_etag(const std::string& bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result = "\"";
  for (size_t i = 0; i < 16; ++i) { // 128 bits are plenty
    result += digits[digest[i] >> 4];
    result += digits[digest[i] & 15];
  }
  return result + "\"";
}

std::optional<std::string> read_all(int fd, size_t size) {
  std::string bytes(size, '\0');
  size_t have = 0;
  while (have < size) {
    auto n = ::read(fd, bytes.data() + have, size - have);
    if (n < 0) return std::nullopt;
    if (n == 0) break; // it was truncated meanwhile
    have += static_cast<size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

class directory_source final : public file_source {
public:
  explicit directory_source(const std::string& root) {
    std::error_code failed;
    root_ = fs::canonical(root, failed);
    usable_ = !failed;
  }

  file_lookup find(const std::string& path) override {
    using kind = file_lookup::kind;
    if (!usable_) return {};
    auto full = (root_ / path).string();
    struct stat found;
    if (::stat(full.c_str(), &found) != 0) return {};
    file_state now{found};
    if (auto content = remembered(path, now)) return {kind::file, std::move(content)};
    if (!is_inside(full)) return {};
    if (S_ISDIR(found.st_mode)) return {kind::directory, nullptr};
    auto content = S_ISREG(found.st_mode) ? read(path, full, now) : nullptr;
    if (!content) return {};
    return {kind::file, std::move(content)};
  }

private:
  struct entry {
    file_state state;
    std::shared_ptr<const file_content> content;
  };

  std::shared_ptr<const file_content> remembered(const std::string& path, const file_state& now) {
    std::lock_guard guard{mutex_};
    auto i = entries_.find(path);
    return i != entries_.end() && i->second.state == now ? i->second.content : nullptr;
  }

  // Where links lead counts, not how the path is spelled. Whoever can exchange links between this
  // look and the opening can write into the folder anyway.
  bool is_inside(const std::string& full) const {
    std::error_code failed;
    auto real = fs::canonical(full, failed);
    if (failed) return false;
    auto relative = real.lexically_relative(root_);
    if (relative.empty()) return false;
    for (auto& part : relative) {
      auto name = part.string();
      if (name.starts_with('.') && name != "." && name != ".well-known") return false;
    }
    return true;
  }

  std::shared_ptr<const file_content> read(const std::string& path, const std::string& full,
                                           const file_state& expected) {
    // Not blocking: it might have become a pipe.
    descriptor file{::open(full.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat opened;
    if (file.fd < 0 || ::fstat(file.fd, &opened) != 0 || !S_ISREG(opened.st_mode)) return nullptr;
    if (static_cast<size_t>(opened.st_size) > max_file_bytes) return nullptr;
    auto bytes = read_all(file.fd, static_cast<size_t>(opened.st_size));
    if (!bytes) return nullptr;
    auto content = std::make_shared<file_content>();
    content->etag = strong_etag(*bytes);
    content->content_type = content_type_of(path);
    content->bytes = std::move(*bytes);
    if (file_state{opened} == expected) remember(path, {expected, content});
    return content;
  }

  void remember(const std::string& path, entry e) {
    auto cost = e.content->bytes.size() + path.size() + 512;
    std::lock_guard guard{mutex_};
    if (bytes_ + cost > max_cached_file_bytes) {
      // Hardly ever happens with a web client's files; starting over keeps the bookkeeping trivial.
      entries_.clear();
      bytes_ = 0;
    }
    bytes_ += cost;
    entries_.insert_or_assign(path, std::move(e));
  }

  fs::path root_;
  bool usable_ = false;
  std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
  size_t bytes_ = 0; // an upper bound: replaced entries stay counted
};

} // namespace

std::unique_ptr<file_source> make_directory_source(const std::string& root) {
  return std::make_unique<directory_source>(root);
}

} // namespace reliable_signaler::net
