// The queue of what was emitted: order, bounds, exactly one answer.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Emission, Outgoing } from "../src/outgoing.js";

/** A queue whose way out is an array; `keeps` says whether emissions stay until they are settled. */
function queue({ limit = 10, keeps = false } = {}) {
  const sent = [];
  const dropped = [];
  const outgoing = new Outgoing({
    limit,
    transmit: (emission) => (sent.push(emission.args[0]), keeps),
    onDrop: (emission) => dropped.push(emission.args[0]),
  });
  const add = (...names) => names.map((name) => {
    const emission = new Emission([name]);
    outgoing.add(emission);
    return emission;
  });
  return { outgoing, add, sent, dropped };
}

describe("web.outgoing", () => {
  it("keeps what is emitted offline and sends it in order, once", () => {
    const { outgoing, add, sent } = queue();
    add("a", "b");
    assert.deepEqual(sent, []);
    outgoing.open();
    add("c");
    outgoing.close();
    add("d");
    outgoing.open();
    assert.deepEqual(sent, ["a", "b", "c", "d"]);
    assert.equal(outgoing.length, 0);
  });

  it("drops the oldest and tells of it", () => {
    const { outgoing, add, sent, dropped } = queue({ limit: 2 });
    add("a", "b", "c", "d");
    assert.deepEqual(dropped, ["a", "b"]);
    outgoing.open();
    assert.deepEqual(sent, ["c", "d"]);
  });

  it("sends again what was not settled, and nothing that was", () => {
    const { outgoing, add, sent } = queue({ keeps: true });
    outgoing.open();
    const [a, b, c] = add("a", "b", "c");
    outgoing.settle(b);
    outgoing.close();
    add("d");
    outgoing.open();
    assert.deepEqual(sent, ["a", "b", "c", "a", "c", "d"]);
    for (const one of [a, c]) outgoing.settle(one);
    assert.equal(outgoing.length, 1);
  });

  it("goes on in step after dropping one that was sent and not settled", () => {
    const { outgoing, add, sent, dropped } = queue({ limit: 2, keeps: true });
    outgoing.open();
    add("a", "b", "c");
    assert.deepEqual([sent, dropped], [["a", "b", "c"], ["a"]]);
    outgoing.close();
    outgoing.open();
    assert.deepEqual(sent.slice(3), ["b", "c"]);
  });
});

describe("web.emission", () => {
  it("answers once, with an error first only where one is wanted", () => {
    const seen = [];
    const plain = new Emission(["e", (...answer) => seen.push(answer)]);
    plain.answer([1, 2]);
    plain.answer([3]);
    const ack = (...answer) => seen.push(answer);
    ack.withError = true;
    new Emission(["e", ack]).answer([4]);
    new Emission(["e", (...answer) => seen.push(answer)]).fail(new Error("unheard"));
    assert.deepEqual(seen, [[1, 2], [null, 4]]);
  });

  it("fails after its timeout, counted from the emit", async () => {
    const error = await new Promise((resolve) => new Emission(["e", resolve], { timeout: 1 }));
    assert.match(error.message, /timed out/);
  });
});
