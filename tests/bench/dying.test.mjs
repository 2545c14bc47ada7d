// Servers that end or stop at every moment of a run: never a complete result, never a lost one.
// A patience that must end lasts seconds, so that what a busy machine does meanwhile fits into it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { bench, fakeServer, mortalServer, seatOrRelay, server, start } from "./harness.mjs";

const folder = mkdtempSync(path.join(os.tmpdir(), "bench-dying-"));
after(() => rmSync(folder, { recursive: true }));

// An open loop of exactly a hundred messages in each window: the first one warms up.
const hundreds = ["relay", "--pairs=1", "--rate=1000", "--window=100ms"];

for (const rounds of [1, 3]) {
  const middleOfTheLast = rounds * 100 + 50;
  test(`a server killed in the last of ${rounds} windows leaves partial results`, async () => {
    const { code, said, results } = await bench(...hundreds, `--rounds=${rounds}`, mortalServer(`at=message:${middleOfTheLast}`));
    assert.equal(code, 4, said);
    assert.match(said, /'mortal' ended in the middle: .*the results are partial/s);
    const [result] = results();
    assert.match(result.partial, /ended in the middle/);
    assert.equal(result.rounds, rounds);
  });
}

test("a server that is only half torn down, and still accepts, has ended", async () => {
  let messages = 0;
  const fake = await fakeServer((text, socket, all) => {
    seatOrRelay(text, socket, all);
    if (!text.includes('"probe-') && text.startsWith('42["message"')) messages += 1;
    if (messages === 150) fake.tearDown();
  });
  const { code, said, results } = await bench(...hundreds, "--rounds=1", "--patience=5s", fake.target);
  fake.end();
  assert.equal(code, 4, said);
  assert.ok(results()[0].partial);
});

test("a server that is stopped in the last window fell silent", async () => {
  const { code, said, results } = await bench(...hundreds, "--rounds=1", "--patience=5s", mortalServer("at=message:150", "by=SIGSTOP"));
  assert.equal(code, 4, said);
  assert.match(said, /'mortal' fell silent/);
  assert.ok(results()[0].partial);
});

test("a server that ends while it warms up leaves nothing, and that is said", async () => {
  const { code, said, text } = await bench(...hundreds, "--rounds=1", mortalServer("at=message:50"));
  assert.equal(code, 4, said);
  assert.match(said, /'mortal' ended in the middle: .*nothing was measured/s);
  assert.equal(text, "");
});

test("idle: a server that ends while clients come in leaves what was weighed", async () => {
  const { code, said, results } = await bench("idle", "--connections=100", mortalServer("at=seat:75"));
  assert.equal(code, 4, said);
  const [result] = results();
  assert.match(result.partial, /'mortal' ended in the middle: .* of \d+ clients came in/);
  // The first twenty are not counted, so the sixth step of ten is where it ended.
  assert.equal(result.operations, 50);
  assert.equal(result.curve.length, 5);
});

test("idle: a server that ends takes nothing from the one that was done", async () => {
  const { code, said, results } = await bench("idle", "--connections=40", "--rest=20ms", mortalServer("at=seat:45"), server());
  assert.equal(code, 4, said);
  const [mortal, ours] = results();
  assert.ok(mortal.operations < 40);
  assert.equal(ours.operations, 40);
});

for (const [what, signal, sentence] of [["ends", "SIGKILL", /ended in the middle/], ["is stopped", "SIGSTOP", /fell silent/]]) {
  test(`idle: a server that ${what} at rest has no CPU time of a complete run`, async () => {
    const { code, said, results } = await bench("idle", "--connections=40", "--rest=500ms", "--patience=5s", mortalServer("at=seat:60", `by=${signal}`));
    assert.equal(code, 4, said);
    assert.match(said, sentence);
    const [result] = results();
    assert.match(result.partial, sentence);
    assert.ok(result.cpu_us === null || result.cpu_us.median < 1e9, JSON.stringify(result.cpu_us));
  });
}

test("an interrupt is heeded while clients come in", async () => {
  let run;
  let seats = 0;
  const fake = await fakeServer((text, socket, all) => {
    // The probe takes two seats.
    if (text.startsWith("42") && (seats += 1) === 40) run.child.kill("SIGINT");
    if (seats < 40) seatOrRelay(text, socket, all);
  });
  run = start("relay", "--pairs=100", "--patience=10min", fake.target);
  const { code, said } = await run.done;
  fake.end();
  assert.match(said, /interrupted; nothing was measured/);
  assert.equal(code, 4);
});

test("storm: a window that ends too soon does not keep clients out of the next ones", async () => {
  // Starts are: the first, the one that warms up, and one for each round. After the second round
  // comes a window of the other server, in which those who were turned away would try again.
  const faulty = mortalServer(`starts=${path.join(folder, "starts")}`, "turns-away=4");
  const { code, said, results } = await bench(
    "storm", "--drop=kill", "--connections=20", "--rounds=3", "--patience=10s", "--backoff=1ms", faulty, server(),
  );
  assert.equal(code, 0, said);
  const [result, other] = results();
  assert.equal(result.first_error, "16 of 20 are not back");
  assert.equal(result.errors, 1);
  assert.equal(result.operations, 2 * 20 + 4);
  assert.equal(other.errors, 0);
});
