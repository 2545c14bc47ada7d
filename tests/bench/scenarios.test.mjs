// Each scenario once against the real server, with few clients: it runs, counts and fails nowhere.
// Figures are never judged.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bench, server } from "./harness.mjs";

const once = ["--rounds=1"];
const short = {
  idle: ["--rest=50ms"], storm: once, resume: once,
  ...Object.fromEntries(["churn", "relay", "fan-out", "parked"].map((name) => [name, [...once, "--window=50ms"]])),
};

async function measured(...args) {
  const { code, said, results } = await bench(args[0], ...short[args[0]], ...args.slice(1));
  assert.equal(code, 0, said);
  const all = results();
  for (const result of all) {
    assert.equal(result.errors, 0, JSON.stringify(result));
    assert.equal(result.partial, undefined);
    assert.ok(result.operations > 0);
    assert.equal(result.scenario, args[0]);
    assert.ok(result.memory_kib.median > 100 && result.peak_memory_kib >= result.memory_kib.median, JSON.stringify(result));
  }
  return all;
}

const runs = [
  ["churn", "--width=2"],
  ["churn", "--width=2", "--what=join", "--close=fin"],
  ["churn", "--width=2", "--close=reset", "--background=4"],
  ["churn", "--width=2", "--transport=polling"],
  ["relay", "--pairs=2", "--in-flight=3", "--padding=70000"],
  ["relay", "--pairs=2", "--rate=200"],
  ["relay", "--pairs=1", "--transport=polling"],
  ["fan-out", "--members=20", "--in-flight=2"],
  ["parked", "--joiners=20"],
  ["storm", "--connections=20"],
  ["resume", "--pairs=4", "--missed=3"],
  ["resume", "--pairs=4", "--missed=0"],
  ["resume", "--pairs=4", "--back=anew"],
];
for (const run of runs) {
  test(run.join(" "), async () => {
    const [result] = await measured(...run, server());
    assert.ok(result.cpu_us.median > 0);
    assert.ok(result.latency_us.p50 > 0 && result.latency_us.p50 <= result.latency_us.max);
  });
}

test("who parts politely leaves nothing behind, however often", async () => {
  const few = server("--max-connections=12");
  for (const transport of ["websocket", "polling"]) {
    // Each of the two comes in at least once in every window, on a slow machine, too.
    const [{ operations }] = await measured("churn", "--width=2", `--transport=${transport}`, "--rounds=10", few);
    assert.ok(operations > 12, "more than there is room for");
  }
});

test("a storm after a crash ends with everybody in the room again", async () => {
  const [result] = await measured("storm", "--connections=20", "--drop=kill", "--backoff=5ms", server());
  assert.equal(result.operations, 20);
  assert.equal(result.figures.failed_handshakes.median, 0);
});

test("idle weighs its connections", async () => {
  const [result] = await measured("idle", "--connections=100", server());
  assert.equal(result.operations, 100);
  assert.equal(result.curve.length, 10);
  assert.ok("bytes_per_connection" in result.figures);
});

test("parked: what asking costs is told, and what waiting costs", async () => {
  const [{ figures }] = await measured("parked", "--joiners=20", server());
  assert.ok(figures.cpu_us_per_joiner_parking.median > 0);
  assert.ok(figures.cpu_us_per_joiner_and_second_parked.median >= 0);
});

test("memory is divided by clients when there are a thousand of them", async () => {
  const open = server("--max-connections-per-address=1000");
  const [few] = await measured("storm", "--connections=20", open);
  const [many] = await measured("storm", "--connections=1000", open);
  assert.equal(few.figures.memory_bytes_per_client, undefined);
  assert.ok(many.figures.memory_bytes_per_client.median > 500);
});

test("two servers are compared round by round", async () => {
  const other = server().replace("=ours=", "=other=");
  const [ours, theirs] = await measured("churn", "--width=2", server(), other, "--label=here");
  assert.equal(ours.label, "here");
  assert.deepEqual(Object.keys(ours.ratios), ["other"]);
  const product = ours.ratios.other.median * theirs.ratios.ours.median;
  assert.ok(Math.abs(product - 1) < 0.01, String(product));
});
