// The report from results that are made up: verdicts, curves, what is missing or partial, where it was measured.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readResults, writeResults } from "../../bench/reporting/results.mjs";

const program = (name) => fileURLToPath(new URL(`../../bench/reporting/${name}.mjs`, import.meta.url));
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const spread = (median, q1 = median, q3 = median) => ({ q1, median, q3 });
/** A row of one server; `more` stands for what a scenario adds. */
const row = (label, server, cpu, more = {}) => ({
  scenario: "churn", label, server, run: 1, arguments: [], rounds: 9, operations: 9, errors: 0,
  cpu_us: typeof cpu === "number" ? spread(cpu) : cpu, rate: spread(1), load_cpu_us: spread(1), ratios: {}, figures: {}, ...more,
});
const run = (number, more = {}) => ({
  run: number, commit: "abc1234", date: "2026-01-02", mode: "full", machine: "a machine", load: "0.1",
  command: "bench/run.sh --full", servers: { ours: "our command" }, micro: false, failed: [], ...more,
});

function report(results, runs = []) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "bench-report-"));
  folders.push(folder);
  mkdirSync(path.join(folder, "report"));
  writeResults(path.join(folder, "report", "results.jsonl"), { runs, results });
  execFileSync(process.execPath, [program("report"), `--folder=${folder}`]);
  return { text: readFileSync(path.join(folder, "report.md"), "utf8"), folder };
}

test("a ratio over its bound is a no, and listed with its reason", () => {
  const { text } = report([
    row("churn-create", "ours", 13, { ratios: { floor: spread(1.3) } }),
    row("churn-create", "floor", 10),
    row("churn-create", "socket.io", 100, { ratios: { ours: spread(7.7) } }),
  ]);
  assert.match(text, /\| churn: open a room \| .* 1\.3 \(1\.3–1\.3\): \*\*no\*\* \(at most 1\.2\) \| 7\.7 \(7\.7–7\.7\): yes \(at least 4\.5\) \|/);
  assert.match(text, /- churn: open a room, ours \/ floor: \S/);
  assert.doesNotMatch(text, /- churn: open a room, socket\.io/);
});

test("a verdict says when a quartile lies on the other side of the bound", () => {
  const { text } = report([
    row("open-loop", "ours", 30, { ratios: { floor: spread(1.16, 1.06, 1.3) } }),
    row("churn-create", "ours", 30, { ratios: { floor: spread(1.3, 1.1, 1.4) } }),
    row("parked-1000", "ours", 14, { figures: { last_awake_ms: spread(17.1, 13.9, 21.5) } }),
  ]);
  assert.match(text, /1\.16 \(1\.06–1\.3\): yes, by the median; a quarter of the windows beyond \(at most 1\.2\)/);
  assert.match(text, /1\.3 \(1\.1–1\.4\): \*\*no\*\*, by the median; a quarter of the windows within \(at most 1\.2\)/);
  assert.match(text, /17\.1 \(13\.9–21\.5\) .*yes, by the median; a quarter of the windows beyond \(at most 20 ms\)/);
});

test("a row without bounds is shown and not judged", () => {
  const { text } = report([row("fan-out-10", "ours", 2, { ratios: { floor: spread(9) } })]);
  assert.match(text, /\| fan-out to 10 \| .* \| 9 \(9–9\) \(no bound\) \|/);
});

