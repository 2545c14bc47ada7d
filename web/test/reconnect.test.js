// Lost connections, lost servers: what a page gets back by itself, from a server that forgets.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { within } from "../../tests/e2e/support/deadline.js";
import { embeddingCommand } from "../../tests/e2e/support/server.js";
import { areBack, newWorld } from "./support/world.js";

const world = newWorld();
let proxy;
beforeEach(async () => (proxy = await world.network()));

/** All behind one network. */
const visit = (name, options) => world.visit(name, { through: proxy, ...options });
const load = (name, options) => world.load(name, { through: proxy, ...options });

describe("web.reconnect", () => {
  it("opens and joins while the server is still down", async () => {
    await world.kill();
    const [alice, bob] = [visit("alice"), visit("bob")];
    const opened = alice.opens("r1");
    const joined = bob.joins("r1");
    await alice.reconnecting.next("attempt");
    assert.equal(alice.signaler.state, "reconnecting");
    await world.restart();
    assert.deepEqual(await Promise.all([opened, joined]), ["r1", "r1"]);
  });

  it("comes back also when what the page does about it throws", async (t) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    const alice = await load("alice");
    await alice.opens("r1");
    const bob = await load("bob");
    for (const event of ["disconnected", "reconnecting", "connected", "gap", "recovered"])
      alice.signaler.on(event, () => {
        throw new Error(event);
      });
    await world.restart();
    await areBack(alice, bob);
    assert.equal(await bob.joins("r1"), "r1");
    for (const event of ["disconnected", "connected", "recovered"])
      assert.ok(reported.includes(event), `"${event}" was reported: ${reported}`);
  });

  it("keeps one socket object and takes its rooms again, three times in a row", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    const { socket } = alice.signaler;
    await alice.opens("r1");
    await bob.joins("r1");
    for (let round = 1; round <= 3; round += 1) {
      await world.restart();
      await areBack(alice, bob);
      alice.says({ round });
      assert.deepEqual(await bob.hears(), { round });
      bob.says({ answer: round });
      assert.deepEqual(await alice.hears(), { answer: round });
    }
    assert.equal(alice.signaler.socket, socket);
    assert.deepEqual([alice.messages.all.length, bob.messages.all.length], [3, 3]);
    const carol = await load("carol");
    assert.equal(await carol.joins("r1"), "r1");
  });

  it("comes in by itself when a server that was full has room again", async () => {
    // As places come free one by one, it may poll and be refused the connection for its words, and the session
    // that it gives up then takes a place: so there is room for all that, and for three connections of it, in the end.
    await world.restart({ "max-connections": 6 });
    const hogs = [];
    for (const name of ["one", "two", "three", "four", "five", "six"]) hogs.push(await world.load(`hog ${name}`));
    const carol = world.visit("carol");
    const opened = carol.opens("r1");
    await carol.reconnecting.next("refusal");
    const { attempt } = await carol.reconnecting.next("one more");
    assert.equal(attempt, 2);
    const { refused_connections, refused_sessions } = await world.server.totals();
    assert.ok(refused_connections + refused_sessions > 0);
    for (const hog of hogs.slice(1)) hog.leaves();
    assert.equal(await opened, "r1");
    assert.deepEqual([carol.refused.all, carol.closed.all], [[], []]);
  });

  it("comes back after an orderly stop, when the server said", async () => {
    await world.restart({ grace: undefined, "drain-after": "300ms", "drain-rate": 10 });
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    world.server.child.kill("SIGTERM");
    await within(world.server.exited, "end of the server");
    await world.restart();
    await areBack(alice, bob);
    for (const page of [alice, bob]) {
      const { delayMs } = await page.reconnecting.next("announced return");
      assert.ok(delayMs >= 300 && delayMs <= 500, String(delayMs));
    }
    alice.says("again");
    assert.equal(await bob.hears(), "again");
  });

  it("sends what was emitted while cut off, in order and once", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    proxy.cut();
    await Promise.all([alice.reconnecting.next("cut"), bob.reconnecting.next("cut")]);
    for (const n of [1, 2, 3]) bob.says({ n });
    assert.equal(bob.signaler.queued, 3);
    alice.signaler.connect();
    proxy.mend();
    await areBack(alice, bob);
    alice.says("mark");
    assert.equal(await bob.hears(), "mark");
    bob.says("end");
    for (const n of [1, 2, 3]) assert.deepEqual(await alice.hears(), { n });
    assert.equal(await alice.hears(), "end");
  });

  it("asks again for what was not answered, and answers once", async () => {
    const bob = await load("bob");
    const answers = [];
    const answered = new Promise((resolve) => {
      bob.signaler.getRoomFromServer("r1", (...args) => resolve(answers.push(args)));
    });
    for (let cuts = 0; cuts < 3; cuts += 1) {
      proxy.cut();
      await bob.reconnecting.next("cut");
      proxy.mend();
      await areBack(bob);
    }
    const alice = await load("alice");
    await alice.opens("r1");
    await within(answered, "answer");
    proxy.cut();
    proxy.mend();
    await areBack(bob);
    assert.deepEqual(answers, [["r1"]]);
  });

  it("drops the oldest beyond the limit and tells of it", async () => {
    const page = await load("alice", { queueLimit: 2 });
    proxy.cut();
    await page.reconnecting.next("cut");
    for (const n of [1, 2, 3]) page.says(n);
    assert.deepEqual(page.dropped.all, [{ event: "message", args: [1], reason: "full" }]);
    assert.equal(page.signaler.queued, 2);
  });

  it("says that something may be missing", async () => {
    const page = await load("alice");
    assert.deepEqual(page.gap.all, []);
    await world.restart();
    await areBack(page);
    assert.equal(page.gap.all.length, 1);
    assert.equal(typeof page.gap.all[0].reason, "string");
  });

  it("comes back after an orderly stop as well", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    await world.server.stop();
    const [opened, joined] = [alice.opens("r2"), bob.joins("r2")];
    await world.restart();
    await areBack(alice, bob);
    assert.deepEqual(await Promise.all([opened, joined]), ["r2", "r2"]);
    alice.says("hello");
    assert.equal(await bob.hears(), "hello");
  });

  it("leaves nothing behind on the server after leaving", async () => {
    const empty = await world.server.stats();
    const alice = await load("alice");
    await alice.opens("r1");
    for (let cuts = 0; cuts < 3; cuts += 1) {
      proxy.cut();
      await alice.reconnecting.next("cut");
      proxy.mend();
      await areBack(alice);
    }
    alice.leaves();
    await world.server.statsBecome({ seats: empty.seats, rooms: empty.rooms, sockets: empty.sockets });
  });
});

