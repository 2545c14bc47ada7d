// Connections that break in every way at random, under pages and stock clients that talk all the
// time: nothing lost, nothing twice, nothing out of order. Longer by hand: npm run chaos.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Chaos } from "./support/chaos.js";

const seconds = Number(process.env.SIGNALER_CHAOS_SECONDS ?? 20);

const neverDone = (done) => Object.keys(done).filter((what) => done[what] === 0);

// Both at once: their networks are their own, and what they do most is to wait.
describe("web.chaos", { concurrency: true }, () => {
  it("loses nothing while networks break, and announces no gap", async () => {
    const { done, faults } = await Chaos.run({ seconds, seed: 1, kills: false });
    assert.deepEqual(faults, []);
    assert.deepEqual(neverDone(done), ["kills"]);
  });

  it("loses nothing in silence while the server is killed as well", async () => {
    const { done, faults } = await Chaos.run({ seconds, seed: 2, kills: true });
    assert.deepEqual(faults, []);
    assert.deepEqual(neverDone(done), []);
  });
});
