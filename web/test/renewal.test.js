// Pages that are connected for longer than their tokens are good: they get new ones in time.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually, Inbox } from "../../tests/e2e/support/deadline.js";
import { Renewal, renewAfterMs } from "../src/renewal.js";
import { SpeakingServer } from "./support/speaking_server.js";
import { watchTimers } from "./support/timers.js";
import { areBack, newWorld } from "./support/world.js";

describe("web.renewal", () => {
  let asked, renewal;
  beforeEach(() => {
    asked = 0;
    renewal = new Renewal(() => (asked += 1));
  });

  /** From now on, in `t`, time passes by `tick` alone. */
  const withClock = (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    return (ms) => t.mock.timers.tick(ms);
  };

  it("is asked for every twelve hours, also of who does not answer", (t) => {
    const tick = withClock(t);
    renewal.begin();
    tick(renewAfterMs - 1);
    assert.equal(asked, 0);
    tick(1);
    assert.equal(asked, 1);
    for (let round = 0; round < 3; round += 1) tick(renewAfterMs);
    assert.equal(asked, 4);
    renewal.end();
    tick(2 * renewAfterMs);
    assert.equal(asked, 4);
  });

  it("is asked for when half of the life has gone that the server says, within reason", (t) => {
    const tick = withClock(t);
    for (const [lifeMs, afterMs] of [
      [60_000, 30_000],
      [10, 1000],
      [-1, 1000],
      [1e12, 2 ** 31 - 1],
      ["soon", renewAfterMs],
      [null, renewAfterMs],
    ]) {
      renewal.begin(lifeMs);
      tick(afterMs - 1);
      assert.equal(asked, 0, String(lifeMs));
      tick(1);
      assert.equal(asked, 1, String(lifeMs));
      renewal.end();
      asked = 0;
    }
  });

  it("starts anew with each token", (t) => {
    const tick = withClock(t);
    renewal.begin();
    tick(renewAfterMs - 1);
    renewal.begin();
    tick(renewAfterMs - 1);
    assert.equal(asked, 0);
    tick(1);
    assert.equal(asked, 1);
  });

  it("is made up for when the page wakes, once", (t) => {
    const tick = withClock(t);
    renewal.wake(); // there is no token yet
    renewal.begin();
    renewal.wake();
    assert.equal(asked, 0);
    t.mock.timers.setTime(Date.now() + renewAfterMs); // asleep: no timer comes
    renewal.wake();
    renewal.wake();
    assert.equal(asked, 1);
    renewal.end();
    tick(renewAfterMs);
    renewal.wake();
    assert.equal(asked, 1);
  });
});

let timers; // of twelve hours

const watch = () => (timers = watchTimers(renewAfterMs));
const unwatch = () => timers.unwatch();

describe("web.renewal, of a page", () => {
  const world = newWorld(() => SpeakingServer.start({}, { pingInterval: 50 }));
  const { load } = world;
  let server;

  beforeEach(() => {
    ({ server } = world);
    watch();
  });
  afterEach(unwatch);

  const asked = (event) => server.arrived.filter((one) => one.event === event);

  it("gives it tokens for itself and for the rooms that it owns", async () => {
    const alice = await load("alice");
    await alice.opens("mine");
    await alice.joins("another's");
    const before = server.arrived.length;
    timers.comeDue();
    await eventually("new tokens", () => server.arrived.length === before + 2);
    const [renewal, opening] = server.arrived.slice(before);
    assert.deepEqual([renewal.event, renewal.args, renewal.numbered], ["signaler-renew", [], null]);
    assert.deepEqual([opening.event, opening.args], ["keep-in-server", ["mine", { token: "token of mine" }]]);
    await alice.socket.emitWithAck("message", "answers have come");
    server.breakConnections();
    await areBack(alice);
    assert.equal(server.announcements.at(-1).token, "token 1, renewed");
    await eventually("the third opening", () => asked("keep-in-server").length === 3);
    const shown = asked("keep-in-server").at(-1).args;
    assert.deepEqual(shown, ["mine", { token: "token of mine, renewed" }]);
    assert.deepEqual([alice.gap.all, timers.size], [[], 1]);
  });

  it("is asked for when it wakes and twelve hours have gone", async (t) => {
    Object.assign(globalThis, { window: new EventTarget(), document: new EventTarget() });
    t.after(() => (delete globalThis.window, delete globalThis.document));
    const alice = await load("alice");
    const { now } = Date;
    t.mock.method(Date, "now", () => now() + renewAfterMs);
    // It hears of the server at that time, so that there is no doubt about the connection.
    await new Promise((resolve) => alice.socket.io.once("ping", resolve));
    window.dispatchEvent(new Event("online"));
    await eventually("the question", () => asked("signaler-renew").length === 1);
    window.dispatchEvent(new Event("online"));
    await alice.socket.emitWithAck("message", "what it would have said came before");
    assert.equal(asked("signaler-renew").length, 1);
    assert.deepEqual(alice.disconnected.all, []);
  });

  it("is missed by nobody where the server does not know it", async () => {
    server.renews = false;
    const alice = await load("alice");
    await alice.opens("mine");
    timers.comeDue();
    await alice.socket.emitWithAck("message", "all that it asks came before");
    assert.deepEqual([asked("signaler-renew").length, asked("keep-in-server").length], [1, 1]);
    assert.equal(timers.size, 1);
    server.breakConnections();
    await areBack(alice);
    assert.equal(server.announcements.at(-1).token, "token 1");
    assert.deepEqual([alice.refused.all, alice.gap.all], [[], []]);
  });

  it("is not asked for without a connection, nor of a server that gives no token", async () => {
    server.greets = false;
    const [alice, bob] = [await load("alice"), await load("bob")];
    assert.equal(timers.size, 0);
    server.greetLate();
    await eventually("their tokens", () => timers.size === 2);
    alice.leaves();
    assert.equal(timers.size, 1);
    bob.leaves();
    assert.equal(timers.size, 0);
  });
});

describe("web.renewal, of a page of the real server", () => {
  const world = newWorld();
  beforeEach(watch);
  afterEach(unwatch);

  it("gives it tokens, the rooms' too, that count when it comes back", async () => {
    await world.restart({ grace: undefined, "exclusive-rooms": true });
    const alice = await world.loadApart("alice");
    await alice.opens("r1");
    const answers = new Inbox("answers");
    alice.socket.io.on("packet", ({ type, data }) => type === 3 && answers.push(data[0]));
    timers.comeDue();
    const renewal = await answers.next("a token");
    assert.deepEqual([Object.keys(renewal), renewal.ok], [["ok", "token"], true]);
    const opening = await answers.next("a token of the room");
    assert.deepEqual([opening.ok, opening.room, opening.role], [true, "r1", "owner"]);
    const { id } = alice.signaler;
    const shown = new Promise((resolve) => alice.socket.auth(resolve));
    assert.equal((await shown).signaler.token, renewal.token);
    alice.network.cut();
    await alice.disconnected.next("cut");
    alice.network.mend();
    await areBack(alice);
    assert.deepEqual([alice.signaler.id, alice.gap.all, alice.refused.all], [id, [], []]);
    assert.equal((await world.server.totals()).wrong_claims, 0);
  });
});
