// Static files over HTTP as values: request line in, status, headers and bytes out. No sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reliable_signaler::net {

/// A file's bytes and what HTTP says about them; immutable and shared.
struct file_content {
  std::string bytes;
  std::string etag;         ///< strong, with its quotes
  std::string content_type; ///< with charset for text
};

/// What a path stands for.
struct file_lookup {
  enum class kind { none, file, directory };
  kind what = kind::none;
  std::shared_ptr<const file_content> content; ///< set for a file
};

/// Where files come from: a directory, or the binary itself. Called from several threads at once.
class file_source {
public:
  virtual ~file_source() = default;

  /// @param path decoded, relative, without empty, `.`, `..` or hidden segments:
  /// `demos/index.html`.
  ///        Empty is the root.
  virtual file_lookup find(const std::string& path) = 0;
};

/// Files below `root`, read when asked for, small ones kept in memory until they change. Symbolic
/// links are followed as long as they stay below the root. Files over `max_file_bytes` and what is
/// no regular file do not exist. Blocks for the time of a `stat`, or a read when it changed.
std::unique_ptr<file_source> make_directory_source(const std::string& root);

/// A file that is part of the program.
struct built_in_file {
  std::string_view path; ///< as file_source::find takes it
  std::string_view bytes;
  std::string_view etag; ///< with its quotes
};

/// These files, which must live as long as the source, and the folders that their paths name. A
/// file is copied when it is asked for the first time.
std::unique_ptr<file_source> make_built_in_source(std::span<const built_in_file> files);

/// Bytes of the largest file that is served from a folder.
inline constexpr size_t max_file_bytes = 16'777'216;
/// Bytes of all files a directory source keeps in memory.
inline constexpr size_t max_cached_file_bytes = 67'108'864;

/// What goes back to the client.
struct file_response {
  unsigned status = 404; ///< 200, 301, 304, 400, 404 or 405
  /// All headers but Content-Length, Connection and Date.
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body; ///< null = no body (HEAD, 304)
  size_t content_length = 0;               ///< for the header: of the body that GET would have
};

/// Answers one request (RFC 9110: GET and HEAD, section 9.3; If-None-Match, section 13.1.2).
///
/// Percent-encoding is decoded once. Refused with 400: malformed encoding, NUL, control characters,
/// backslashes, encoded slashes, `.` and `..` segments in any spelling. Hidden files (`.git`) do
/// not exist, except below `.well-known` (RFC 8615). A directory is answered by its `index.html`,
/// after a redirect to the path with a slash.
/// @param target request target as received, with its query.
/// @param if_none_match value of that header, empty if there is none.
file_response serve_file(file_source& source, std::string_view method, std::string_view target,
                         std::string_view if_none_match);

/// By extension: `text/javascript; charset=utf-8` and the like; `application/octet-stream` if
/// unknown.
std::string_view content_type_of(std::string_view path);

} // namespace reliable_signaler::net
