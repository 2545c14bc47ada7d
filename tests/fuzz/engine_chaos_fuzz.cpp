// Fuzz target: the Engine.IO machine under any order of inputs. What is asked is answered, once.
#include <string>

#include "fuzz_support.hpp"
#include "net/wire/engine_session.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

using kind = engine_action::kind;

enum class handed_in { nothing, get, post };

// The network and the application as the machine may believe them to be.
struct world {
  wire_limits limits;
  engine_session::time_point now{std::chrono::hours(1)};
  engine_session session;
  engine_actions out;
  bool get = false;
  bool post = false;
  bool second_post = false;
  bool probe = false;
  bool websocket = false;
  bool on_websocket = false;
  bool queued = false;
  bool closed = false;

  explicit world(transport first)
      : session(first, limits, now),
        get(first == transport::polling),
        websocket(first == transport::websocket),
        on_websocket(websocket) {
    session.start(out);
    perform(handed_in::nothing);
    check(!get);
  }

  bool rejects() const {
    for (const auto& action : out) {
      if (action.what == kind::reject_request) return true;
    }
    return false;
  }

  void perform(handed_in request) {
    const bool was_closed = closed;
    if (request != handed_in::nothing && !rejects()) {
      bool& pending = request == handed_in::get ? get : post ? second_post : post;
      check(!pending);
      pending = true;
    }
    for (const engine_action& action : out) {
      check(!closed || (was_closed && action.what == kind::reject_request));
      perform(action, request);
    }
    out.clear();
    check(session.is_closed() == closed);
    check((session.current() == transport::websocket) == on_websocket);
    if (closed) {
      check(!get && !post && !second_post && !probe && !websocket);
      check(session.deadline() == engine_session::time_point::max());
    }
  }

  void perform(const engine_action& action, handed_in request) {
    switch (action.what) {
      case kind::answer_get_open:
      case kind::answer_get_text:
        take(get);
        break;
      case kind::answer_get_queue:
        take(get);
        queued = false;
        break;
      case kind::reject_request:
        check(request != handed_in::nothing);
        break;
      case kind::answer_post_ok:
      case kind::answer_post_error:
      case kind::answer_post_too_large:
        take(post);
        break;
      case kind::answer_second_post_ok:
      case kind::answer_second_post_error:
        take(second_post);
        break;
      case kind::write_open:
      case kind::write_text:
        check(websocket);
        break;
      case kind::flush_websocket:
        check(websocket);
        queued = false;
        break;
      case kind::close_websocket:
        take(websocket);
        break;
      case kind::write_probe:
        check(probe);
        break;
      case kind::close_probe:
        take(probe);
        break;
      case kind::switch_to_websocket:
        take(probe);
        check(!on_websocket);
        websocket = on_websocket = true;
        break;
      case kind::deliver_text:
      case kind::deliver_binary:
        break;
      case kind::session_closed:
        closed = true;
        break;
    }
  }

  static void take(bool& there) {
    check(there);
    there = false;
  }

  void tick() {
    session.tick(now, out);
    perform(handed_in::nothing);
    check(closed || session.deadline() > now);
  }

  void polling(program& input, unsigned what) {
    std::string body;
    handed_in request = handed_in::nothing;
    switch (what) {
      case 0:
        session.on_get(queued, now, out), request = handed_in::get;
        break;
      case 1:
        session.on_post_begin(out), request = handed_in::post;
        break;
      case 2:
        body = packets(input);
        session.on_post_body(body, now, out);
        break;
      case 3:
        session.post_taken(out);
        break;
      case 4:
        post = false, session.on_post_aborted(now);
        break;
      case 5:
        get = false, session.on_get_aborted(now);
        break;
      case 6:
        session.on_post_too_large(out);
        break;
      case 7:
        body = packets(input);
        session.on_second_post_body(body, now, out);
        break;
      case 8:
        second_post = false, session.on_second_post_aborted(out);
        break;
      default:
        session.on_second_post_too_large(out);
    }
    perform(request);
  }

  void frames(program& input, unsigned what) {
    static constexpr std::string_view probes[]{"2probe", "5", "2", "4a", ""};
    const std::string text = packets(input);
    switch (what) {
      case 0: {
        const bool allowed = session.open_probe(now);
        check(!allowed || (!probe && !on_websocket && !closed));
        probe = probe || allowed;
        break;
      }
      case 1:
        if (probe) session.on_probe_text(probes[input.pick(5)], out);
        break;
      case 2:
        if (probe) session.on_probe_binary(out);
        break;
      case 3:
        if (probe) session.on_probe_closed();
        probe = false;
        break;
      case 4:
        session.on_websocket_text(text, now, out);
        break;
      case 5:
        session.on_websocket_binary(text, out);
        break;
      case 6:
        websocket = false;
        session.on_websocket_closed(out);
        break;
      default:
        session.on_websocket_too_large(out);
    }
    perform(handed_in::nothing);
  }

  void application(program& input, unsigned what) {
    switch (what) {
      case 0:
        if (!session.is_open()) return;
        queued = true;
        session.on_queued(out);
        break;
      case 1:
        session.close(close_reason::server_closed, queued, now, out);
        break;
      case 2:
        session.abort(close_reason::slow_consumer, out);
        break;
      default:
        now += std::chrono::milliseconds(input.pick(256) * 100);
        return tick();
    }
    perform(handed_in::nothing);
    // Nothing stays behind where something could go out.
    check(!queued || (!get && !websocket) || closed);
  }

  static std::string packets(program& input) {
    // \036 is the separator.
    static constexpr std::string_view some[]{"3", "4a",    "1",        "2",
                                             "6", "bAQID", "4b\0364c", "3\0361"};
    const unsigned which = input.pick(9);
    return std::string(which < 8 ? some[which] : input.bytes());
  }
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  program input(as_text(data, size));
  world w(input.pick(2) == 0 ? transport::polling : transport::websocket);
  while (!input.done()) {
    const unsigned what = input.pick(22);
    if (what < 10)
      w.polling(input, what);
    else if (what < 18)
      w.frames(input, what - 10);
    else
      w.application(input, what - 18);
  }
  // A client that says nothing any more is given up after a few ticks.
  for (int i = 0; i < 8 && !w.closed; ++i) {
    w.now = w.session.deadline();
    w.tick();
  }
  check(w.closed);
  return 0;
}
