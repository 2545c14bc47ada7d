// A signaling server without a network, spoken to in the words of its domain. Include it last.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dialects/reliable_signaler.hpp"
#include "signaler.hpp"
#include "socket.hpp"

// CAF's test header uses a macro that it does not define.
#define FAIL CAF_FAIL
#include "caf/test/dsl.hpp"

namespace reliable_signaler::test {

/// A packet as text that a test can compare.
struct text_packet : encoded {
  explicit text_packet(std::string x) : text(std::move(x)) {}
  std::size_t size() const noexcept override { return text.size(); }
  const std::string text;
};

/// Writes packets as `event ["a",1]`; the namespace stands in front unless it is `/`.
struct text_encoder : encoder {
  static encoded_ptr make(std::string_view nsp, std::string text) {
    if (nsp != "/") text = std::string{nsp} + " " + text;
    return caf::make_counted<text_packet>(std::move(text));
  }
  encoded_ptr event(std::string_view nsp, const arguments& args,
                    std::optional<std::uint64_t> ack) const override {
    ++events_encoded;
    return make(nsp, "event " + args.json + (ack ? " ack " + std::to_string(*ack) : ""));
  }
  encoded_ptr acknowledgement(std::string_view nsp, std::uint64_t id,
                              const arguments& args) const override {
    return make(nsp, "answer " + std::to_string(id) + " " + args.json);
  }
  encoded_ptr connected(std::string_view nsp, std::string_view, std::string_view) const override {
    return make(nsp, "connected");
  }
  encoded_ptr refused(std::string_view nsp, std::string_view message,
                      std::string_view) const override {
    return make(nsp, "refused " + std::string{message});
  }
  encoded_ptr disconnected(std::string_view nsp) const override {
    return make(nsp, "disconnected");
  }
  mutable int events_encoded = 0;
};

/// Records what a session would send.
struct recording_port : session_port {
  void write(encoded_ptr packet) override {
    received.push_back(static_cast<const text_packet&>(*packet).text);
  }
  void namespace_accepted(std::string nsp) override { accepted.push_back(std::move(nsp)); }
  void namespace_refused(std::string nsp) override { refused.push_back(std::move(nsp)); }
  void namespace_disconnected(std::string nsp) override { dropped.push_back(std::move(nsp)); }
  void close(close_cause) override { closed = true; }
  void take_credit() override { ++unfinished; }
  void return_credit() override { --unfinished; }

  std::vector<std::string> received;
  std::vector<std::string> accepted, refused, dropped;
  bool closed = false;
  int unfinished = 0;
};

using lines = std::vector<std::string>;

/// One client of the server under test.
struct client {
  caf::intrusive_ptr<recording_port> port = caf::make_counted<recording_port>();
  connection_actor actor;

  void connects(const std::string& nsp = "/") { caf::anon_send(actor, namespace_connect{nsp, {}}); }

  void emits(const std::string& name, const std::string& json,
             std::optional<std::uint64_t> ack = {}, const std::string& nsp = "/") {
    auto what = caf::make_counted<const event>(nsp, name, arguments{json, {}});
    caf::anon_send(actor, socket_event{std::move(what), ack, in_flight{port}});
  }
  void opens(const std::string& room, std::optional<std::uint64_t> ack = {}) {
    emits("keep-in-server", R"(["keep-in-server",")" + room + "\"]", ack);
  }
  void asks(const std::string& room, std::optional<std::uint64_t> ack = {}) {
    emits("get-session-info", R"(["get-session-info",")" + room + "\"]", ack);
  }
  void says(const std::string& text) { emits("message", R"(["message",")" + text + "\"]"); }
  void loses_transport() {
    caf::anon_send(actor, session_ended{"transport close"});
    actor = nullptr;
  }
  void leaves(const std::string& nsp = "/") { caf::anon_send(actor, namespace_disconnect{nsp}); }

  /// What has arrived since the last look.
  lines hears() { return std::exchange(port->received, {}); }
};

struct log_lines {
  std::vector<std::string> all;
};

struct signaler_fixture : test_coordinator_fixture<> {
  ~signaler_fixture() {
    for (auto& [name, c] : clients)
      if (c.actor) c.loses_transport();
    if (server) server->stop();
    sched.run();
  }

  /// Starts the server; called by the first use when a test does not.
  signaler& start(signaler_options options = {}, namespace_table extra = {}) {
    install_reliable_signaler(extra.of("/"));
    options.log = [this](log_level, std::string_view event, std::initializer_list<log_field>) {
      logged.emplace_back(event);
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
    c.actor = server->spawn_connection(c.port, std::move(request));
    return c;
  }

  /// Everything that has been said so far is worked off; no timer fires.
  void settle() { sched.run(); }
  const stats& counts() { return server->counters(); }

  caf::intrusive_ptr<text_encoder> codec;
  std::unique_ptr<signaler> server;
  std::map<std::string, client> clients;
  lines logged;
};

} // namespace reliable_signaler::test
