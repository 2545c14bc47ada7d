// One Socket.IO session under test. What comes in is described in a line of text.
#pragma once

#include <string>

#include "net/wire/socket_io_session.hpp"

namespace reliable_signaler::wire::test {

struct socket_fixture {
  using time_point = socket_io_session::time_point;

  wire_limits limits;
  time_point now{std::chrono::hours(1)};
  socket_io_session session{limits, now};
  incoming in;

  void opens() { session = socket_io_session(limits, now); }

  std::string text(std::string_view packet) {
    const wire_error error = session.on_text(packet, in);
    return error == wire_error::none ? describe() : std::string(to_string(error));
  }
  std::string binary(std::string bytes) {
    const wire_error error = session.on_binary(std::move(bytes), in);
    return error == wire_error::none ? describe() : std::string(to_string(error));
  }
  /// What had to wait, as far as it need not any more.
  std::string early() {
    std::string result;
    auto error = wire_error::none;
    while (session.next_early(in, error))
      result += (result.empty() ? "" : "; ")
                + (error == wire_error::none ? describe() : std::string(to_string(error)));
    return result;
  }
  /// Asks for a namespace and lets the client in.
  void connects(const std::string& nsp = "/") {
    text("0" + nsp + ",");
    session.accepted(nsp);
  }

  /// `event /nsp #1 'name' json +'attachment'`.
  std::string describe() const {
    if (in.what == incoming::kind::nothing) return "nothing"; // the views are an earlier packet's
    const std::string nsp(in.nsp);
    const std::string id = in.id ? " #" + std::to_string(*in.id) : "";
    std::string rest = in.json.empty() ? "" : " " + std::string(in.json);
    for (const std::string& attachment : in.attachments) rest += " +'" + attachment + "'";
    switch (in.what) {
      case incoming::kind::nothing:
        break; // answered above
      case incoming::kind::connect:
        return "connect " + nsp + rest;
      case incoming::kind::event:
        return "event " + nsp + id + " '" + std::string(in.name) + "'" + rest;
      case incoming::kind::ack:
        return "ack " + nsp + id + rest;
      case incoming::kind::disconnect:
        return "disconnect " + nsp;
    }
    return "?";
  }
};

} // namespace reliable_signaler::wire::test