describe("web.seats after a restart", () => {
  it("are waited for before anything is said, also by whom the network fails once more", async () => {
    await world.restart({ grace: undefined });
    const alice = await load("alice");
    const bob = await world.loadApart("bob");
    const stranger = await load("a stranger in the lobby");
    await alice.opens("r1");
    await bob.joins("r1");
    proxy.cut();
    await world.restart({ grace: undefined });
    await bob.connected.next("connection to the new server");
    bob.says("to the room");
    await world.server.statsBecome({ parked: 1 });
    bob.network.cut();
    await bob.reconnecting.next("cut");
    bob.network.mend();
    assert.deepEqual((await bob.connected.next("one more connection")).recovered, true);
    assert.equal(bob.signaler.queued, 1);
    proxy.mend();
    await areBack(alice, stranger, bob);
    assert.equal(await alice.hears(), "to the room");
    bob.says("end");
    assert.equal(await alice.hears(), "end");
    assert.deepEqual(stranger.messages.all, []);
  });
});

describe("web.transports", () => {
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    it(`come back over ${transports.join(" and ")}`, async () => {
      const alice = await load("alice", { io: { transports } });
      const bob = await load("bob", { io: { transports } });
      await alice.opens("r1");
      await bob.joins("r1");
      proxy.cut();
      await Promise.all([alice.reconnecting.next("cut"), bob.reconnecting.next("cut")]);
      bob.says("said while cut");
      proxy.mend();
      await areBack(alice, bob);
      assert.equal(await alice.hears(), "said while cut");
      bob.says("said afterwards");
      assert.equal(await alice.hears(), "said afterwards");
    });
  }
});

describe("web.custom events", () => {
  it("are answered by a program's own handlers, over every reconnect", async () => {
    await world.restart({ "admin-port": undefined, grace: undefined }, embeddingCommand());
    const alice = await load("alice");
    const asks = (...question) =>
      within(new Promise((resolve) => alice.socket.emit("echo", ...question, (...answer) => resolve(answer))), "echo");
    for (const round of [1, 2, 3]) {
      assert.deepEqual(await asks({ round }, [null]), [{ round }, [null]]);
      proxy.cut();
      await alice.disconnected.next("cut");
      const later = asks("asked while cut", round);
      proxy.mend();
      assert.deepEqual(await later, ["asked while cut", round]);
    }
  });
});
