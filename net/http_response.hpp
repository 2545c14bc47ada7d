// What goes back to an HTTP client: an answer as a value, and its bytes. No socket.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace reliable_signaler::net {

/// One answer. The body is either owned or shared.
struct http_answer {
  unsigned status = 200;
  std::string reason;            ///< empty: the usual one
  std::string_view content_type; ///< static text; empty without a body
  std::string body;
  /// Complete lines with their ends, for instance `Allow: GET\r\n`.
  std::string extra_fields;
  /// In place of `body`: a file, shared by all who ask for it.
  std::shared_ptr<const std::string> shared_body;
  /// Only the head is sent (HEAD). Content-Length is that of the body all the same, or this one.
  bool omit_body = false;
  std::size_t length_without_body = 0;
  /// The connection is closed behind it.
  bool close = false;

  std::size_t body_size() const noexcept {
    if (shared_body) return shared_body->size();
    return body.empty() ? length_without_body : body.size();
  }
};

/// A short plain text with the status, for instance for 404.
http_answer make_status_answer(unsigned status);

/// Appends status line and fields up to the empty line. `fields` are those of the connection (such
/// as CORS), complete lines.
void append_head(std::string& out, const http_answer& answer, std::string_view fields,
                 bool keep_alive);

/// "Not Found" for 404; empty for statuses that this server never sends.
std::string_view reason_phrase(unsigned status) noexcept;

} // namespace reliable_signaler::net
