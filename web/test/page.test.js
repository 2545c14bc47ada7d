// What a signaler has to do with its page, in a window made of two event targets.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eventually, Inbox } from "../../tests/e2e/support/deadline.js";
import { PlainServer } from "./support/plain_server.js";
import { watchTimers } from "./support/timers.js";
import { newWorld } from "./support/world.js";

const heard = ["online", "pageshow", "pagehide", "resume", "visibilitychange"];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const wakes = {
  online: () => window.dispatchEvent(new Event("online")),
  "shown again": () => window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })),
  awake: () => document.dispatchEvent(new Event("resume")),
};

describe("web.page", () => {
  const world = newWorld(() => PlainServer.start());
  const { load } = world;

  beforeEach(() => {
    globalThis.window = new EventTarget();
    globalThis.document = new EventTarget();
  });

  afterEach(() => {
    delete globalThis.window;
    delete globalThis.document;
  });

  for (const [what, wake] of Object.entries(wakes)) {
    it(`that is ${what} while its connection has died in silence has another at once`, async () => {
      const alice = await world.loadApart("alice", { probeMs: 50 });
      await alice.opens("r1");
      alice.network.freeze();
      wake();
      await alice.disconnected.next("loss");
      await alice.recovered.next("recovery");
    });
  }

  for (const transports of [["websocket"], ["polling"]])
    it(`that is online keeps a connection that lives: ${transports}`, async (t) => {
      const alice = await load("alice", { io: { transports }, probeMs: 12_345 });
      const timers = watchTimers(12_345);
      t.after(timers.unwatch);
      for (let round = 0; round < 2; round += 1) {
        wakes.online();
        assert.equal(timers.size, 1);
        await eventually("an answer", () => timers.size === 0);
      }
      assert.equal(await alice.socket.emitWithAck("echo", 1), 1);
      assert.deepEqual(alice.disconnected.all, []);
    });

  it("that is online gives a connection that says nothing up after three seconds, unless told otherwise", async (t) => {
    const alice = await world.loadApart("alice");
    await alice.opens("r1");
    alice.network.freeze();
    const timers = watchTimers(3000);
    t.after(timers.unwatch);
    wakes.online();
    assert.deepEqual([timers.size, alice.signaler.state], [1, "connected"]);
    timers.comeDue();
    assert.equal(alice.signaler.state, "reconnecting");
    await alice.recovered.next("recovery");
  });

  it("that wakes again before it has an answer asks no second time", async (t) => {
    const alice = await load("alice");
    const sent = t.mock.method(alice.socket.io, "_packet");
    for (let round = 0; round < 9; round += 1) wakes.online();
    const probes = sent.mock.calls.filter((call) => call.arguments[0].nsp === "/signaler-probe");
    assert.equal(probes.length, 1);
  });

  it("that is online leaves no namespace behind on a server of which every name is one", async () => {
    world.server.io.of(/./);
    const alice = await load("alice");
    const [left, came] = [new Inbox("ends"), new Inbox("connections")];
    world.server.io.on("new_namespace", (nsp) =>
      nsp.on("connection", (socket) => {
        came.push(nsp.name);
        socket.on("disconnect", (reason) => left.push(reason));
      }),
    );
    wakes.online();
    assert.equal(await came.next(), "/signaler-probe");
    assert.equal(await left.next(), "client namespace disconnect");
    assert.deepEqual(alice.disconnected.all, []);
  });

  const listeners = () =>
    heard.filter((name) => [window, document].some((one) => getEventListeners(one, name).length > 0));

  it("is listened to as long as the signaler is not closed", async (t) => {
    const intervals = new Set();
    const { setInterval, clearInterval } = globalThis;
    t.after(() => Object.assign(globalThis, { setInterval, clearInterval }));
    globalThis.setInterval = (action, ms) => {
      const timer = setInterval(action, ms);
      if (ms === 5000) intervals.add(timer); // the server, which is in this process, has others
      return timer;
    };
    globalThis.clearInterval = (timer) => {
      intervals.delete(timer);
      clearInterval(timer);
    };
    const alice = await load("alice");
    alice.signaler.off("closed");
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual([listeners(), intervals.size], [heard, 1]);
      collectGarbage(); // Node forgets by that what it should do when a signal comes
      alice.signaler.close();
      assert.deepEqual([listeners(), intervals.size], [[], 0]);
      await alice.opens("r1"); // whoever wants something is there again
    }
    for (const one of [window, document])
      for (const name of heard) assert.ok(getEventListeners(one, name).length < 2, name);
  });
});
