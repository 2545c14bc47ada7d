// Who hears what a page says while it takes its seats: those in the room that is meant, and nobody else.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embeddingCommand } from "../../tests/e2e/support/server.js";
import { watchTimers } from "./support/timers.js";
import { newWorld } from "./support/world.js";

const world = newWorld();
/** Each behind a network of its own. */
const load = world.loadApart;

describe("web.seats, the first", () => {
  it("is waited for by what is said after asking for it", async () => {
    const [alice, bob, stranger] = [await load("alice"), await load("bob"), await load("stranger")];
    const joined = bob.joins("r1");
    bob.says("meant for r1");
    await world.server.statsBecome({ parked: 1 });
    await alice.opens("r1");
    await joined;
    assert.equal(await alice.hears(), "meant for r1");
    stranger.says("in the lobby");
    await stranger.opens("r2");
    assert.deepEqual([alice.messages.all, stranger.messages.all], [["meant for r1"], []]);
  });

  it("is waited for by what was said offline", async () => {
    const [alice, bob, stranger] = [await load("alice"), await load("bob"), await load("stranger")];
    await alice.opens("r1");
    bob.network.cut();
    await bob.disconnected.next("cut");
    bob.says("one");
    const joined = bob.joins("r1");
    bob.says("two");
    bob.network.mend();
    await joined;
    assert.deepEqual(await alice.messages.take(2), ["one", "two"]);
    assert.deepEqual(stranger.messages.all, []);
  });

  it("is not waited for by custom events, which are for the program", async () => {
    await world.restart({ "admin-port": undefined }, embeddingCommand());
    const bob = await load("bob");
    const wait = bob.joins("nobody's room").catch(({ code }) => code);
    bob.says("meant for that room");
    assert.deepEqual(await bob.socket.timeout(5000).emitWithAck("echo", 42), 42);
    assert.equal(bob.signaler.queued, 1);
    bob.leaves();
    assert.equal(await wait, "closed");
  });

  it("takes with it what was said for it when it is given up", async () => {
    const [bob, stranger] = [await load("bob"), await load("stranger")];
    const wait = bob.joins("r1");
    bob.says("meant for r1");
    await Promise.all([assert.rejects(wait, { code: "left" }), bob.signaler.leaveRoom("r1")]);
    assert.deepEqual(bob.dropped.all, [{ event: "message", args: ["meant for r1"], reason: "no-room" }]);
    bob.says("in the lobby");
    assert.equal(await stranger.hears(), "in the lobby");
  });

  it("holds nobody up who sits in another room", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    const wait = bob.joins("nobody's room").catch(() => {});
    bob.says("still here");
    assert.equal(await alice.hears(), "still here");
    bob.leaves();
    await wait;
  });

  it("of one more room that is open hears what is said after asking, too", async () => {
    const [alice, bob, carol] = [await load("alice"), await load("bob"), await load("carol")];
    await alice.opens("r1");
    await carol.opens("r2");
    await bob.joins("r1");
    const joined = bob.joins("r2");
    bob.says("to both");
    await joined;
    assert.deepEqual([await alice.hears(), await carol.hears()], ["to both", "to both"]);
  });
});

