// Fuzz target: the Socket.IO machine, driven by a byte program beside a simple model of namespaces.
#include <array>
#include <deque>
#include <string>

#include "fuzz_support.hpp"
#include "net/wire/socket_io_session.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

enum class place { absent, connecting, connected, left };

constexpr std::array<std::string_view, 3> names{"/", "/a", "/b"};

struct world {
  wire_limits limits;
  socket_io_session::time_point now{std::chrono::hours(1)};
  socket_io_session session{limits, now};
  incoming in;
  std::array<place, names.size()> places{};
  std::array<unsigned, names.size()> asked{};
  bool ever_connected = false;
  unsigned announced = 0;
  unsigned outstanding = 0;
  unsigned expects = 0; // of the packet whose attachments are outstanding
  std::size_t packet_place = 0;

  // What waits for the decision on a CONNECT; `type` is 0 for attachments.
  struct message {
    std::size_t at;
    char type;
    unsigned announced;
    std::size_t bytes;
  };
  std::deque<message> early;
  std::size_t early_bytes = 0;

  bool must_wait(const message& x) const {
    return x.type != 0 && x.type != '0' && (outstanding == 0 || x.type == '1')
           && places[x.at] == place::connecting;
  }
  // A goodbye gives up what waits for attachments.
  void looked_at(const message& x) {
    if (x.type == '1') outstanding = 0;
  }
  // Returns false when the session is over.
  bool waits(const message& x, wire_error got) {
    early_bytes += x.bytes + early_message_bytes;
    check(in.what == incoming::kind::nothing);
    const bool too_much = early_bytes > limits.max_early_bytes;
    check(got == (too_much ? wire_error::too_much_before_connect : wire_error::none));
    early.push_back(x);
    return !too_much;
  }

  // What a well-formed packet for a namespace must lead to.
  wire_error expected(std::size_t at, bool connect) const {
    if (outstanding != 0) return wire_error::attachment_missing;
    const place where = places[at];
    if (connect) {
      // Never `connecting` for the other types: they wait then.
      return where == place::connected || asked[at] == limits.max_connects_under_way
                 ? wire_error::namespace_connected_twice
                 : wire_error::none;
    }
    return where == place::connected || where == place::left ? wire_error::none
                                                             : wire_error::namespace_not_connected;
  }

  // Returns false when the session is over.
  bool say(std::size_t at, char type, const std::string& rest) {
    const std::string count = type == '5' || type == '6' ? std::to_string(announced) + "-" : "";
    const std::string text = type + count + std::string(names[at]) + "," + rest;
    const message x{at, type, announced, text.size()};
    const bool early_one = !early.empty() || must_wait(x);
    if (early.empty()) looked_at(x);
    const wire_error got = session.on_text(text, in);
    return early_one ? waits(x, got) : said(x, got);
  }

  bool said(const message& x, wire_error got) {
    check(got == expected(x.at, x.type == '0'));
    if (got != wire_error::none) return false;
    const bool heard = places[x.at] == place::connected;
    if (x.type == '0') {
      check(in.what == incoming::kind::connect);
      places[x.at] = place::connecting;
      ++asked[x.at];
    } else if (x.type == '5' || x.type == '6') {
      check(in.what == incoming::kind::nothing);
      outstanding = expects = x.announced;
      packet_place = x.at;
    } else {
      check((in.what == incoming::kind::nothing) == !heard);
    }
    if (x.type == '1' && heard) places[x.at] = place::absent;
    return true;
  }

  bool binary() {
    const bool early_one = !early.empty();
    const wire_error got = session.on_binary("bytes", in);
    return early_one ? waits({0, 0, 0, 5}, got) : took_binary(got);
  }

  // What had to wait, as far as it need not any more. Returns false when the session is over.
  bool go_on() {
    auto got = wire_error::none;
    while (session.next_early(in, got)) {
      check(!early.empty() && !must_wait(early.front()));
      const message x = early.front();
      early.pop_front();
      early_bytes -= x.bytes + early_message_bytes;
      looked_at(x);
      if (!(x.type == 0 ? took_binary(got) : said(x, got))) return false;
    }
    check(early.empty() || must_wait(early.front()));
    if (!early.empty()) looked_at(early.front());
    return true;
  }

  bool took_binary(wire_error got) {
    if (outstanding == 0) {
      check(got == wire_error::attachment_surplus);
      return false;
    }
    check(got == wire_error::none);
    --outstanding;
    const bool heard = outstanding == 0 && places[packet_place] == place::connected;
    check((in.what == incoming::kind::nothing) == !heard);
    if (heard) {
      check(in.nsp == names[packet_place]);
      check(in.attachments.size() == expects);
      for (const auto& attachment : in.attachments) check(attachment == "bytes");
    }
    return true;
  }

  // Returns false when the session is over.
  bool server(unsigned what, std::size_t at) {
    place& where = places[at];
    if (what == 0) {
      const bool twice = asked[at] > 1;
      check(session.accepted(names[at])
            == (twice ? wire_error::namespace_connected_twice : wire_error::none));
      if (where != place::connecting) return true;
      if (twice) return false;
      where = place::connected;
      asked[at] = 0;
      ever_connected = true;
    } else if (what == 1) {
      session.refused(names[at]);
      if (where == place::connecting && --asked[at] == 0) where = place::left;
    } else {
      session.disconnected_by_server(names[at]);
      if (where == place::connected) where = place::left;
    }
    return true;
  }

  bool wait(unsigned seconds) {
    now += std::chrono::seconds(seconds);
    const bool late = session.deadline() <= now;
    check(!late || !ever_connected);
    const wire_error got = session.tick(now);
    check(got == (late ? wire_error::connect_timeout : wire_error::none));
    return !late;
  }

  std::string placeholders() {
    std::string all = R"(["e")";
    for (unsigned i = 0; i < announced; ++i) {
      all += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + "}";
    }
    return all + "]";
  }

  bool step(program& input) {
    const std::size_t at = input.pick(names.size());
    switch (input.pick(10)) {
      case 0:
        return say(at, '0', "{}");
      case 1:
        return say(at, '1', "");
      case 2:
        return say(at, '2', R"(["\u0065vent",1])");
      case 3:
        return say(at, '3', "7[]");
      case 4:
        announced = 1 + input.pick(3);
        return say(at, '5', placeholders());
      case 5:
        announced = 1 + input.pick(3);
        return say(at, '6', "7" + placeholders());
      case 6:
        return binary();
      case 7:
        return wait(input.pick(20));
      case 8:
        return server(input.pick(3), at) && go_on();
      default:
        return raw(input.bytes());
    }
  }

  // Anything at all; the model does not follow, so the session is given up afterwards.
  bool raw(std::string_view text) {
    const bool waits = !early.empty();
    const wire_error got = session.on_text(text, in);
    check(waits || outstanding == 0 || text.starts_with('1')
          || got == wire_error::attachment_missing);
    return got != wire_error::none ? false : (over = true, false);
  }
  bool over = false;
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  program input(as_text(data, size));
  world w;
  while (!input.done()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      check(w.session.is_connected(names[i]) == (w.places[i] == place::connected));
    }
    if (w.step(input)) continue;
    if (w.over) return 0;
    // An error is final, whatever comes next.
    check(w.session.on_text("0/c", w.in) != wire_error::none);
    check(w.session.on_binary("x", w.in) != wire_error::none);
    check(w.in.what == incoming::kind::nothing);
    return 0;
  }
  return 0;
}
