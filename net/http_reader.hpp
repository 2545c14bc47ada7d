// HTTP/1.1 requests out of the bytes of one connection, one after the other. No socket, no clock.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http_request.hpp"

namespace reliable_signaler::net {

/// Cuts requests out of a stream of bytes and refuses what different implementations understand
/// differently (RFC 9112, sections 5.2, 6.1, 6.3 and 11.2): folded fields, bare line feeds and
/// carriage returns, transfer codings other than `chunked`, both lengths at once, several differing
/// lengths, no or several Host fields. Memory: at most `max_head_bytes` of input and
/// `max_body_bytes` of a body.
class http_reader {
public:
  enum class status {
    /// `prepare`, read from the socket, `commit`, then `next` again.
    need_more,
    /// `request()` is there; `next` goes on with its body. Comes once per request.
    head,
    /// `body()` is there (maybe empty). `next` goes on with the next request.
    complete,
    /// Answer with `error_status()` and close; the reader is of no use any more.
    failed,
  };

  http_reader(std::size_t max_head_bytes, std::size_t max_body_bytes);
  ~http_reader();
  http_reader(const http_reader&) = delete;
  http_reader& operator=(const http_reader&) = delete;

  /// Room for at least one byte from the socket. Invalidates the request.
  std::span<char> prepare();
  /// `count` bytes have been read into what `prepare` returned.
  void commit(std::size_t count) noexcept;

  /// Goes on as far as the bytes allow.
  status next();

  /// After `head`: allows its body fewer bytes than all bodies together are allowed.
  void limit_body(std::size_t max_bytes);

  /// The request whose head was read last; valid until the next call of `next` or `prepare`.
  const http_request& request() const noexcept { return request_; }
  std::string& body() noexcept { return body_; }
  /// 400, 413, 431 or 501, after `failed`.
  unsigned error_status() const noexcept { return error_; }

  /// Whether some bytes of a next request are there.
  bool has_partial_request() const noexcept { return begin_ != end_; }

  /// Everything received from the present request's head on, while its body has not been asked for.
  std::string_view unread_with_head() const noexcept;
  /// What was received and not asked for yet.
  std::string_view unread() const noexcept { return {&buffer_[begin_], end_ - begin_}; }

private:
  class parser;
  enum class state { head, body };

  status read_head();
  status read_body();
  status fail(unsigned error) noexcept;
  unsigned check_fields();

  const std::size_t max_head_;
  const std::size_t max_body_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0; // the first byte that was not consumed
  std::size_t end_ = 0;   // behind the last byte received
  std::size_t head_ = 0;  // where the present request begins
  std::size_t scan_ = 0;  // the search for the end of the head goes on here
  state state_ = state::head;
  unsigned error_ = 0;
  http_request request_;
  std::string body_;
  std::unique_ptr<parser> parser_;
};

} // namespace reliable_signaler::net
