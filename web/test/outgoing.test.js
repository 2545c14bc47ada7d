// The queue of what was emitted: order, bounds, exactly one answer.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Emission, Outgoing } from "../src/outgoing.js";

/** A queue whose way out is an array; `keeps` says whether emissions stay until they are settled. */
function queue({ keeps = false, ...more } = {}) {
  const sent = [];
  const dropped = [];
  const reasons = [];
  const outgoing = new Outgoing({
    limit: 10,
    transmit: (emission) => (sent.push(emission.args[0]), keeps),
    onDrop: ({ args: [name] }, reason) => (dropped.push(name), reasons.push(reason)),
    ...more,
  });
  const put = (args, flags) => {
    const emission = new Emission(args, flags);
    outgoing.add(emission);
    return emission;
  };
  const add = (...names) => names.map((name) => put([name]));
  return { outgoing, put, add, sent, dropped, reasons };
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

  it("keeps a thousand that were never sent, and has ten thousand on their way, unless told otherwise", () => {
    const waiting = queue({ limit: undefined });
    for (let i = 0; i <= 1000; i += 1) waiting.add(i);
    assert.deepEqual([waiting.dropped, waiting.outgoing.length], [[0], 1000]);
    const silent = queue({ keeps: true });
    silent.outgoing.open();
    for (let i = 0; i <= 10_000; i += 1) silent.add(i);
    assert.equal(silent.sent.length, 10_000);
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

  it("never sends nor keeps what cannot be taken, which it asks each time", () => {
    const bad = new Set(["b"]);
    const faultOf = ({ args: [name] }) => (bad.has(name) ? "too-large" : undefined);
    const { outgoing, add, sent, dropped } = queue({ keeps: true, faultOf });
    add("a", "b", "c");
    assert.deepEqual(dropped, []);
    outgoing.open();
    assert.deepEqual([sent, dropped, outgoing.length], [["a", "c"], ["b"], 2]);
    outgoing.close();
    bad.add("a");
    outgoing.open();
    assert.deepEqual([sent.slice(2), dropped, outgoing.length], [["c"], ["b", "a"], 1]);
  });

  it("drops what cannot be handed over, reports why, and goes on with the next", (t) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    const sent = [];
    const transmit = ({ args: [name] }) => {
      if (name === "b") throw new Error("mine");
      return sent.push(name);
    };
    const { outgoing, add, dropped, reasons } = queue({ transmit });
    add("a", "b", "c");
    outgoing.open();
    assert.deepEqual([sent, outgoing.length], [["a", "c"], 2]);
    assert.deepEqual([dropped, reasons, reported], [["b"], ["malformed"], ["mine"]]);
    outgoing.close();
    outgoing.open();
    assert.deepEqual([sent.slice(2), dropped], [["a", "c"], ["b"]]);
  });

  it("sends again what was being handed over when the connection broke", () => {
    const sent = [];
    const transmit = ({ args: [name] }) => {
      if (name === "b" && !sent.includes("b")) outgoing.close();
      return sent.push(name);
    };
    const { outgoing, add } = queue({ transmit });
    outgoing.open();
    add("a", "b", "c");
    outgoing.open();
    assert.deepEqual([sent, outgoing.length], [["a", "b", "a", "b", "c"], 3]);
  });

  it("does not keep what was being handed over when the connection broke, if it would not keep it otherwise", () => {
    const sent = [];
    const transmit = ({ args: [name] }) => {
      sent.push(name);
      outgoing.close();
      return false;
    };
    const { outgoing, add } = queue({ transmit });
    outgoing.open();
    add("a");
    outgoing.open();
    assert.deepEqual([sent, outgoing.length], [["a"], 0]);
  });

  it("drops nothing that was sent, and may send it again", () => {
    const { outgoing, add, sent, dropped } = queue({ limit: 2, keeps: true });
    outgoing.open();
    add("a", "b", "c");
    assert.deepEqual([sent, dropped], [["a", "b", "c"], []]);
    outgoing.close();
    add("d", "e", "f");
    assert.deepEqual([dropped, outgoing.length], [["d"], 5]);
    outgoing.open();
    assert.deepEqual(sent.slice(3), ["a", "b", "c", "e", "f"]);
  });

  it("pauses when so many are on their way without a word, and drops only what waits behind", () => {
    const { outgoing, add, sent, dropped } = queue({ limit: 2, sentLimit: 3, keeps: true });
    outgoing.open();
    const all = add("a", "b", "c", "d", "e", "f");
    assert.deepEqual([sent, dropped], [["a", "b", "c"], ["d"]]);
    outgoing.settle(all[0]);
    assert.deepEqual(sent, ["a", "b", "c", "e"]);
    // A word about a later one says that the earlier ones were seen, whatever becomes of their answers.
    outgoing.settle(all[2]);
    assert.deepEqual(sent, ["a", "b", "c", "e", "f"]);
  });

  it("does not pause for questions, which may never be answered", () => {
    const { outgoing, put, add, sent } = queue({ sentLimit: 2, keeps: true });
    outgoing.open();
    for (const name of ["a", "b", "c"]) put([name, () => {}]);
    add("d");
    assert.deepEqual(sent, ["a", "b", "c", "d"]);
  });

  it("lets the others overtake what must wait, in the order of each", () => {
    let mayGo = false;
    const { outgoing, add, sent } = queue({ mayGo: ({ args: [name] }) => mayGo || name < "m" });
    outgoing.open();
    add("x", "a", "y", "b");
    assert.deepEqual(sent, ["a", "b"]);
    mayGo = true;
    outgoing.flush();
    assert.deepEqual(sent, ["a", "b", "x", "y"]);
  });

  it("keeps the order of sending when it sends again", () => {
    let mayGo = false;
    const { outgoing, add, sent } = queue({ keeps: true, mayGo: ({ args: [name] }) => mayGo || name < "m" });
    outgoing.open();
    add("x", "a");
    mayGo = true;
    outgoing.flush();
    outgoing.close();
    outgoing.open();
    assert.deepEqual(sent, ["a", "x", "a", "x"]);
  });

  it("lets nobody overtake what has a number: the server would take it for given up", () => {
    let mayGo = true;
    const { outgoing, put, add, sent } = queue({
      keeps: true,
      mayGo: ({ args: [name] }) => mayGo || name < "m",
    });
    outgoing.open();
    for (const [index, name] of ["x", "a"].entries()) put([name]).number = index + 1;
    outgoing.close();
    mayGo = false;
    add("b");
    outgoing.open();
    assert.deepEqual(sent, ["x", "a"]);
    mayGo = true;
    outgoing.flush();
    assert.deepEqual(sent.slice(2), ["x", "a", "b"]);
  });

  it("sends in order what a listener emits while another emit goes out", () => {
    const { outgoing, add, sent } = queue({
      transmit: ({ args: [name] }) => {
        if (name === "a") add("b");
        sent.push(name);
      },
    });
    outgoing.open();
    add("a", "c");
    assert.deepEqual(sent, ["a", "b", "c"]);
  });

  it("sends what is volatile at once or never, and never again", () => {
    const { outgoing, put, sent, dropped } = queue({ keeps: true });
    put(["offline"], { volatile: true });
    outgoing.open();
    put(["online"], { volatile: true });
    outgoing.close();
    outgoing.open();
    assert.deepEqual([sent, dropped, outgoing.length], [["online"], [], 0]);
  });

  it("sends nothing that has timed out, not for the first time and not again", async () => {
    const { outgoing, put, sent } = queue({ keeps: true });
    const lateOne = (name) => new Promise((resolve) => put([name, resolve], { timeout: 1 }));
    const offline = await lateOne("offline");
    outgoing.open();
    const online = await lateOne("online");
    outgoing.close();
    outgoing.open();
    assert.match(offline.message + online.message, /timed out.*timed out/);
    assert.deepEqual([sent, outgoing.length], [["online"], 0]);
  });

  it("takes out what has lost its meaning, and tells of it", () => {
    const { outgoing, add, sent, dropped } = queue();
    add("x", "a", "y");
    outgoing.drop(({ args: [name] }) => name > "m", "why");
    outgoing.open();
    assert.deepEqual([sent, dropped], [["a"], ["x", "y"]]);
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
