// What cannot work in server_options: bounds, malformed values, contradictions.
#include "server_options.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "../actors/token.hpp"
#include "option_table.hpp"
#include "origin_policy.hpp"

namespace reliable_signaler::net {

namespace {

bool is_address(const std::string& text) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(text, failed);
  return !failed;
}

// Printable, and nothing that a request target would not carry as it is.
bool is_path(const std::string& path) {
  auto plain = [](char c) {
    return c > ' ' && c < '\x7F' && std::string_view{"?#%\"<>\\^`{|}"}.find(c) == std::string::npos;
  };
  return path.size() > 2 && path.front() == '/' && path.back() == '/'
         && path.find("//") == std::string::npos && std::all_of(path.begin(), path.end(), plain);
}

std::string check_listeners(const server_options& o) {
  if (!is_address(o.address)) return "--address is not an IP address: '" + o.address + "'";
  if (!is_address(o.admin_address))
    return "--admin-address is not an IP address: '" + o.admin_address + "'";
  if (o.admin_port && *o.admin_port != 0 && *o.admin_port == o.port)
    return "--admin-port and --port must differ";
  if (o.tls_certificate.empty() != o.tls_key.empty())
    return "--tls-certificate and --tls-key must be given together";
  return {};
}

// What has no row in the table of options, since only programs set it.
std::string check_embedders(const server_options& o) {
  using namespace std::chrono;
  if (o.middleware_timeout < 1ms || o.middleware_timeout > 1h)
    return "middleware_timeout must be between 1ms and 1h";
  if (o.max_unanswered < 1 || o.max_unanswered > 1'000'000)
    return "max_unanswered must be between 1 and 1000000";
  if (o.max_room_id_bytes < 1 || o.max_room_id_bytes > 65'536)
    return "max_room_id_bytes must be between 1 and 65536";
  if (o.token_life < 1s || o.token_life > years{10})
    return "token_life must be between 1s and 10 years";
  if (!o.secret.empty() && o.secret.size() < token_signer::secret_bytes)
    return "secret must be empty or have at least " + std::to_string(token_signer::secret_bytes)
           + " bytes";
  return {};
}

} // namespace

server_options standalone_options() {
  server_options result;
  result.origins = "*";
  result.lobby = true;
  result.grace = std::chrono::minutes{2};
  // A tenth of the whole: more than stands behind most shared addresses.
  result.max_connections_per_address = result.max_connections / 10;
  result.max_seats_per_address = result.max_seats / 10;
  result.max_held_per_address = result.max_held / 10;
  result.max_replay_bytes_per_address = result.max_replay_bytes / 10;
  result.max_wrong_claims = 1'000;
  return result;
}

std::string check(const server_options& o) {
  for (auto& row : option_table())
    if (auto problem = check_bounds(row, o); !problem.empty()) return problem;
  if (auto problem = check_listeners(o); !problem.empty()) return problem;
  if (!is_path(o.path))
    return "--path must begin and end with a slash, like /socket.io/, and not be a mere slash";
  std::string problem;
  if (!origin_policy::parse(o.origins, problem)) return "--origins: " + problem;
  if (problem = check_embedders(o); !problem.empty()) return problem;
  if (o.max_outbound_bytes < 2 * o.max_payload)
    return "--max-outbound-bytes must be at least twice --max-payload, or large messages could not "
           "be delivered";
  if (o.grace.count() > 0 && o.replay_bytes > o.max_outbound_bytes)
    return "--replay-bytes must not be more than --max-outbound-bytes, or who comes back could not "
           "be told what it has missed";
  if (o.backoff_max < o.backoff_min) return "--backoff-max must not be less than --backoff-min";
  return {};
}

} // namespace reliable_signaler::net
