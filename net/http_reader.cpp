// HTTP/1.1 requests out of the bytes of one connection, on the grammar of Beast's parser.
#include "http_reader.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <limits>

namespace reliable_signaler::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

constexpr std::size_t first_capacity = 2'048; // bytes; most heads fit

std::string_view std_view(string_view text) {
  return {text.data(), text.size()};
}

// What Beast's parser would tolerate: a bare line feed or carriage return, or a folded field.
// `text` ends with the empty line, so there is always a character behind a line break that is
// looked at.
bool has_bad_line_break(std::string_view text) {
  for (auto at = text.find_first_of("\r\n"); at != std::string_view::npos;
       at = text.find_first_of("\r\n", at + 2)) {
    if (text[at] != '\r' || at + 1 == text.size() || text[at + 1] != '\n') return true;
    if (at + 2 < text.size() && (text[at + 2] == ' ' || text[at + 2] == '\t')) return true;
  }
  return false;
}

} // namespace

// Keeps views instead of copies: a head stays where it was received until it has been dealt with.
class http_reader::parser final : public http::basic_parser<true> {
public:
  explicit parser(http_reader& owner) : owner_(owner) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(owner.max_body_);
  }

private:
  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    owner_.request_.method = std_view(method);
    owner_.request_.target = std_view(target);
    owner_.request_.http_1_1 = version == 11;
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    // What comes behind the body (a trailer) is nothing that may change the request.
    if (owner_.state_ == http_reader::state::head)
      owner_.request_.fields.push_back({std_view(name), std_view(value)});
  }
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    owner_.body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    owner_.body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  http_reader& owner_;
};

http_reader::http_reader(std::size_t max_head_bytes, std::size_t max_body_bytes)
    : max_head_(max_head_bytes), max_body_(max_body_bytes) {}

http_reader::~http_reader() = default;

std::string_view http_reader::unread_with_head() const noexcept {
  return {&buffer_[head_], end_ - head_};
}

std::span<char> http_reader::prepare() {
  if (begin_ == end_) {
    begin_ = end_ = scan_ = 0;
  } else if (begin_ > 0 && (end_ == capacity_ || state_ == state::body)) {
    std::memmove(&buffer_[0], &buffer_[begin_], end_ - begin_);
    end_ -= begin_;
    scan_ -= std::min(scan_, begin_);
    begin_ = 0;
  }
  if (end_ == capacity_) {
    // One byte more than the limit, so that reaching it can be told from exceeding it.
    capacity_ =
        std::max(end_ + 1, std::min(std::max(capacity_ * 2, first_capacity), max_head_ + 1));
    std::unique_ptr<char[]> larger{new char[capacity_]};
    if (end_ > 0) std::memcpy(&larger[0], &buffer_[0], end_);
    buffer_ = std::move(larger);
  }
  return {&buffer_[end_], capacity_ - end_};
}

void http_reader::commit(std::size_t count) noexcept {
  end_ += count;
}

http_reader::status http_reader::next() {
  if (error_ != 0) return status::failed;
  return state_ == state::head ? read_head() : read_body();
}

http_reader::status http_reader::read_head() {
  // Empty lines before a request are to be ignored (RFC 9112, section 2.2).
  while (end_ - begin_ >= 2 && buffer_[begin_] == '\r' && buffer_[begin_ + 1] == '\n') begin_ += 2;
  if (begin_ == end_) return status::need_more;
  // Anything else than a method, such as a TLS handshake, is not worth waiting for the rest.
  if (buffer_[begin_] != '\r' && (buffer_[begin_] < 'A' || buffer_[begin_] > 'Z')) return fail(400);
  const std::string_view bytes{&buffer_[0], end_};
  scan_ = std::max(scan_, begin_);
  const auto end = bytes.find("\r\n\r\n", scan_);
  if (end == std::string_view::npos) {
    scan_ = end_ - std::min<std::size_t>(end_ - begin_, 3);
    return end_ - begin_ > max_head_ ? fail(431) : status::need_more;
  }
  const auto head = bytes.substr(begin_, end + 4 - begin_);
  if (head.size() > max_head_) return fail(431);
  if (has_bad_line_break(head)) return fail(400);
  request_ = {};
  body_.clear();
  parser_ = std::make_unique<parser>(*this);
  error_code error;
  parser_->put({head.data(), head.size()}, error);
  request_.body_too_large = error == http::error::body_limit;
  if (error && !request_.body_too_large) return fail(400);
  if (const auto refusal = check_fields(); refusal != 0) return fail(refusal);
  head_ = begin_;
  begin_ = scan_ = end + 4;
  state_ = state::body;
  return status::head;
}

// Sets what follows from the fields; returns the status of a refusal or 0.
unsigned http_reader::check_fields() {
  auto& request = request_;
  unsigned hosts = 0;
  bool upgrade = false;
  bool has_length = false;
  bool has_coding = false;
  for (const auto& field : request.fields) {
    if (iequals(field.name, "host")) ++hosts;
    if (iequals(field.name, "connection")) upgrade |= has_token(field.value, "upgrade");
    if (iequals(field.name, "content-length")) {
      if (has_length) return 400;
      has_length = true;
    }
    if (iequals(field.name, "transfer-encoding")) {
      if (has_coding || !request.http_1_1) return 400;
      if (!iequals(field.value, "chunked")) return 501;
      has_coding = true;
    }
  }
  if (hosts > 1 || (hosts == 0 && request.http_1_1) || (has_length && has_coding)) return 400;
  request.has_body = has_coding || request.body_too_large || !parser_->is_done();
  // A body that is too large is found while the header is not yet done for the parser; such a
  // connection is closed anyway.
  request.keep_alive = parser_->is_header_done() && parser_->keep_alive();
  request.wants_websocket = upgrade && has_token(request.find("upgrade"), "websocket");
  request.expects_continue = request.http_1_1 && iequals(request.find("expect"), "100-continue");
  return 0;
}

void http_reader::limit_body(std::size_t max_bytes) {
  if (request_.body_too_large || max_bytes >= max_body_) return;
  parser_->body_limit(max_bytes); // of a chunked one
  const auto announced = parser_->content_length();
  request_.body_too_large = announced && *announced > max_bytes;
}

http_reader::status http_reader::read_body() {
  if (request_.body_too_large) return fail(413);
  while (!parser_->is_done()) {
    if (begin_ == end_) return status::need_more;
    error_code error;
    const auto used = parser_->put({&buffer_[begin_], end_ - begin_}, error);
    begin_ += used;
    if (error == http::error::body_limit) return fail(413);
    if (error == http::error::need_more) {
      // An endless chunk extension or trailer.
      return end_ - begin_ > max_head_ ? fail(400) : status::need_more;
    }
    if (error) return fail(400);
  }
  parser_ = nullptr;
  state_ = state::head;
  return status::complete;
}

http_reader::status http_reader::fail(unsigned error) noexcept {
  error_ = error;
  return status::failed;
}

} // namespace reliable_signaler::net
