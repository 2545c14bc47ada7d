// From a request line to a response: decoding, conditions, content types. It opens no file.
#include "static_files.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace reliable_signaler::net {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 27> types{{
    {"css", "text/css; charset=utf-8"},
    {"gif", "image/gif"},
    {"htm", "text/html; charset=utf-8"},
    {"html", "text/html; charset=utf-8"},
    {"ico", "image/x-icon"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript; charset=utf-8"},
    {"json", "application/json"},
    {"map", "application/json"},
    {"md", "text/markdown; charset=utf-8"},
    {"mjs", "text/javascript; charset=utf-8"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"ogg", "audio/ogg"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"svg", "image/svg+xml"},
    {"ts", "text/plain; charset=utf-8"},
    {"txt", "text/plain; charset=utf-8"},
    {"wasm", "application/wasm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xml", "application/xml"},
}};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A path that may be shown to a file source, or the status that refuses it.
struct decoded_path {
  unsigned status = 200;
  std::string path;          // relative, without a trailing slash
  bool wants_folder = false; // ended with a slash
};

// Decodes once. What decodes to a slash would hide a segment, so it is refused.
std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (c == '%') {
      auto high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      auto low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
      if (c == '/') return std::nullopt;
    }
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7F' || c == '\\') return std::nullopt;
    result += c;
  }
  return result;
}

decoded_path decode_target(std::string_view target) {
  auto raw = target.substr(0, target.find_first_of("?#"));
  if (!raw.starts_with('/')) return {400, {}, false};
  auto path = decode(raw.substr(1));
  if (!path) return {400, {}, false};
  decoded_path result;
  result.wants_folder = path->empty() || path->ends_with('/');
  if (path->ends_with('/')) path->pop_back();
  auto status = 200u;
  for (std::string_view left = *path; !path->empty();) {
    auto slash = left.find('/');
    auto segment = left.substr(0, slash);
    if (segment == "." || segment == "..") return {400, {}, false};
    if (segment.empty() || (segment.front() == '.' && segment != ".well-known")) status = 404;
    if (slash == std::string_view::npos) break;
    left.remove_prefix(slash + 1);
  }
  result.status = status;
  result.path = std::move(*path);
  return result;
}

// If-None-Match uses the weak comparison (RFC 9110, section 8.8.3.2).
bool matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    auto comma = if_none_match.find(',');
    auto item = if_none_match.substr(0, comma);
    auto first = item.find_first_not_of(" \t");
    if (first != std::string_view::npos) {
      item = item.substr(first, item.find_last_not_of(" \t") - first + 1);
      if (item.starts_with("W/")) item.remove_prefix(2);
      if (item == etag || item == "*") return true;
    }
    if (comma == std::string_view::npos) return false;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

file_response plain(unsigned status, std::string text, bool with_body) {
  file_response result;
  result.status = status;
  result.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                    {"X-Content-Type-Options", "nosniff"}};
  result.content_length = text.size();
  if (with_body) result.body = std::make_shared<const std::string>(std::move(text));
  return result;
}

file_response serve_content(const std::shared_ptr<const file_content>& content, bool with_body,
                            std::string_view if_none_match) {
  file_response result;
  // The files have no version in their names, so caches must ask; the ETag makes that cheap.
  result.headers = {{"ETag", content->etag}, {"Cache-Control", "no-cache"}};
  if (matches(if_none_match, content->etag)) {
    result.status = 304;
    return result;
  }
  result.status = 200;
  result.headers.emplace_back("Content-Type", content->content_type);
  result.headers.emplace_back("X-Content-Type-Options", "nosniff");
  result.content_length = content->bytes.size();
  if (with_body) result.body = {content, &content->bytes};
  return result;
}

} // namespace

std::string_view content_type_of(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return "application/octet-stream";
  std::string extension{name.substr(dot + 1)};
  for (auto& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  auto i = std::lower_bound(types.begin(), types.end(), extension,
                            [](auto& type, auto& e) { return type.first < e; });
  return i != types.end() && i->first == extension ? i->second : "application/octet-stream";
}

file_response serve_file(file_source& source, std::string_view method, std::string_view target,
                         std::string_view if_none_match) {
  auto with_body = method != "HEAD";
  if (method != "GET" && method != "HEAD") {
    auto result = plain(405, "Only GET and HEAD are allowed here.\n", true);
    result.headers.emplace_back("Allow", "GET, HEAD");
    return result;
  }
  auto wanted = decode_target(target);
  if (wanted.status == 400) return plain(400, "This path is malformed.\n", with_body);
  if (wanted.status == 200) {
    auto name = wanted.path;
    if (wanted.wants_folder) name += name.empty() ? "index.html" : "/index.html";
    auto found = source.find(name);
    if (found.what == file_lookup::kind::file)
      return serve_content(found.content, with_body, if_none_match);
    if (found.what == file_lookup::kind::directory && !wanted.wants_folder) {
      // Relative links in its index need the slash.
      auto result = plain(301, "See the path with a slash at its end.\n", with_body);
      auto query = target.find_first_of("?#");
      auto location = std::string{target.substr(0, query)} + "/";
      if (query != std::string_view::npos) location += target.substr(query);
      result.headers.emplace_back("Location", std::move(location));
      return result;
    }
  }
  return plain(404, "There is no such file.\n", with_body);
}

} // namespace reliable_signaler::net
