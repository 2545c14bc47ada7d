// What stands in for a network in tests of actors: packets as text, a port that records, a client.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/send.hpp>

#include "signaler.hpp"

namespace reliable_signaler::test {

/// A packet as text that a test can compare.
struct text_packet : encoded {
  explicit text_packet(std::string x) : text(std::move(x)) {}
  std::size_t size() const noexcept override { return text.size(); }
  const std::string text;
  /// Of the answer to CONNECT only.
  std::string id, pid;
  /// Of events only, when the server can recover sessions.
  std::string offset;
};

/// Writes packets as `event ["a",1]`; the namespace stands in front unless it is `/`.
struct text_encoder : encoder {
  static std::string in(std::string_view nsp) {
    return nsp == "/" ? std::string{} : std::string{nsp} + " ";
  }
  static encoded_ptr make(std::string_view nsp, const std::string& text) {
    return caf::make_counted<text_packet>(in(nsp) + text);
  }
  encoded_ptr event(std::string_view nsp, const arguments& args, std::optional<std::uint64_t> ack,
                    std::string_view offset) const override {
    ++events_encoded;
    auto packet = caf::make_counted<text_packet>(in(nsp) + "event " + args.json
                                                 + (ack ? " ack " + std::to_string(*ack) : ""));
    packet->offset = offset;
    return packet;
  }
  encoded_ptr acknowledgement(std::string_view nsp, std::uint64_t id,
                              const arguments& args) const override {
    return make(nsp, "answer " + std::to_string(id) + " " + args.json);
  }
  encoded_ptr connected(std::string_view nsp, std::string_view sid,
                        std::string_view pid) const override {
    auto packet = caf::make_counted<text_packet>(in(nsp) + "connected");
    packet->id = sid;
    packet->pid = pid;
    return packet;
  }
  encoded_ptr refused(std::string_view nsp, std::string_view message,
                      std::string_view data) const override {
    return make(nsp, "refused " + std::string{message} + std::string{data});
  }
  encoded_ptr disconnected(std::string_view nsp) const override {
    return make(nsp, "disconnected");
  }
  mutable int events_encoded = 0;
};

/// Records what a session would send.
struct recording_port : session_port {
  void write(encoded_ptr packet) override {
    const auto& written = static_cast<const text_packet&>(*packet);
    if (!written.offset.empty()) offset = written.offset;
    if (!written.id.empty()) {
      id = written.id;
      pid = written.pid;
    }
    constexpr std::string_view greeting = R"(event ["signaler-hello",)";
    if (written.text.starts_with(greeting)) {
      hello = written.text.substr(greeting.size(), written.text.size() - greeting.size() - 1);
      received.emplace_back("hello");
    } else {
      received.push_back(written.text);
    }
  }
  bool congested() const noexcept override { return slow; }
  void namespace_accepted(std::string nsp) override { accepted.push_back(std::move(nsp)); }
  void namespace_refused(std::string nsp) override { refused.push_back(std::move(nsp)); }
  void namespace_disconnected(std::string nsp) override { dropped.push_back(std::move(nsp)); }
  void close(close_cause) override { closed = true; }
  void take_credit() override { ++unfinished; }
  void return_credit() override { --unfinished; }

  std::vector<std::string> received;
  std::vector<std::string> accepted, refused, dropped;
  /// What the last answer to CONNECT has told.
  std::string id, pid;
  /// Of the last event that had one.
  std::string offset;
  /// What the last greeting has told, as JSON.
  std::string hello;
  bool closed = false;
  /// As if the client took nothing.
  bool slow = false;
  int unfinished = 0;
};

using lines = std::vector<std::string>;

/// One client of the server under test.
struct client {
  caf::intrusive_ptr<recording_port> port = caf::make_counted<recording_port>();
  connection_actor actor;
  /// Where its connections come from, see handshake::network.
  std::string network;

  void connects(const std::string& nsp = "/", const std::string& auth = {}) {
    caf::anon_send(actor, namespace_connect{nsp, auth});
  }

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
  /// On a new connection, with what it has of the old one, as the stock client does.
  void connects_again() {
    connects("/", R"({"pid":")" + port->pid + R"(","offset":")" + port->offset + "\"}");
  }
  void loses_transport() {
    caf::anon_send(actor, session_ended{"transport close"});
    actor = nullptr;
  }
  void leaves(const std::string& nsp = "/") { caf::anon_send(actor, namespace_disconnect{nsp}); }

  /// What has arrived since the last look.
  lines hears() { return std::exchange(port->received, {}); }
};

} // namespace reliable_signaler::test
