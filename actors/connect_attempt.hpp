// One client's wish to be connected to a namespace, as middleware sees it.
#pragma once

#include <any>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace reliable_signaler {

/// Header fields in the order received; names in lower case. Kept for as long as a connection
/// lives, so it is one piece of memory.
class header_fields {
public:
  /// A field, name first: valid until the next change.
  using value_type = std::pair<std::string_view, std::string_view>;

  class iterator {
  public:
    using value_type = header_fields::value_type;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(std::string_view rest) : rest_(rest) {}
    value_type operator*() const;
    iterator& operator++();
    iterator operator++(int) {
      auto before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator& other) const noexcept {
      return rest_.size() == other.rest_.size();
    }

  private:
    std::string_view rest_;
  };

  header_fields() = default;
  header_fields(std::initializer_list<value_type> fields);

  /// Makes room for `count` fields of `characters` together.
  void reserve(std::size_t count, std::size_t characters);
  /// Adds a field; its name is made lower case.
  void add(std::string_view name, std::string_view value);

  iterator begin() const { return iterator{packed_}; }
  iterator end() const { return iterator{}; }
  bool empty() const noexcept { return packed_.empty(); }

private:
  std::string packed_; // of each: the lengths of name and value, the name, the value
};

/// What is known of a client before it connects to a namespace: its HTTP handshake request.
struct handshake {
  /// Textual address of the peer, without port.
  std::string remote_address;
  /// By which limits::seats_per_address and the like count: the address, of an IPv6 address the
  /// first 64 bits. Empty: it is not counted.
  std::string network = {};
  /// Request target's query, not decoded, without `?`.
  std::string query;
  header_fields headers;
  bool secure = false;

  /// The value of the first header field of that name (in lower case), or "".
  std::string_view header(std::string_view name) const;
  /// The decoded value of the first query parameter of that name, or "".
  std::string query_parameter(std::string_view name) const;
};

using handshake_ptr = std::shared_ptr<const handshake>;

/// A middleware's verdict.
struct connect_verdict_text {
  bool accepted = false;
  std::string message;
  /// JSON text, or empty.
  std::string data;
};

/// Handed to one middleware, which answers it once: at once, or later from any thread. Copies are
/// the same attempt. A middleware that answers never, or not within
/// server_options::middleware_timeout, refuses, as does one that throws. data() may be used until
/// the answer is given, by one thread at a time.
class connect_attempt {
public:
  struct shared {
    std::string nsp;
    /// JSON object text, or empty.
    std::string auth;
    handshake_ptr request;
    std::any data;
  };

  connect_attempt(std::shared_ptr<shared> what, std::function<void(connect_verdict_text)> answer);

  const std::string& nsp() const noexcept;
  /// JSON object text of what the client sent as `auth`, or "".
  const std::string& auth() const noexcept;
  const handshake& request() const noexcept;
  /// Becomes the data of the socket, see socket::data().
  std::any& data() const noexcept;

  /// Lets the client pass, to the next middleware or in.
  void accept() const;
  /// Keeps the client out: it hears `connect_error` with this message and, unless it is empty, with
  /// this data, the text of one JSON value. Its connection stays. In the message what is not UTF-8
  /// becomes U+FFFD. Throws std::invalid_argument when `data` is no JSON text in UTF-8; the attempt
  /// is then still unanswered. (Inside of a middleware that refuses the client all the same, as
  /// everything does that a middleware throws.)
  void refuse(std::string message, std::string data = {}) const;

  bool answered() const noexcept;

private:
  struct once;

  void answer(connect_verdict_text verdict) const;

  std::shared_ptr<shared> what_;
  std::shared_ptr<once> once_;
};

} // namespace reliable_signaler
