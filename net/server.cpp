// A signaling server to embed: putting its parts together and taking them apart.
#include "server.hpp"

#include <pthread.h>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <caf/actor_system.hpp>
#include <caf/logger.hpp>
#include <caf/make_counted.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "../actors/in_handler.hpp"
#include "../actors/signaler.hpp"
#include "accepted_stream.hpp"
#include "adoption.hpp"
#include "fallback.hpp"
#include "http_fallback.hpp"
#include "io_loop.hpp"
#include "io_scheduler.hpp"
#include "io_threads.hpp"
#include "limits.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "packet_encoder.hpp"
#include "server_context.hpp"
#include "shard.hpp"
#include "tls_context.hpp"

namespace reliable_signaler::net {

namespace {

using clock = std::chrono::steady_clock;

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
  result.secret = options.secret;
  auto& limits = result.limits;
  limits.rooms = options.max_rooms;
  limits.room_id_bytes = options.max_room_id_bytes;
  limits.unanswered_per_socket = options.max_unanswered;
  limits.rooms_per_socket = options.max_rooms_per_socket;
  limits.seats = options.max_seats;
  limits.seats_per_room = options.max_seats_per_room;
  limits.parked_joiners = options.max_parked;
  limits.parked_per_socket = options.max_parked_per_socket;
  limits.lobby_members = options.lobby_members;
  limits.lobby_events_per_second = static_cast<std::uint32_t>(options.lobby_rate);
  limits.held_sessions = options.max_held;
  limits.held_sessions_per_address = options.max_held_per_address;
  limits.seats_per_address = options.max_seats_per_address;
  limits.wrong_claims_per_minute = options.max_wrong_claims;
  limits.log_bytes = options.replay_bytes;
  limits.log_bytes_in_all = options.max_replay_bytes;
  limits.log_bytes_per_address = options.max_replay_bytes_per_address;
  // It must get through, and leave room for what is kept behind it.
  limits.gap_bytes = std::min(limits.gap_bytes, options.max_outbound_bytes / 2);
  result.grace = options.grace;
  result.log_age = options.replay_age;
  result.backoff_min = options.backoff_min;
  result.backoff_max = options.backoff_max;
  result.middleware_timeout = options.middleware_timeout;
  result.skip_middleware_on_recovery = options.skip_middleware_on_recovery;
  result.token_life = options.token_life;
  result.exclusive_rooms = options.exclusive_rooms;
  result.lobby = options.lobby;
  result.log = log.for_actors();
  return result;
}

// Whether CAF's own scheduler runs an actor on this thread. It tells nobody which one, but it gives
// its threads a name and a logger. Threads that they begin inherit the name alone.
bool is_worker_of_caf() noexcept {
  char name[16]{}; // as long as Linux lets names be
  return caf::logger::current_logger() != nullptr
         && pthread_getname_np(pthread_self(), name, sizeof name) == 0
         && std::string_view{name} == "caf.multiplexer";
}

// Both wait for the I/O threads, and for the connections, whose actors run the handlers: on other
// threads where the actor system is somebody else's.
void require_no_io_thread(const char* done) {
  if (io_loop::current() != nullptr || in_handler() || is_worker_of_caf())
    throw std::logic_error(std::string{"a server cannot be "} + done
                           + " in a handler, in an actor, or on an I/O thread");
}

/// What a server has that was given no actor system.
struct own_system {
  explicit own_system(const server_options& options) : config(options), system(config) {}

  server_config config;
  caf::actor_system system;
};

} // namespace

struct server::state {
  state(server_options o, std::unique_ptr<own_system> own_, caf::actor_system& sys,
        namespace_table table, logger l)
      : own(std::move(own_)),
        options(std::move(o)),
        system(sys),
        namespaces(std::move(table)),
        log(std::move(l)) {
    namespaces.freeze();
    renew();
  }

  std::unique_ptr<own_system> own; // first, so that it goes last
  server_options options;
  caf::actor_system& system;
  namespace_table namespaces;
  logger log;
  std::shared_ptr<file_source> files;
  std::shared_ptr<const fallback_port> fallback;

