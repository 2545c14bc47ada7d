// A signaling server to embed: putting its parts together and taking them apart.
#include "server.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <caf/actor_system.hpp>
#include <caf/make_counted.hpp>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include "../actors/signaler.hpp"
#include "io_scheduler.hpp"
#include "io_threads.hpp"
#include "listener.hpp"
#include "packet_encoder.hpp"
#include "server_context.hpp"
#include "shard.hpp"
#include "tls_context.hpp"

namespace reliable_signaler::net {

namespace {

using clock = std::chrono::steady_clock;

/// For sessions to be closed politely, and then for what was cut off.
constexpr auto polite_end = std::chrono::seconds{3};
constexpr auto hard_end = std::chrono::seconds{1};
constexpr auto poll_interval = std::chrono::milliseconds{2};

wire::wire_limits wire_limits_of(const server_options& options) {
  wire::wire_limits result;
  result.max_payload_bytes = options.max_payload;
  result.ping_interval = options.ping_interval;
  result.ping_timeout = options.ping_timeout;
  result.upgrade_timeout = options.upgrade_timeout;
  result.connect_timeout = options.connect_timeout;
  return result;
}

signaler_options signaler_options_of(const server_options& options, const logger& log) {
  signaler_options result;
  auto& limits = result.limits;
  limits.rooms = options.max_rooms;
  limits.rooms_per_socket = options.max_rooms_per_socket;
  limits.seats = options.max_seats;
  limits.seats_per_room = options.max_seats_per_room;
  limits.parked_joiners = options.max_parked;
  limits.parked_per_socket = options.max_parked_per_socket;
  limits.lobby_members = options.lobby_members;
  limits.lobby_events_per_second = static_cast<std::uint32_t>(options.lobby_rate);
  limits.held_sessions = options.max_held;
  result.grace = options.grace;
  result.exclusive_rooms = options.exclusive_rooms;
  result.lobby = options.lobby;
  result.log = log.for_actors();
  return result;
}

} // namespace

struct server::state {
  state(server_options o, caf::actor_system& sys, namespace_table table, logger l)
      : options(std::move(o)), system(sys), namespaces(std::move(table)), log(std::move(l)) {}

  server_options options;
  caf::actor_system& system;
  namespace_table namespaces;
  logger log;
  std::shared_ptr<file_source> files;

  std::shared_ptr<server_context> context;
  std::unique_ptr<io_threads> own_threads;
  io_threads* threads = nullptr;
  std::vector<listener_ptr> listeners;
  tcp_endpoint bound;
  tcp_endpoint admin_bound;
  bool running = false;

