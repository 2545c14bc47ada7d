// Micro-benchmarks of the protocol layer: validation and both codecs, on what pages really send.
#include <benchmark/benchmark.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "../../net/wire/engine_io.hpp"
#include "../../net/wire/json_scan.hpp"
#include "../../net/wire/socket_io.hpp"
#include "../../net/wire/socket_io_session.hpp"
#include "../scenarios/message.hpp"
#include "iterations.hpp"

namespace {

using namespace reliable_signaler;

// A relayed ICE candidate (about 260 bytes), and an offer of about 3 kB.
std::string candidate() {
  bench::stamped_message message{1};
  return std::string{message.stamp(1).text().substr(2)};
}

std::string offer() {
  std::string sdp = "v=0\\r\\no=- 46117317 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n";
  while (sdp.size() < 2900) sdp += "a=rtpmap:96 VP8/90000\\r\\na=rtcp-fb:96 goog-remb\\r\\n";
  return R"(["message",{"type":"offer","sdp":")" + sdp + "\"}]";
}

void measure_bytes(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void validate(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(wire::validate_json(text, 64));
  measure_bytes(state, text);
}
BENCHMARK_CAPTURE(validate, candidate, candidate())->Apply(bench::as_often_as_told);
BENCHMARK_CAPTURE(validate, offer, offer())->Apply(bench::as_often_as_told);

void nlohmann_accept(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(nlohmann::json::accept(text));
  measure_bytes(state, text);
}
BENCHMARK_CAPTURE(nlohmann_accept, candidate, candidate())->Apply(bench::as_often_as_told);
BENCHMARK_CAPTURE(nlohmann_accept, offer, offer())->Apply(bench::as_often_as_told);

// What happens to a text message between WebSocket and connection actor.
void session_event(benchmark::State& state, const std::string& arguments) {
  const wire::wire_limits limits;
  wire::socket_io_session session{limits, std::chrono::steady_clock::now()};
  wire::incoming in;
  session.on_text("0", in);
  session.accepted("/");
  const auto text = "2" + arguments;
  for (auto _ : state) {
    benchmark::DoNotOptimize(session.on_text(text, in));
    benchmark::DoNotOptimize(in.name);
  }
  measure_bytes(state, text);
}
BENCHMARK_CAPTURE(session_event, candidate, candidate())->Apply(bench::as_often_as_told);
BENCHMARK_CAPTURE(session_event, offer, offer())->Apply(bench::as_often_as_told);

void append_event(benchmark::State& state) {
  const auto text = candidate();
  std::string out;
  for (auto _ : state) {
    out.clear();
    wire::append_event(out, "/", text);
    wire::append_argument(out, "1k2j3h4g5f.abcdefghijklmnopqrst.1234");
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(append_event)->Apply(bench::as_often_as_told);

void payload_of_ten(benchmark::State& state) {
  const wire::wire_limits limits;
  std::string payload;
  for (int i = 0; i < 10; ++i) {
    if (i > 0) payload += wire::payload_separator;
    payload += "42" + candidate();
  }
  for (auto _ : state) {
    auto body = payload;
    wire::payload_reader packets{body, limits};
    for (wire::engine_packet packet; packets.next(packet);) benchmark::DoNotOptimize(packet.data);
  }
  measure_bytes(state, payload);
}
BENCHMARK(payload_of_ten)->Apply(bench::as_often_as_told);

} // namespace

BENCHMARK_MAIN();