  std::shared_ptr<server_context> context; // of one life
  bool context_used = false;
  std::unique_ptr<io_threads> own_threads;
  io_threads* threads = nullptr;
  std::vector<listener_ptr> listeners;
  tcp_endpoint bound;
  tcp_endpoint admin_bound;
  std::mutex gate;            // between `take` and `stop`
  bool running = false;       // guarded
  std::size_t next_shard = 0; // guarded

  void renew();
  std::string prepare();
  std::string listen();
  std::string listen_on(const std::string& address, std::uint16_t port, connection_role role,
                        std::size_t count, tcp_endpoint& result);
  void choose_threads();
  template <class F>
  void on_every_shard(F f);
  template <class F>
  void on_loop_of(listener& of, F f);
  void release();
};

server::server(server_options options, caf::actor_system& system, namespace_table namespaces,
               logger log)
    : state_(std::make_unique<state>(std::move(options), nullptr, system, std::move(namespaces),
                                     std::move(log))) {}

server::server(server_options options, namespace_table namespaces, logger log) {
  auto own = std::make_unique<own_system>(options);
  auto& system = own->system;
  state_ = std::make_unique<state>(std::move(options), std::move(own), system,
                                   std::move(namespaces), std::move(log));
}

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
  if (state_->running) throw std::logic_error("files are set before the server starts");
  state_->files = std::move(files);
}

void server::set_fallback(http_fallback fallback) {
  using namespace std::chrono_literals;
  if (state_->running) throw std::logic_error("the fallback is set before the server starts");
  if (fallback.deadline < 1ms || fallback.deadline > 24h)
    throw std::invalid_argument("the fallback's deadline must be between 1ms and 24h");
  state_->fallback = fallback.handler ? make_fallback(std::move(fallback)) : nullptr;
}

// A context for the next life. Its actors are there before it starts, to be talked to.
void server::state::renew() {
  auto* const scheduler = io_scheduler::of(system);
  context = std::make_shared<server_context>();
  context->options = options;
  context->wire = wire_limits_of(options);
  context->log = log;
  context->system = &system;
  context->pinned = scheduler != nullptr;
  context->actors = std::make_unique<signaler>(
      system, signaler_options_of(options, log), namespaces.copy(),
      caf::make_counted<packet_encoder>(), scheduler != nullptr ? &scheduler->loop(0) : nullptr);
  context_used = false;
}

std::string server::state::prepare() {
  if (auto error = check(options); !error.empty()) return error;
  if (context_used) renew();
  context->fallback = fallback;
  std::string error;
  auto origins = origin_policy::parse(options.origins, error);
  if (!origins) return error;
  context->origins = std::move(*origins);
  if (options.web_root.empty())
    context->files = files;
  else if (options.web_root != "none") {
    std::error_code ignored;
    if (!std::filesystem::is_directory(options.web_root, ignored))
      return "--web-root: there is no folder '" + options.web_root + "'";
    context->files = make_directory_source(options.web_root);
  }
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
  } else {
    own_threads = std::make_unique<io_threads>(options.threads);
    threads = own_threads.get();
  }
  context->counters = std::vector<shard_counters>(threads->size());
  for (std::size_t i = 0; i < threads->size(); ++i)
    context->shards.push_back(caf::make_counted<shard>(context, threads->loop(i), i));
}

// A loop that runs already lets nobody else touch its sockets; threads of our own run later.
template <class F>
void server::state::on_loop_of(listener& of, F f) {
  if (own_threads) return f(of);
  std::packaged_task<void()> task{[&] { f(of); }};
  auto done = task.get_future();
  of.home().loop().post(std::move(task));
  done.wait();
}

std::string server::state::listen_on(const std::string& address, std::uint16_t port,
                                     connection_role role, std::size_t count,
                                     tcp_endpoint& result) {
  error_code error;
  const auto parsed = boost::asio::ip::make_address(address, error);
  if (error) return "cannot listen on " + address + ": not an IP address";
  tcp_endpoint endpoint{parsed, port};
  for (std::size_t i = 0; i < count; ++i) {
    const listener_ptr made{new listener(*context->shards[i], role)};
    std::string text;
    on_loop_of(*made, [&](listener& of) {
      text = i == 0 ? of.open(endpoint) : of.open_beside_first(endpoint);
    });
    listeners.push_back(made);
    if (!text.empty()) return text;
  }
  result = endpoint;
  return {};
}

