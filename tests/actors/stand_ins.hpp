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
  std::string id, secret;
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
  encoded_ptr connected(std::string_view nsp, std::string_view sid,
                        std::string_view pid) const override {
    auto packet =
        caf::make_counted<text_packet>(nsp == "/" ? "connected" : std::string{nsp} + " connected");
    packet->id = sid;
    packet->secret = pid;
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
    received.push_back(written.text);
    if (written.id.empty()) return;
    id = written.id;
    secret = written.secret;
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
  std::string id, secret;
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
  void loses_transport() {
    caf::anon_send(actor, session_ended{"transport close"});
    actor = nullptr;
  }
  void leaves(const std::string& nsp = "/") { caf::anon_send(actor, namespace_disconnect{nsp}); }

  /// What has arrived since the last look.
  lines hears() { return std::exchange(port->received, {}); }
};

} // namespace reliable_signaler::test
