// Socket.IO events as domain data: text and blobs, no packets, no wire framing.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

namespace reliable_signaler {

/// Names of events that Socket.IO keeps for itself (Socket.IO protocol 5, "Event").
inline constexpr std::array<std::string_view, 6> reserved_events{
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

/// Whether no client can send such an event, and clients would take it for something else.
constexpr bool is_reserved(std::string_view event) {
  return std::find(reserved_events.begin(), reserved_events.end(), event) != reserved_events.end();
}

/// One binary attachment; immutable and shared by everybody who passes it on.
using blob = std::shared_ptr<const std::string>;

/// Arguments of an event or an acknowledgement: the text of one JSON array, already validated, in
/// which attachment number i stands as `{"_placeholder":true,"num":i}` (Socket.IO protocol 5,
/// "Binary event"). It is sent as it stands, so whoever writes such a text himself, instead of
/// leaving that to make_event(), answers for it: a client that cannot read it ends the connection.
struct arguments {
  std::string json = "[]";
  std::vector<blob> attachments;
};

/// One event, immutable once shared. `args.json` is the whole array, the event's name first, so a
/// relay passes the text on as it came.
class event : public caf::ref_counted {
public:
  event(std::string nsp_, std::string name_, arguments args_)
      : nsp(std::move(nsp_)), name(std::move(name_)), args(std::move(args_)) {}

  const std::string nsp;
  /// The first element of the array, unescaped. A number stands as its text.
  const std::string name;
  const arguments args;
};

using event_ptr = caf::intrusive_ptr<const event>;

} // namespace reliable_signaler
