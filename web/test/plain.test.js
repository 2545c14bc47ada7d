// With a server that knows nothing of us: what the stock client gives, and what the script does by itself.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { eventually } from "../../tests/e2e/support/deadline.js";
import { PlainServer } from "./support/plain_server.js";
import { areBack, newWorld } from "./support/world.js";

const world = newWorld(() => PlainServer.start());
const { load } = world;

/** Those that arrived of one event, with their arguments. */
const arrived = (name) => world.server.arrived.filter(([event]) => event === name).map(([, ...args]) => args);

describe("web.plain server", () => {
  it("opens, joins, and hands messages on as they are", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    const joined = bob.joins("r1");
    bob.says({ from: "bob" });
    assert.equal(await alice.opens("r1"), "r1");
    assert.equal(await joined, "r1");
    assert.deepEqual(await alice.hears(), { from: "bob" });
    assert.deepEqual(arrived("message"), [[{ from: "bob" }]]);
    assert.equal(alice.signaler.id, undefined);
  });

  it("takes rooms again, asks again, and says that something may be missing", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    const answers = [];
    bob.signaler.getRoomFromServer("r2", (room) => answers.push(room));
    world.server.breakConnections();
    await areBack(alice, bob);
    alice.says("again");
    assert.equal(await bob.hears(), "again");
    await alice.opens("r2");
    await eventually("the answer", () => answers.length > 0);
    world.server.breakConnections();
    await areBack(alice, bob);
    assert.deepEqual(answers, ["r2"]);
    assert.deepEqual(bob.gap.all, Array(2).fill({ reason: "reconnect", rooms: [] }));
    assert.deepEqual(bob.connected.all.map(({ recovered }) => recovered), [false, false, false]);
  });

  it("gets what was emitted while offline in order and once", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    world.server.breakConnections();
    await bob.disconnected.next("cut");
    for (const n of [1, 2, 3]) bob.says(n);
    await areBack(alice, bob);
    bob.says(4);
    assert.deepEqual(await alice.messages.take(4), [1, 2, 3, 4]);
    assert.deepEqual(arrived("message"), [[1], [2], [3], [4]]);
    assert.equal(bob.signaler.queued, 0);
  });

  it("gets once what is emitted just when the connection is found dead", async () => {
    const bob = await load("bob");
    // As after a sleep: the time for the next ping has passed, and the timer that says so comes later.
    bob.socket.io.engine._pingTimeoutTime = 1;
    bob.says("in that moment");
    const question = bob.socket.emitWithAck("echo", 42);
    await areBack(bob);
    assert.equal(await question, 42);
    assert.deepEqual([arrived("message"), arrived("echo")], [[["in that moment"]], [[42]]]);
  });

  it("loses an answer with its connection, and says so to who wants to know", async () => {
    const bob = await load("bob");
    await assert.rejects(
      Promise.all([bob.socket.emitWithAck("never answered"), world.server.breakConnections()]),
      /disconnected/,
    );
  });

  it("lets go of one room by a new connection without it", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await Promise.all([alice.opens("r1"), alice.opens("r2")]);
    await bob.joins("r1");
    await alice.signaler.leaveRoom("r1");
    await areBack(alice);
    bob.says("is anybody here?");
    await bob.joins("r2");
    alice.says("in r2");
    assert.equal(await bob.hears(), "in r2");
    assert.deepEqual(alice.messages.all, []);
  });

  it("makes no owner of who takes an opening back", async () => {
    const [alice, bob, carol] = [await load("alice"), await load("bob"), await load("carol")];
    await alice.opens("r1");
    await bob.joins("r1");
    const patience = new AbortController();
    const opening = bob.signaler.createNewRoomOnServer("r1", { signal: patience.signal });
    patience.abort();
    await assert.rejects(opening, { name: "AbortError" });
    await bob.connected.next("new connection");
    await bob.joins("r1");
    alice.leaves();
    await eventually("alice's leaving", () => world.server.sockets.length === 2);
    const wait = carol.joins("r1").catch(({ code }) => code);
    await carol.socket.emitWithAck("echo"); // asked before, so an answer would be here before
    carol.leaves();
    assert.equal(await wait, "closed");
  });

  it("gives a seat back that came when nobody waited any more", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    const patience = new AbortController();
    const wait = bob.signaler.getRoomFromServer("r1", { signal: patience.signal });
    await eventually("the question", () => arrived("get-session-info").length === 1);
    patience.abort();
    await assert.rejects(wait, { name: "AbortError" });
    await alice.opens("r1");
    await bob.connected.next("new connection");
    alice.says("to nobody");
    await alice.socket.emitWithAck("echo");
    assert.deepEqual(bob.messages.all, []);
  });

  it("recovers by the stock client's own means where the server offers that", async () => {
    await world.replace(() => PlainServer.start({ connectionStateRecovery: {} }));
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    alice.says("before");
    assert.equal(await bob.hears(), "before");
    const [{ conn }] = world.server.sockets.filter(({ id }) => id === bob.socket.id);
    conn.close();
    await bob.disconnected.next("cut");
    alice.says("while away");
    await areBack(bob);
    assert.equal(await bob.hears(), "while away");
    assert.deepEqual([bob.connected.all.at(-1).recovered, bob.gap.all], [true, []]);
  });
});

describe("web.plain server that recovers", () => {
  let alice, bob;

  beforeEach(async () => {
    await world.replace(() => PlainServer.start({ connectionStateRecovery: {} }));
    alice = await load("alice");
    bob = await world.loadApart("bob");
    await alice.opens("r1");
    await bob.joins("r1");
    alice.says("before");
    await bob.hears();
    bob.network.cut();
    await bob.disconnected.next("cut");
    alice.says("while away");
    await alice.socket.emitWithAck("echo");
  });

  it("has its page back also when the page throws at what it has missed", async (t) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    t.after(() => delete globalThis.reportError);
    bob.socket.prependAny((event, word) => {
      if (word === "while away") throw new Error("mine");
    });
    bob.network.mend();
    await areBack(bob);
    alice.says("afterwards");
    assert.equal(await bob.hears(), "afterwards");
    assert.deepEqual(reported, ["mine"]);
  });

  it("is heard once when a connection breaks in the middle of what was missed", async () => {
    const [missed] = world.server.io.of("/").adapter.packets.slice(-1);
    // Between two attempts, or it would be as if the next one had brought it before it was made.
    await new Promise((resolve) => bob.signaler.once("reconnecting", resolve));
    bob.socket.receiveBuffer.push([...missed.data]); // it came, and the answer to CONNECT did not
    bob.network.mend();
    await areBack(bob);
    alice.says("afterwards");
    assert.deepEqual(await bob.messages.take(2), ["while away", "afterwards"]);
    assert.deepEqual(bob.messages.all.length, 3);
  });
});