describe("web.seats after a reconnect", () => {
  /** Bob is in alice's room, and the owner of one in which carol is; alice cannot come back. */
  async function withoutAlice(seatWaitMs) {
    const [alice, bob, carol] = [await load("alice"), await load("bob", { seatWaitMs }), await load("carol")];
    await Promise.all([alice.opens("r1"), bob.opens("r2")]);
    await Promise.all([bob.joins("r1"), carol.joins("r2")]);
    alice.network.cut();
    await world.restart();
    await bob.connected.next("connection to the new server");
    await carol.recovered.next("seat of carol"); // who is away herself hears nothing
    return [alice, bob, carol];
  }

  it("are waited for so long by what is said, then the others hear it", async () => {
    const [alice, bob, carol] = await withoutAlice(1);
    bob.says("to those who are there");
    assert.equal(await carol.hears(), "to those who are there");
    assert.deepEqual(bob.recovered.all, []);
    alice.network.mend();
    await bob.recovered.next("recovery");
    bob.says("to all");
    assert.deepEqual([await alice.hears(), await carol.hears()], ["to all", "to all"]);
  });

  it("are waited for fifteen seconds unless told otherwise", async (t) => {
    const timers = watchTimers(15_000);
    t.after(timers.unwatch);
    const [, bob, carol] = await withoutAlice();
    bob.says("to those who are there");
    assert.deepEqual([timers.size, bob.signaler.queued], [1, 1]);
    timers.comeDue();
    assert.equal(await carol.hears(), "to those who are there");
    assert.deepEqual(bob.recovered.all, []);
  });

  it("are waited for as long as it takes by whom the page wants", async () => {
    const [alice, bob, carol] = await withoutAlice(Infinity);
    bob.says("to all");
    await world.server.statsBecome({ parked: 1 });
    alice.network.mend();
    assert.deepEqual([await alice.hears(), await carol.hears()], ["to all", "to all"]);
  });

  it("keep what is said in the only room for those who come back to it", async () => {
    const [alice, bob] = [await load("alice"), await load("bob", { seatWaitMs: 1 })];
    const stranger = await load("stranger");
    await alice.opens("r1");
    await bob.joins("r1");
    alice.network.cut();
    await world.restart();
    await stranger.gap.next("gap");
    await bob.gap.next("gap");
    bob.says("meant for r1");
    await world.server.statsBecome({ parked: 1 });
    await stranger.opens("r2");
    alice.network.mend();
    assert.equal(await alice.hears(), "meant for r1");
    assert.deepEqual(stranger.messages.all, []);
  });
});

describe("web.seats, roles", () => {
  it("stay a member's when the page takes an opening back", async () => {
    const [alice, bob, carol] = [await load("alice"), await load("bob"), await load("carol")];
    await alice.opens("r1");
    await bob.joins("r1");
    const patience = new AbortController();
    const opening = bob.signaler.createNewRoomOnServer("r1", { signal: patience.signal });
    patience.abort();
    await assert.rejects(opening, { name: "AbortError" });
    bob.says("still a member");
    assert.equal(await alice.hears(), "still a member");
    // Were bob an owner, the room would stay open without alice.
    alice.leaves();
    await world.server.statsBecome({ sockets: 2 });
    const wait = carol.joins("r1").catch(({ code }) => code);
    await world.server.statsBecome({ parked: 1 });
    carol.leaves();
    assert.equal(await wait, "closed");
  });
});

describe("web.requests that a page emits itself", () => {
  const asked = (page, ...question) =>
    new Promise((resolve) => page.socket.emit(...question, (...answer) => resolve(answer)));

  it("are answered as the original answered", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    const answer = asked(bob, "get-session-info", "r1");
    assert.deepEqual(await asked(alice, "keep-in-server", "r1"), []);
    assert.deepEqual(await answer, ["r1"]);
    bob.says("hello");
    assert.equal(await alice.hears(), "hello");
    assert.deepEqual(await asked(bob, "leave-room", "r1"), [{ ok: true }]);
    assert.deepEqual(await asked(bob, "cancel-wait", "r1"), [{ ok: true }]);
    await world.server.statsBecome({ seats: 1 });
  });

  it("are asked again after a reconnect, like those of the API", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    alice.socket.emit("keep-session", "r1");
    const answer = asked(bob, "get-session-info", "r2");
    await world.server.statsBecome({ parked: 1, rooms: 1 });
    await world.restart();
    await world.server.statsBecome({ parked: 1, rooms: 1 });
    await alice.opens("r2");
    assert.deepEqual(await answer, ["r2"]);
    assert.equal(await bob.joins("r1"), "r1");
  });

  it("give up with their timeout", async () => {
    const bob = await load("bob");
    await assert.rejects(bob.socket.timeout(1).emitWithAck("get-session-info", "r1"), /timed out/);
    await bob.opens("mark");
    await world.server.statsBecome({ parked: 0 });
  });
});

describe("web.seats, one that was left while the page was away", () => {
  it("is not taken again: whoever has opened the exclusive room meanwhile keeps it", async () => {
    await world.restart({ "exclusive-rooms": true, grace: "60s" });
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    alice.network.cut();
    await alice.disconnected.next("cut");
    await world.server.statsBecome({ held_sessions: 1 });
    await bob.opens("r1");
    const left = alice.signaler.leaveRoom("r1");
    alice.network.mend();
    await left;
    const carol = await load("carol");
    assert.equal(await carol.joins("r1"), "r1"); // it is open
    carol.says("hello");
    assert.equal(await bob.hears(), "hello");
    assert.deepEqual(bob.refused.all, []);
  });
});