std::string server::state::listen() {
  std::string error;
  if (options.listen)
    error = listen_on(options.address, options.port, connection_role::client,
                      context->shards.size(), bound);
  if (!error.empty() || !options.admin_port) return error;
  return listen_on(options.admin_address, *options.admin_port, connection_role::admin, 1,
                   admin_bound);
}

std::optional<start_failure> server::start() {
  auto& s = *state_;
  if (s.running) throw std::logic_error("the server is running already");
  require_no_io_thread("started");
  if (auto error = s.prepare(); !error.empty()) return start_failure{std::move(error), true};
  s.choose_threads();
  if (auto error = s.listen(); !error.empty()) {
    for (const auto& of : s.listeners) s.on_loop_of(*of, [](listener& x) { x.stop(); });
    s.release();
    return start_failure{std::move(error), false};
  }
  s.context_used = true;
  if (s.own_threads) s.own_threads->start();
  for (const auto& of : s.listeners) of->home().loop().post([of] { of->start(); });
  {
    const std::lock_guard guard{s.gate};
    s.running = true;
  }
  if (s.options.listen)
    s.log.info("listening", {{"address", s.bound.address().to_string()},
                             {"port", s.bound.port()},
                             {"tls", s.context->tls != nullptr},
                             {"threads", s.threads->size()}});
  if (s.options.admin_port)
    s.log.info("admin_listening",
               {{"address", s.admin_bound.address().to_string()}, {"port", s.admin_bound.port()}});
  return std::nullopt;
}

std::optional<std::string> server::take(accepted_stream stream) {
  auto& s = *state_;
  // What is posted under the lock is there before `stop` looks at what there is.
  const std::lock_guard guard{s.gate};
  if (!s.running) return "the server does not run";
  auto& home = *s.context->shards[s.next_shard++ % s.context->shards.size()];
  auto error = adoption::begin(home, std::move(stream));
  if (error.empty()) return std::nullopt;
  return error;
}

caf::actor_system& server::system() const noexcept {
  return state_->system;
}
const room_registry_actor& server::registry() const noexcept {
  return state_->context->actors->registry();
}
broadcast server::everyone_in(std::string nsp) const {
  return state_->context->actors->everyone_in(std::move(nsp));
}
const stats& server::counters() const noexcept {
  return state_->context->actors->counters();
}

// -- stop
// ------------------------------------------------------------------------------------------

template <class Condition>
bool wait_until(clock::time_point end, Condition is_so) {
  while (!is_so()) {
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
  const auto end = clock::now() + bounds::hard_end;
  for (auto& x : done) x.wait_until(end);
}

void server::state::release() {
  listeners.clear();
  bound = admin_bound = {};
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
  {
    const std::lock_guard guard{s.gate};
    if (!s.running) return;
    require_no_io_thread("stopped");
    s.running = false;
  }
  const auto nothing_is_alive = [&] { return s.context->alive.load() == 0; };
  s.context->stopping = true;
  const auto polite_end =
      clock::now() + s.options.drain_limit - bounds::hard_steps * bounds::hard_end;
  const auto soon = [] { return clock::now() + bounds::hard_end; };
  // So many that all come back at the rate that was asked for.
  const auto clients = counters().connections.load(std::memory_order_relaxed);
  const auto rate = static_cast<std::int64_t>(s.options.drain_rate);
  const drain_connection when{s.options.drain_after,
                              std::chrono::milliseconds{clients * 1'000 / rate}};
  s.on_every_shard([when](shard& of) { of.drain(when); });
  // Pages that poll hear of it when they come next, and come once more to be closed.
  wait_until(polite_end, [&] { return s.context->sessions.load() == 0; });
  for (const auto& of : s.listeners) of->home().loop().post([of] { of->stop(); });
  s.on_every_shard([](shard& of) { of.end_idle(); });
  if (!wait_until(polite_end, nothing_is_alive)) {
    s.on_every_shard([](shard& of) { of.cut_off(); });
    wait_until(soon(), nothing_is_alive);
  }
  // Handlers that are told of the end still run.
  wait_until(soon(), [&] { return s.context->actors->counters().connections.load() == 0; });
  s.context->actors->stop();
  // Behind this no handler of ours is on its way any more.
  s.on_every_shard([](shard&) {});
  s.release();
  s.log.info("stopped");
}

} // namespace reliable_signaler::net