  std::string prepare();
  std::string listen();
  std::string listen_on(const std::string& address, std::uint16_t port, connection_role role,
                        std::size_t count, tcp_endpoint& result);
  void choose_threads();
  bool wait_until_nothing_is_alive(clock::duration at_most);
  template <class F>
  void on_every_shard(F f);
  void release();
};

server::server(server_options options, caf::actor_system& system, namespace_table namespaces,
               logger log)
    : state_(new state(std::move(options), system, std::move(namespaces), std::move(log))) {}

server::~server() {
  stop();
}

std::uint16_t server::port() const noexcept {
  return state_->bound.port();
}
std::uint16_t server::admin_port() const noexcept {
  return state_->admin_bound.port();
}

// -- start
// -----------------------------------------------------------------------------------------

void server::set_files(std::shared_ptr<file_source> files) {
  state_->files = std::move(files);
}

std::string server::state::prepare() {
  if (auto error = check(options); !error.empty()) return error;
  context = std::make_shared<server_context>();
  context->options = options;
  context->wire = wire_limits_of(options);
  context->log = log;
  context->system = &system;
  std::string error;
  auto origins = origin_policy::parse(options.origins, error);
  if (!origins) return error;
  context->origins = std::move(*origins);
  if (options.web_root.empty())
    context->files = files;
  else if (options.web_root != "none")
    context->files = make_directory_source(options.web_root);
  if (!options.tls_certificate.empty()) {
    auto tls = make_tls_context(options.tls_certificate, options.tls_key);
    if (!tls.context) return tls.error;
    context->tls = std::move(tls.context);
  }
  return {};
}

void server::state::choose_threads() {
  if (auto* scheduler = io_scheduler::of(system); scheduler != nullptr) {
    threads = &scheduler->threads();
    context->pinned = true;
  } else {
    own_threads = std::make_unique<io_threads>(options.threads);
    threads = own_threads.get();
  }
  context->counters = std::vector<shard_counters>(threads->size());
  for (std::size_t i = 0; i < threads->size(); ++i)
    context->shards.push_back(caf::make_counted<shard>(context, threads->loop(i), i));
  auto* home = context->pinned ? &threads->loop(0) : nullptr;
  context->actors =
      std::make_unique<signaler>(system, signaler_options_of(options, log), std::move(namespaces),
                                 caf::make_counted<packet_encoder>(), home);
}

std::string server::state::listen_on(const std::string& address, std::uint16_t port,
                                     connection_role role, std::size_t count,
                                     tcp_endpoint& result) {
  error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  if (error) return "cannot listen on " + address + ": not an IP address";
  tcp_endpoint endpoint{parsed, port};
  for (std::size_t i = 0; i < count; ++i) {
    listener_ptr made{new listener(*context->shards[i], role)};
    auto text = i == 0 ? made->open(endpoint) : made->open_beside_first(endpoint);
    if (!text.empty()) return text;
    listeners.push_back(std::move(made));
  }
  result = endpoint;
  return {};
}

std::string server::state::listen() {
  auto error = listen_on(options.address, options.port, connection_role::client,
                         context->shards.size(), bound);
  if (!error.empty() || !options.admin_port) return error;
  return listen_on(options.admin_address, *options.admin_port, connection_role::admin, 1,
                   admin_bound);
}

std::optional<start_failure> server::start() {
  auto& s = *state_;
  if (auto error = s.prepare(); !error.empty()) return start_failure{std::move(error), true};
  s.choose_threads();
  if (auto error = s.listen(); !error.empty()) {
    s.release();
    return start_failure{std::move(error), false};
  }
  s.running = true;
  if (s.own_threads) s.own_threads->start();
  for (const auto& of : s.listeners) of->home().loop().post([of] { of->start(); });
  s.log.info("listening", {{"address", s.bound.address().to_string()},
                           {"port", s.bound.port()},
                           {"tls", s.context->tls != nullptr},
                           {"threads", s.threads->size()}});
  if (s.options.admin_port)
    s.log.info("admin_listening",
               {{"address", s.admin_bound.address().to_string()}, {"port", s.admin_bound.port()}});
  return std::nullopt;
}

// -- stop
// ------------------------------------------------------------------------------------------

bool server::state::wait_until_nothing_is_alive(clock::duration at_most) {
  const auto end = clock::now() + at_most;
  while (context->alive.load() > 0) {
    if (clock::now() >= end) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

// Runs `f` on each loop and waits for all of them.
template <class F>
void server::state::on_every_shard(F f) {
  std::vector<std::future<void>> done;
  for (const auto& of : context->shards) {
    std::packaged_task<void()> task{[of, f] { f(*of); }};
    done.push_back(task.get_future());
    of->loop().post(std::move(task));
  }
  for (auto& x : done) x.wait_for(hard_end);
}

void server::state::release() {
  listeners.clear();
  if (context->actors) context->actors->stop();
  if (own_threads) {
    own_threads->stop();
    own_threads->join();
    own_threads->close();
  }
  // Each shard keeps the context, and the context its shards.
  context->shards.clear();
}

void server::stop() {
  auto& s = *state_;
  if (!std::exchange(s.running, false)) return;
  s.context->stopping = true;
  for (const auto& of : s.listeners) of->home().loop().post([of] { of->stop(); });
  s.on_every_shard([](shard& of) { of.begin_stop(); });
  if (!s.wait_until_nothing_is_alive(polite_end)) {
    s.on_every_shard([](shard& of) { of.cut_off(); });
    s.wait_until_nothing_is_alive(hard_end);
  }
  // Behind this no handler of ours is on its way any more.
  s.on_every_shard([](shard&) {});
  s.release();
  s.log.info("stopped");
}

} // namespace reliable_signaler::net
