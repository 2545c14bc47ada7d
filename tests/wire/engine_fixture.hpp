// One Engine.IO session under test, spoken to in the domain's words. Actions come back as text.
#pragma once

#include <string>

#include "net/wire/engine_session.hpp"

namespace reliable_signaler::wire::test {

/// One action as a word or two: `get:'6'`, `post:ok`, `closed:ping_timeout`.
inline std::string describe(const engine_action& action) {
  using kind = engine_action::kind;
  const std::string quoted = "'" + std::string(action.text) + "'";
  const std::string code = std::to_string(static_cast<int>(action.error));
  switch (action.what) {
    case kind::answer_get_open:
      return "get:open";
    case kind::answer_get_text:
      return "get:" + quoted;
    case kind::answer_get_queue:
      return "get:" + (action.text.empty() ? "" : quoted + "+") + "queue";
    case kind::reject_request:
      return "reject:" + code;
    case kind::answer_post_ok:
      return "post:ok";
    case kind::answer_post_error:
      return "post:" + code;
    case kind::answer_post_too_large:
      return "post:413";
    case kind::answer_second_post_ok:
      return "second:ok";
    case kind::answer_second_post_error:
      return "second:" + code;
    case kind::write_open:
      return "ws:open";
    case kind::write_text:
      return "ws:" + quoted;
    case kind::flush_websocket:
      return "ws:queue";
    case kind::close_websocket:
      return "ws:close " + std::to_string(websocket_close_code(action.reason));
    case kind::write_probe:
      return "probe:" + quoted;
    case kind::close_probe:
      return "probe:close";
    case kind::switch_to_websocket:
      return "switch";
    case kind::deliver_text:
      return "text:" + quoted;
    case kind::deliver_binary:
      return "binary:" + quoted;
    case kind::session_closed:
      return "closed:" + std::string(to_string(action.reason));
  }
  return "?";
}

inline std::string describe(const engine_actions& actions) {
  std::string all;
  for (const engine_action& action : actions) {
    if (!all.empty()) all += ", ";
    all += describe(action);
  }
  return all;
}

/// A session that has sent its open packet. Every call returns what it led to, "" for nothing.
struct engine_fixture {
  using time_point = engine_session::time_point;
  using milliseconds = std::chrono::milliseconds;

  wire_limits limits;
  time_point now{std::chrono::hours(1)};
  engine_session session{transport::polling, limits, now};

  engine_fixture() { opens(transport::polling); }

  std::string opens(transport first) {
    session = engine_session(first, limits, now);
    return run([this](engine_actions& out) { session.start(out); });
  }

  std::string get(bool queued = false) {
    return run([=, this](engine_actions& out) { session.on_get(queued, now, out); });
  }
  void get_aborts() { session.on_get_aborted(now); }

  std::string post_begins() {
    return run([this](engine_actions& out) { session.on_post_begin(out); });
  }
  std::string post_body(std::string body) {
    return run([&](engine_actions& out) { session.on_post_body(body, now, out); });
  }
  std::string post_taken() {
    return run([this](engine_actions& out) { session.post_taken(out); });
  }
  std::string post_aborts() {
    return run([this](engine_actions&) { session.on_post_aborted(now); });
  }
  std::string second_post_body(std::string body) {
    return run([&](engine_actions& out) { session.on_second_post_body(body, now, out); });
  }
  std::string second_post_too_large() {
    return run([this](engine_actions& out) { session.on_second_post_too_large(out); });
  }
  std::string second_post_aborts() {
    return run([this](engine_actions& out) { session.on_second_post_aborted(out); });
  }
  std::string post_too_large() {
    return run([this](engine_actions& out) { session.on_post_too_large(out); });
  }
  /// A whole POST whose messages are taken at once.
  std::string post(std::string body) {
    return run([&](engine_actions& out) {
      session.on_post_begin(out);
      session.on_post_body(body, now, out);
      session.post_taken(out);
    });
  }

  bool probe_opens() { return session.open_probe(now); }
  std::string probe(std::string_view frame) {
    return run([=, this](engine_actions& out) { session.on_probe_text(frame, out); });
  }
  std::string probe_binary() {
    return run([this](engine_actions& out) { session.on_probe_binary(out); });
  }

  std::string ws(std::string_view frame) {
    return run([=, this](engine_actions& out) { session.on_websocket_text(frame, now, out); });
  }
  std::string ws_binary(std::string_view bytes) {
    return run([=, this](engine_actions& out) { session.on_websocket_binary(bytes, out); });
  }
  std::string ws_closes() {
    return run([this](engine_actions& out) { session.on_websocket_closed(out); });
  }
  std::string ws_too_large() {
    return run([this](engine_actions& out) { session.on_websocket_too_large(out); });
  }

  std::string queued() {
    return run([this](engine_actions& out) { session.on_queued(out); });
  }
  std::string server_closes(bool queued) {
    return run([=, this](engine_actions& out) {
      session.close(close_reason::server_closed, queued, now, out);
    });
  }
  std::string server_aborts(close_reason reason) {
    return run([=, this](engine_actions& out) { session.abort(reason, out); });
  }

  std::string after(milliseconds time) {
    now += time;
    return run([this](engine_actions& out) { session.tick(now, out); });
  }
  /// How long until the next tick is wanted; -1 if it is not.
  long wait() const {
    if (session.deadline() == time_point::max()) return -1;
    return std::chrono::duration_cast<milliseconds>(session.deadline() - now).count();
  }

private:
  template <class F>
  static std::string run(F&& call) {
    engine_actions out;
    call(out);
    return describe(out);
  }
};

} // namespace reliable_signaler::wire::test
