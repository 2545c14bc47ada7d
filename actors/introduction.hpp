// What a client says of itself when it connects to a namespace: who it was, and what it speaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ids.hpp"
#include "limits.hpp"

namespace reliable_signaler {

/// Read from the CONNECT payload. Whatever has another type than it should have reads as absent.
struct introduction {
  /// Socket.IO's connection state recovery: the session's secret name, and the last event that the
  /// client has had of it. Both or neither.
  std::string pid;
  std::string offset;
  /// Our extension: the client numbers what it sends, and takes answers with reasons.
  bool announced = false;
  /// What it proves its public id with, or "".
  std::string token;
  /// Counts its CONNECTs from 1, so that one which comes late is known; 0 when it does not say.
  std::uint64_t attempt = 0;
  /// Rooms that its page has left, and does not know whether the server has heard it. Of more than
  /// a socket may have rooms, the last are not read.
  std::vector<std::string> left;
};

/// `auth` is the text of a JSON object, or empty.
introduction read_introduction(const std::string& auth, const limits& bounds);

/// A session's `pid`: its public id and the secret that proves it.
struct session_name {
  public_id who;
  session_secret secret;
};

std::string to_pid(const public_id& who, const session_secret& secret);
/// Nothing for a text that no to_pid() makes.
std::optional<session_name> parse_pid(std::string_view pid);

} // namespace reliable_signaler