test("what was not measured is neither kept nor missed", () => {
  const { text } = report([]);
  assert.match(text, /not measured/);
  assert.doesNotMatch(text, /\*\*no\*\*|NaN|undefined/);
  assert.match(text, /## Bounds that were missed, and why\n\nNone\./);
});

test("what recovery costs is compared with its bounds", () => {
  const { text } = report([
    row("recovery-1", "ours", 9, { ratios: { "without-recovery": spread(1.2) } }),
    row("resume-anew", "ours", 100),
    row("resume-0", "ours", spread(120, 110, 160)),
    row("resume-5", "ours", 160),
    row("resume", "ours", 170),
  ]);
  assert.match(text, /1 under way: on \/ off \| 9 \(9–9\) \| 1\.2 \(1\.2–1\.2\) \| \*\*no\*\* \(at most 1\.1\)/);
  assert.match(text, /back after 0 missed messages \/ a new one \| .* \| 1\.2 \(1\.1–1\.6\) \| yes, by the median; quartile against quartile beyond \(at most 1\.5\)/);
  assert.match(text, /back after 5 missed messages \/ a new one \| .* \| 1\.6 \(1\.6–1\.6\) \| \*\*no\*\* \(at most 1\.5\)/);
  assert.match(text, /back after 10 missed messages \/ a new one \| .* \| 1\.7 \(1\.7–1\.7\) \| +\|/);
});

test("a flat curve is told from one that rises", () => {
  const { text, folder } = report([
    ...[[10, 8], [100, 8.5], [5000, 9]].map(([count, cost]) => row(`relay-rooms-${count}`, "ours", cost)),
    ...[[0, 50], [15000, 90]].map(([count, cost]) => row(`churn-beside-${count}`, "ours", cost)),
  ]);
  assert.match(text, /Relay: cost of a message over rooms \| ours \| 10: 8, 100: 8\.5 \(1\.06\), 5,000: 9 \(1\.13\) \| 10 to 5,000: 1\.13 .*\| flat: yes/);
  assert.match(text, /Churn: cost of a connection over idle ones \| ours \| 0: 50, 15,000: 90 \(1\.8\) \| 0 to 15,000: 1\.8 .*\| flat: \*\*no\*\*/);
  assert.match(text, /- Churn: cost of a connection over idle ones: \S/);
  assert.match(readFileSync(path.join(folder, "report", "relay-rooms.svg"), "utf8"), /^<svg/);
});

test("a curve that first falls is judged by how much it rises after", () => {
  const { text } = report([
    ...[[100, 20], [1000, 14], [5000, 22]].map(([count, cost]) => row(`parked-${count}`, "ours", cost)),
    ...[[100, 10], [5000, 11]].map(([count, cost]) => row(`parked-${count}`, "floor", cost)),
  ]);
  assert.match(text, /\| ours \| 100: 20, 1,000: 14 \(0\.7\), 5,000: 22 \(1\.1\) \| 1,000 to 5,000: 1\.57 .*\| linear.*: \*\*no\*\*/);
  assert.match(text, /- Waking parked joiners: cost of each: .*ours 100: 1, 1,000: 0\.7, 5,000: 1\.1; the floor 100: 1, 5,000: 1\.1\./);
});

test("how much later the last of more joiners is awake stands there plainly", () => {
  const { text } = report([[1000, 17], [5000, 119]].map(([count, ms]) => row(`parked-${count}`, "ours", 1, { figures: { last_awake_ms: spread(ms) } })));
  assert.match(text, /until the last is awake, for each \| ours \| 1,000: 17, 5,000: 23\.8 \(1\.4\)/);
  assert.match(text, /The last of 5,000 is awake after 119 ms, the last of 1,000 after 17: 7 times as long for 5 times as many\./);
});

test("what parking costs is a curve of its own, and older results without it have none", () => {
  const parked = (figures) => [100, 1000].map((count) => row(`parked-${count}`, "ours", 20, { figures: figures(count) }));
  const { text, folder } = report(parked((count) => ({ cpu_us_per_joiner_parking: spread(count / 100 + 9) })));
  assert.match(text, /\| Parking joiners: cost of each \| ours \| 100: 10, 1,000: 19 \(1\.9\) \| .*: \*\*no\*\*/);
  assert.match(text, /until the server is at rest, since nothing acknowledges/);
  assert.match(readFileSync(path.join(folder, "report", "parking.svg"), "utf8"), /^<svg/);
  const old = report(parked(() => ({}))).text;
  assert.doesNotMatch(old, /Parking|parking|at rest, since|undefined|NaN/);
  assert.match(old, /Waking parked joiners: cost of each/);
});

test("idle connections are compared by what each further one takes, without what a heap grows by once", () => {
  const idle = (server, once, each) =>
    row("idle", server, 1, {
      curve: [100, 1000].map((count) => [count, once + each * count]),
      figures: { bytes_per_connection: spread(each + once / 1000) },
    });
  const { text } = report([idle("ours", 0, 8000), idle("floor", 0, 7000), idle("socket.io", 2e6, 12000)]);
  assert.match(text, /1,000 connections, two in each room/);
  assert.match(text, /\| ours \| 8,000 \| 1\.14 \| 8,000 \|/);
  assert.match(text, /\| socket\.io \| 12,000 \| 1\.71 \| 14,000 \|/);
  assert.match(text, /at most 1\.2 times the floor's: yes/);
});

test("a storm whose patience ended is no time, and says what its servers computed", () => {
  const storm = (server, ms, more) =>
    row("storm-kill", server, 100, {
      scenario: "storm", arguments: ["storm", "--connections=10000", "--patience=60s"], operations: 90000,
      figures: { all_back_ms: spread(ms), failed_handshakes: spread(0) }, ...more,
    });
  const { text } = report([storm("ours", 2000), storm("socket.io", 60000, { errors: 7, note: "on a slow day" })]);
  assert.match(text, /storm of 10,000, crash and restart: .*\| 2,000 \(2,000–2,000\) \| - \| more than 60,000 \| at least 30 /);
  assert.match(text, /in 7 of 9 rounds of `storm-kill` not all were back with socket\.io/);
  assert.match(text, /in a round of `storm-kill`: ours 1 s, socket\.io 1 s/);
  assert.match(text, /`storm-kill`, socket\.io: on a slow day\./);
});

test("rows that were measured one server after the other are not said to be side by side", () => {
  const { text } = report([
    row("relay-100", "ours", 1, { ratios: { floor: spread(1) } }),
    row("relay-100", "floor", 1, { ratios: { ours: spread(1) } }),
    row("storm-reset", "ours", 1),
    row("storm-reset", "floor", 1),
  ]);
  assert.match(text, /In `storm-reset` the servers were measured one after the other/);
  assert.match(text, /\| `relay-100` \| ours, floor \| together \|/);
  assert.match(text, /\| `storm-reset` \| ours, floor \| in turn \|/);
});

test("every row has the command that measures it again as it was", () => {
  const { text } = report([row("idle", "ours", 1), row("resume", "ours", 1, { run: 2 })], [run(1), run(2, { mode: "normal", commit: "def5678" })]);
  assert.match(text, /\| `idle` \| .* \| abc1234, 2026-01-02 \| `bench\/run\.sh --full --only=idle` \|/);
  assert.match(text, /\| `resume` \| .* \| def5678, 2026-01-02 \| `bench\/run\.sh --only=resume` \|/);
  assert.match(text, /put in:\n\n- `resume`: `bench\/run\.sh --full` at def5678/);
});

test("the load's own CPU is marked where it is the greater, or spins", () => {
  const latency = { p50: 1, p90: 1, p99: 1, "p99.9": 1, max: 1, curve: [[0.5, 1]] };
  const { text } = report([
    row("churn-join", "ours", 80, { latency_us: latency, load_cpu_us: spread(70), memory_kib: spread(12800), peak_memory_kib: 20480 }),
    row("resume", "ours", 80, { latency_us: latency, load_cpu_us: spread(90) }),
    row("open-loop", "ours", 30, { latency_us: latency, load_cpu_us: spread(500), arguments: ["relay", "--rate=2000"] }),
  ]);
  assert.match(text, /\| churn-join \| ours \| .* \| 80 \| 70 \| 12\.5 \(20\) \| 0 \|/);
  assert.match(text, /\| resume \| ours \| .* \| 80 \| 90 \* \| - \| 0 \|/);
  assert.match(text, /\| open-loop \| ours \| .* \| 30 \| 500 \(spins\) \| - \| 0 \|/);
});

test("partial results and rows that failed are named on top", () => {
  const { text } = report([row("idle", "ours", 1, { partial: "it died" })], [run(1, { failed: ["storm-kill"] })]);
  assert.match(text, /Rows that failed: storm-kill\. Partial: idle \(ours\)\./);
});

/** What record.mjs makes of `measured` and of what was in the folder before. */
function record(measured, options, old) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "bench-record-"));
  folders.push(folder);
  mkdirSync(path.join(folder, "report"));
  const file = path.join(folder, "report", "results.jsonl");
  if (old) writeResults(file, old);
  writeResults(path.join(folder, "report", "measured.jsonl"), { runs: [], results: measured });
  execFileSync(process.execPath, [program("record"), `--folder=${folder}`, "--order=idle storm-reset storm-kill", "--mode=full", ...options]);
  return readResults(file);
}
const costs = ({ results }) => results.map(({ label, server, run: number, cpu_us: { median } }) => [label, server, number, median]);

