// Which web origins may use the server: a decision from headers. It reads and writes no HTTP.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace reliable_signaler::net {

/// What to do with a request, the same for polling and for the WebSocket upgrade.
struct origin_decision {
  bool allowed = false;
  std::string allow_origin; ///< Access-Control-Allow-Origin; empty = do not send it
  bool vary = false;        ///< send `Vary: Origin`, because the answer depends on it
};

/// The parsed option `--origins`. A value; deciding is a pure function.
///
/// Requests without an Origin header come from no web page (or from the page's own origin by GET)
/// and are always allowed. Access-Control-Allow-Credentials is never to be sent: this server uses
/// no cookies, and with `*` it would be forbidden (Fetch standard, section CORS protocol).
class origin_policy {
public:
  /// Pages of the server's own origin only.
  origin_policy() = default;

  /// "*", "same-origin", or origins (`https://example.com:8443`, `null`) and `same-origin`
  /// separated by commas. Nothing, with a sentence in `error`, if the text is none of these.
  static std::optional<origin_policy> parse(std::string_view text, std::string& error);

  /// @param origin value of the Origin header, empty if there is none.
  /// @param host value of the Host header.
  /// @param is_tls whether the connection itself is TLS. Behind a proxy that ends TLS, name the
  ///        public origin in a list instead of using `same-origin`.
  origin_decision decide(std::string_view origin, std::string_view host, bool is_tls) const;

private:
  bool any_ = false;
  bool same_ = true;
  std::vector<std::string> list_; // normalised: lower case, no default port
};

/// Remembers refused origins, so that each is logged once (with the name of the option). Bounded:
/// after `capacity` different ones nothing is new any more. Any thread.
class refused_origins {
public:
  static constexpr size_t capacity = 256;  ///< different origins
  static constexpr size_t max_bytes = 256; ///< of one origin; longer ones are cut

  /// True the first time it sees `origin`.
  bool first_time(std::string_view origin);

private:
  std::mutex mutex_;
  std::unordered_set<std::string> seen_;
};

} // namespace reliable_signaler::net
