// A signaling server without a network, spoken to in the words of its domain. Include it last.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dialects/reliable_signaler.hpp"
#include "signaler.hpp"
#include "socket.hpp"
#include "stand_ins.hpp"

// CAF's test header uses a macro that it does not define.
#define FAIL CAF_FAIL
#include "caf/test/dsl.hpp"

namespace reliable_signaler::test {

struct signaler_fixture : test_coordinator_fixture<> {
  ~signaler_fixture() override {
    for (auto& [name, c] : clients)
      if (c.actor) c.loses_transport();
    if (server) server->stop();
    sched.run();
  }

  /// Starts the server; called by the first use when a test does not.
  signaler& start(signaler_options options = {}, namespace_table extra = {}) {
    install_reliable_signaler(extra.of("/"));
    options.log = [this](log_level, std::string_view event,
                         std::initializer_list<log_field> fields) {
      logged.emplace_back(event);
      for (const auto& [name, value] : fields) most_logged = std::max(most_logged, value.size());
    };
    codec = caf::make_counted<text_encoder>();
    server = std::make_unique<signaler>(sys, std::move(options), std::move(extra), codec);
    sched.run();
    return *server;
  }

  /// A client that is connected to `/` already.
  client& connect(const std::string& name) {
    auto& c = open_session(name);
    c.connects();
    sched.run();
    c.hears();
    return c;
  }
  /// A client with a session and no namespace yet.
  client& open_session(const std::string& name) {
    if (!server) start();
    auto& c = clients[name];
    auto request = std::make_shared<handshake>();
    request->network = c.network;
    c.actor = server->spawn_connection(c.port, std::move(request));
    return c;
  }

  /// Connects again, on a new connection.
  client& comes_back(const std::string& name) {
    auto& c = open_session(name);
    c.connects_again();
    sched.run();
    return c;
  }

  /// Everything that has been said so far is worked off; no timer fires.
  void settle() { sched.run(); }
  const stats& counts() { return server->counters(); }

  caf::intrusive_ptr<text_encoder> codec;
  std::unique_ptr<signaler> server;
  std::map<std::string, client> clients;
  lines logged;
  std::size_t most_logged = 0; ///< bytes of one field
};

} // namespace reliable_signaler::test
