// What goes back to an HTTP client: status lines and fields.
#include "http_response.hpp"

#include <array>
#include <ctime>

namespace reliable_signaler::net {

namespace {

// RFC 9110, section 5.6.7. Made once a second and thread: the text costs more than the clock.
std::string_view http_date() {
  thread_local std::time_t second = 0;
  thread_local std::array<char, 40> text{};
  thread_local std::size_t size = 0;
  const auto now = std::time(nullptr);
  if (now != second) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto used =
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                      (parts.tm_year + 1900) % 10'000, parts.tm_hour, parts.tm_min, parts.tm_sec);
    size = static_cast<std::size_t>(used);
    second = now;
  }
  return {text.data(), size};
}

} // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return {};
  }
}

http_answer make_status_answer(unsigned status) {
  http_answer result;
  result.status = status;
  result.content_type = "text/plain; charset=utf-8";
  result.body = std::string{reason_phrase(status)} + "\n";
  return result;
}

void append_head(std::string& out, const http_answer& answer, std::string_view fields,
                 bool keep_alive) {
  out += "HTTP/1.1 ";
  out += std::to_string(answer.status);
  out += ' ';
  out += answer.reason.empty() ? reason_phrase(answer.status) : std::string_view{answer.reason};
  out += "\r\nDate: ";
  out += http_date();
  if (!answer.content_type.empty()) {
    out += "\r\nContent-Type: ";
    out += answer.content_type;
  }
  // These two never have content, and so no length either (RFC 9110, section 8.6).
  if (answer.status != 204 && answer.status != 304) {
    out += "\r\nContent-Length: ";
    out += std::to_string(answer.body_size());
  }
  out += keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
  out += fields;
  out += answer.extra_fields;
  out += "\r\n";
}

} // namespace reliable_signaler::net
