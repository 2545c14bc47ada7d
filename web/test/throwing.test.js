// What the page throws while it is sent something of its own: that one is lost and told, and nothing behind it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "../../tests/e2e/support/deadline.js";
import { Server } from "../../tests/e2e/support/server.js";
import { PlainServer } from "./support/plain_server.js";
import { areBack, newWorld } from "./support/world.js";

const world = newWorld(() => Server.start({ grace: undefined }));

let reported;
beforeEach(() => {
  reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
});
afterEach(() => delete globalThis.reportError);

/** A page that throws at what is sent with the word "bad", and one in the same room. */
async function twoInARoom() {
  const [alice, bob] = [await world.loadApart("alice"), await world.load("bob")];
  await alice.opens("r1");
  await bob.joins("r1");
  alice.socket.onAnyOutgoing((event, word) => {
    if (word === "bad") throw new Error("mine");
  });
  return [alice, bob];
}
const bad = { event: "message", args: ["bad"], reason: "malformed" };

describe("web.throwing", () => {
  it("loses what a listener throws at, tells of it, and has everything behind it arrive", async () => {
    const [alice, bob] = await twoInARoom();
    for (const word of ["before", "bad", "behind", "bad", "last"]) alice.says(word);
    assert.deepEqual(await bob.messages.take(3), ["before", "behind", "last"]);
    assert.deepEqual([alice.dropped.all, reported], [[bad, bad], ["mine", "mine"]]);
    await eventually("empty queue", () => alice.signaler.queued === 0);
    assert.deepEqual([alice.disconnected.all, alice.refused.all], [[], []]);
  });

  it("loses nothing else when that was emitted offline", async () => {
    const [alice, bob] = await twoInARoom();
    alice.network.cut();
    await alice.disconnected.next("loss");
    for (const word of ["before", "bad", "behind"]) alice.says(word);
    alice.network.mend();
    assert.deepEqual(await bob.messages.take(2), ["before", "behind"]);
    await alice.recovered.next("recovery");
    assert.deepEqual([alice.dropped.all, alice.refused.all], [[bad], []]);
  });

  it("tells the server of one that has a number and is thrown at when it goes again", async () => {
    const [alice, bob] = await twoInARoom();
    alice.network.stall(); // they go out, and do not arrive
    for (const word of ["before", "unlucky", "behind"]) alice.says(word);
    alice.socket.onAnyOutgoing((event, word) => {
      if (word === "unlucky") throw new Error("mine");
    });
    alice.network.mend();
    assert.deepEqual(await bob.messages.take(2), ["before", "behind"]);
    assert.deepEqual(alice.dropped.all, [{ ...bad, args: ["unlucky"] }]);
    assert.deepEqual(alice.refused.all, []);
  });

  it("loses what can be encoded when it is looked at, and not any more when it is sent", async () => {
    const [alice, bob] = await twoInARoom();
    let isSent = false;
    const fickle = {
      toJSON() {
        if (isSent) throw new Error("mine");
        return 1;
      },
    };
    alice.socket.prependAnyOutgoing(() => (isSent = true));
    alice.says(fickle);
    alice.says("behind");
    assert.equal(await bob.hears(), "behind");
    assert.deepEqual([alice.dropped.all, alice.refused.all], [[{ ...bad, args: [fickle] }], []]);
  });

  it("sends in order what the listener emits before it throws", async () => {
    const [alice, bob] = await twoInARoom();
    alice.socket.prependAnyOutgoing((event, word) => word === "bad" && alice.says("instead"));
    for (const word of ["before", "bad", "behind"]) alice.says(word);
    assert.deepEqual(await bob.messages.take(3), ["before", "instead", "behind"]);
    assert.deepEqual([alice.dropped.all, alice.refused.all], [[bad], []]);
  });

  it("sends again what was in hand when a listener broke the connection", async () => {
    const [alice, bob] = await twoInARoom();
    let isBroken = false;
    alice.socket.onAnyOutgoing((event, word) => {
      if (word !== "breaks" || isBroken) return;
      isBroken = true;
      alice.socket.io.engine._onClose("transport close");
    });
    for (const word of ["before", "breaks", "behind"]) alice.says(word);
    assert.deepEqual(await bob.messages.take(3), ["before", "breaks", "behind"]);
    assert.deepEqual([alice.dropped.all, alice.refused.all], [[], []]);
  });

  it("gives the callback of what is thrown at the error, and does not pass its flags on", async () => {
    const [alice] = await twoInARoom();
    const asked = alice.socket.compress(false).timeout(10_000).emitWithAck("message", "bad");
    await assert.rejects(asked, { code: "dropped", event: "message" });
    assert.deepEqual(alice.socket.flags, {});
  });

  it("comes back and keeps its queue going when a listener throws at everything", async () => {
    const [alice] = await twoInARoom();
    alice.socket.onAnyOutgoing(() => {
      throw new Error("everything");
    });
    alice.network.cut();
    await alice.disconnected.next("loss");
    alice.network.mend();
    await areBack(alice);
    alice.says("next");
    assert.deepEqual(alice.dropped.all, [{ ...bad, args: ["next"] }]);
  });

  it("goes on with servers that count nothing, too", async () => {
    await world.replace(() => PlainServer.start());
    const alice = await world.load("alice");
    alice.socket.onAnyOutgoing((event, word) => {
      if (word === "bad") throw new Error("mine");
    });
    alice.socket.emit("echo", "bad", () => {});
    assert.equal(await alice.socket.emitWithAck("echo", "good"), "good");
    assert.deepEqual(alice.dropped.all, [{ event: "echo", args: ["bad"], reason: "malformed" }]);
  });
});
