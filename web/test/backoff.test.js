// Delays between attempts, with the randomness given.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backoff } from "../src/backoff.js";

const delays = (backoff, count) => Array.from({ length: count }, () => backoff.next().delayMs);

describe("web.backoff", () => {
  it("doubles up to its limit and starts again after a success", () => {
    const backoff = new Backoff({ minMs: 100, maxMs: 1000 }, () => 1);
    assert.deepEqual(delays(backoff, 6), [100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    assert.deepEqual(backoff.next(), { attempt: 1, delayMs: 100 });
  });

  it("goes from a quarter of a second to five seconds unless told otherwise", () => {
    const backoff = new Backoff({}, () => 1);
    assert.deepEqual(delays(backoff, 7), [250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it("never waits less than half of the limit", () => {
    const backoff = new Backoff({ minMs: 100, maxMs: 1000 }, () => 0);
    assert.deepEqual(delays(backoff, 5), [50, 100, 200, 400, 500]);
  });

  it("stays at the limit however often it fails", () => {
    const backoff = new Backoff({ minMs: 1, maxMs: 5000 }, () => 1);
    assert.equal(delays(backoff, 5000).at(-1), 5000);
  });

  it("takes what the server suggests, unless it is nonsense", () => {
    const backoff = new Backoff({ minMs: 100, maxMs: 1000 }, () => 1);
    for (const bad of [undefined, {}, { minMs: 0, maxMs: 5 }, { minMs: 9, maxMs: 5 }, { minMs: "x" }]) {
      backoff.suggest(bad);
    }
    assert.deepEqual(delays(backoff, 2), [100, 200]);
    backoff.suggest({ minMs: 1000, maxMs: 60000 });
    assert.equal(backoff.next().delayMs, 4000);
  });
});