test("a whole run is recorded with its commit, machine and servers, and replaces what was there", () => {
  const { runs, results } = record([row("idle", "ours", 2)], ["--commit=abc1234", "--load=0.3", "--server=ours=a b=c", "--failed=storm-kill"], {
    runs: [run(1)],
    results: [row("storm-reset", "ours", 1)],
  });
  assert.equal(runs.length, 1);
  const [{ machine, date, ...head }] = runs;
  assert.match(machine, /cores/);
  assert.match(date, /^\d{4}-\d\d-\d\d$/);
  assert.deepEqual(head, { run: 1, commit: "abc1234", mode: "full", load: "0.3", command: "", servers: { ours: "a b=c" }, micro: false, failed: ["storm-kill"] });
  assert.deepEqual(costs({ results }), [["idle", "ours", 1, 2]]);
});

test("rows that are put into a report replace those of their name, in the report's order, and no others", () => {
  const old = {
    runs: [run(1, { failed: ["storm-reset (out of time)"] })],
    results: [row("idle", "ours", 1), row("idle", "floor", 1), row("storm-kill", "ours", 1)],
  };
  const put = record([row("storm-reset", "ours", 5), row("idle", "ours", 6)], ["--into", "--commit=def5678"], old);
  assert.deepEqual(costs(put), [["idle", "ours", 2, 6], ["storm-reset", "ours", 2, 5], ["storm-kill", "ours", 1, 1]]);
  assert.deepEqual(put.runs.map(({ run: number, commit, failed }) => [number, commit, failed]), [[1, "abc1234", []], [2, "def5678", []]]);
});

test("a row that fails when it is measured again leaves what was there", () => {
  const old = { runs: [run(1)], results: [row("idle", "ours", 1)] };
  const put = record([row("idle", "ours", 2)], ["--into", "--failed=idle"], old);
  assert.deepEqual(costs(put), [["idle", "ours", 1, 1]]);
  assert.deepEqual(put.runs.map(({ run: number }) => number), [1]);
});

test("a run of which nothing is left is forgotten, but not while its parts are shown", () => {
  const old = { runs: [run(1, { micro: true }), run(2)], results: [row("idle", "ours", 1, { run: 2 })] };
  const put = record([row("idle", "ours", 3)], ["--into"], old);
  assert.deepEqual(put.runs.map(({ run: number, micro }) => [number, micro]), [[1, true], [3, false]]);
  const parts = record([], ["--into", "--micro"], put);
  assert.deepEqual(parts.runs.map(({ run: number, micro }) => [number, micro]), [[3, false], [4, true]]);
});
