// Files that are part of the program. It opens nothing.
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "static_files.hpp"

namespace reliable_signaler::net {

namespace {

class built_in_source final : public file_source {
public:
  explicit built_in_source(std::span<const built_in_file> files) {
    entries_[""];
    for (const auto& file : files) {
      entries_[std::string{file.path}].file = &file;
      // Folders exist by what is in them.
      for (auto end = file.path.rfind('/'); end != std::string_view::npos;
           end = end == 0 ? std::string_view::npos : file.path.rfind('/', end - 1))
        entries_[std::string{file.path.substr(0, end)}];
    }
  }

  file_lookup find(const std::string& path) override {
    using kind = file_lookup::kind;
    const auto i = entries_.find(path);
    if (i == entries_.end()) return {};
    auto& found = i->second;
    if (found.file == nullptr) return {kind::directory, nullptr};
    // Most of them are never asked for.
    const std::lock_guard guard{mutex_};
    if (!found.content)
      found.content = std::make_shared<file_content>(
          file_content{std::string{found.file->bytes}, std::string{found.file->etag},
                       std::string{content_type_of(path)}});
    return {kind::file, found.content};
  }

private:
  struct entry {
    const built_in_file* file = nullptr; // null: a folder
    std::shared_ptr<const file_content> content;
  };

  std::map<std::string, entry> entries_; // the keys never change after construction
  std::mutex mutex_;
};

} // namespace

std::unique_ptr<file_source> make_built_in_source(std::span<const built_in_file> files) {
  return std::make_unique<built_in_source>(files);
}

} // namespace reliable_signaler::net
