// Fuzz target: a client that keeps the rules, a network that delays. Nothing is lost, doubled,
// reordered.
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fuzz_support.hpp"
#include "net/wire/engine_session.hpp"

using namespace reliable_signaler::wire;
using namespace reliable_signaler::wire::test;

namespace {

using kind = engine_action::kind;
using packets = std::vector<std::string>;

// The steps of an upgrade as engine.io-client takes them.
enum class upgrade { none, opened, pausing, done };

struct world {
  wire_limits limits;
  engine_session::time_point now{std::chrono::hours(1)};
  engine_session session{transport::polling, limits, now};
  engine_actions out;
  bool closed = false;

  // The application on the server: messages are numbers.
  std::deque<std::string> queue;
  int sent_down = 0;
  int taken_up = 0;

  // The client.
  std::deque<std::string> buffer;
  int sent_up = 0;
  int taken_down = 0;
  bool get_open = false;
  bool post_open = false;
  upgrade state = upgrade::none;

  // What travels.
  bool get_up = false;
  std::optional<packets> get_down;
  std::optional<packets> post_up;
  bool post_down = false;
  std::deque<std::string> ws_up;
  std::deque<std::string> ws_down;
  bool ws_alive = false;

  world() {
    get_open = true;
    session.start(out);
    perform();
  }

  packets take_queue(std::string_view first) {
    packets all;
    if (!first.empty()) all.emplace_back(first);
    all.insert(all.end(), queue.begin(), queue.end());
    queue.clear();
    return all;
  }

  void perform() {
    for (const engine_action& action : out) perform(action);
    out.clear();
  }

  void perform(const engine_action& action) {
    switch (action.what) {
      case kind::answer_get_open:
        get_down = packets{"0{}"};
        break;
      case kind::answer_get_text:
        get_down = packets{std::string(action.text)};
        break;
      case kind::answer_get_queue:
        get_down = take_queue(action.text);
        break;
      case kind::answer_post_ok:
        post_down = true;
        break;
      case kind::write_text:
      case kind::write_probe:
        ws_down.emplace_back(action.text);
        break;
      case kind::flush_websocket:
        for (auto& packet : queue) ws_down.push_back(std::move(packet));
        queue.clear();
        break;
      case kind::deliver_text:
        check(action.text == std::to_string(taken_up));
        ++taken_up;
        break;
      case kind::close_probe:
        ws_alive = false;
        break;
      case kind::switch_to_websocket:
        break;
      case kind::session_closed:
        closed = true;
        break;
      // The ends of a session that timed out; else a client that keeps the rules never sees these.
      case kind::close_websocket:
      case kind::answer_post_error:
        check(session.is_closed());
        break;
      default:
        check(false);
    }
  }

  void client_takes(const std::string& packet) {
    switch (packet.front()) {
      case '2':
        buffer.emplace_back("3");
        break;
      case '3':
        check(packet == "3probe" && state == upgrade::opened);
        state = upgrade::pausing;
        break;
      case '4':
        check(packet == "4" + std::to_string(taken_down));
        ++taken_down;
        break;
      default:
        check(packet == "6" || packet == "1" || packet == "0{}");
    }
  }

  // Everything the client does by itself, at once.
  void client_acts() {
    if (state == upgrade::pausing && !get_open && !post_open) {
      ws_up.emplace_back("5");
      state = upgrade::done;
    }
    if (state == upgrade::done) {
      for (auto& packet : buffer) ws_up.push_back(std::move(packet));
      buffer.clear();
      return;
    }
    if (state == upgrade::pausing) return;
    if (!get_open) get_open = get_up = true;
    if (!post_open && !buffer.empty()) {
      post_open = true;
      post_up = packets(buffer.begin(), buffer.end());
      buffer.clear();
    }
  }

  bool polls_arrive(unsigned what) {
    if (what == 0 && get_up) {
      get_up = false;
      session.on_get(!queue.empty(), now, out);
    } else if (what == 1 && get_down) {
      get_open = false;
      const packets all = *std::exchange(get_down, std::nullopt);
      for (const auto& packet : all) client_takes(packet);
    } else if (what == 2 && post_up) {
      const packets all = *std::exchange(post_up, std::nullopt);
      std::string body;
      for (const auto& packet : all) append_payload_packet(body, packet);
      session.on_post_begin(out);
      session.on_post_body(body, now, out);
      perform();
      session.post_taken(out);
    } else if (what == 3 && post_down) {
      post_down = post_open = false;
    } else {
      return false;
    }
    perform();
    return true;
  }

  bool frames_arrive(unsigned what) {
    if (what == 0 && !ws_up.empty()) {
      const std::string frame = ws_up.front();
      ws_up.pop_front();
      if (session.current() == transport::websocket)
        session.on_websocket_text(frame, now, out);
      else if (ws_alive)
        session.on_probe_text(frame, out);
      perform();
    } else if (what == 1 && !ws_down.empty()) {
      const std::string frame = ws_down.front();
      ws_down.pop_front();
      client_takes(frame);
    } else {
      return false;
    }
    return true;
  }

  void upgrade_begins() {
    if (state != upgrade::none || !session.open_probe(now)) return;
    state = upgrade::opened;
    ws_alive = true;
    ws_up.emplace_back("2probe");
  }

  // Only while the client can still do without the new socket.
  void probe_is_lost() {
    if (state != upgrade::opened) return;
    state = upgrade::none;
    if (ws_alive) session.on_probe_closed();
    ws_alive = false;
    ws_up.clear();
    ws_down.clear();
  }

  void wait(unsigned hundreds) {
    now += std::chrono::milliseconds(hundreds * 100);
    session.tick(now, out);
    perform();
  }

  void step(program& input) {
    const unsigned what = input.pick(12);
    switch (what) {
      case 0:
        queue.push_back("4" + std::to_string(sent_down++));
        session.on_queued(out);
        perform();
        break;
      case 1:
        buffer.push_back("4" + std::to_string(sent_up++));
        break;
      case 2:
        upgrade_begins();
        break;
      case 3:
        probe_is_lost();
        break;
      case 4:
        wait(input.pick(100));
        break;
      case 5:
        queue.push_back("4" + std::to_string(sent_down++));
        break;
      case 6:
      case 7:
        frames_arrive(what - 6);
        break;
      default:
        polls_arrive(what - 8);
    }
    client_acts();
  }

  // The client gave up polling for a socket that the server then closed: both sides wait until the
  // end.
  bool stuck() const { return state >= upgrade::pausing && !ws_alive; }

  void settle() {
    if (!queue.empty()) session.on_queued(out);
    perform();
    for (int i = 0; i < 1000 && !closed && !stuck(); ++i) {
      bool moved = false;
      for (unsigned what = 0; what < 4; ++what) moved = polls_arrive(what) || moved;
      for (unsigned what = 0; what < 2; ++what) moved = frames_arrive(what) || moved;
      client_acts();
      if (taken_up == sent_up && taken_down == sent_down) return;
      if (!moved) wait(1);
    }
    check(closed || stuck());
  }
};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  program input(as_text(data, size));
  world w;
  while (!input.done() && !w.closed) w.step(input);
  if (!w.closed) w.settle();
  return 0;
}
