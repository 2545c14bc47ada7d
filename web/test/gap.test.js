// Pages whom the server does not know any more: they are somebody new, and hear that something may be missing.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Inbox } from "../../tests/e2e/support/deadline.js";
import { Peer } from "../../tests/e2e/support/peer.js";
import { SpeakingServer } from "./support/speaking_server.js";
import { areBack, newWorld } from "./support/world.js";

/** What a page is told, in its order: messages, and "gap" where some may be missing. */
function storyOf(page) {
  const story = new Inbox(`${page.name}'s story`);
  page.socket.on("message", (message) => story.push(message));
  page.signaler.on("gap", ({ reason }) => story.push(`gap: ${reason}`));
  return story;
}

/** What a page hears that had seats in these rooms; of who is there now nothing is known. */
const restarted = (...rooms) => ({
  reason: "restart",
  rooms: rooms.map((room) => ({ room, members: [] })),
});

describe("web.gap, from a server that speaks the extension", () => {
  const world = newWorld(() => SpeakingServer.start({ backoff: { minMs: 10, maxMs: 50 } }));
  const { load } = world;
  let server;
  beforeEach(() => ({ server } = world));

  it("is heard by a page whose token does not count, once, with its rooms, before anything newer", async () => {
    const alice = await load("alice");
    const { id } = alice.signaler;
    await alice.opens("r1");
    await alice.joins("r2");
    const story = storyOf(alice);
    server.afterGreeting = (socket) => socket.emit("message", "newer", "e1.id9.1");
    server.breakConnections({ disowns: true });
    assert.deepEqual(await story.take(2), ["gap: restart", "newer"]);
    await areBack(alice);
    assert.notEqual(alice.signaler.id, id);
    assert.deepEqual(alice.gap.all, [restarted("r1", "r2")]);
  });

  it("is heard once when the server tells of it too", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.afterGreeting = (socket) => {
      socket.emit("signaler-gap", { reason: "restart", rooms: [] });
      socket.emit("message", "newer", "e1.id9.1");
    };
    const story = storyOf(alice);
    server.breakConnections({ disowns: true });
    assert.deepEqual(await story.take(2), ["gap: restart", "newer"]);
    // Of the next loss it is told by the server alone.
    server.breakConnections({ forgets: true });
    assert.equal(await story.next(), "gap: restart");
    assert.deepEqual(alice.gap.all, [restarted("r1"), restarted()]);
  });

  it("is heard by a page that was greeted by nobody when it came first", async () => {
    server.greets = false;
    const alice = await load("alice");
    await alice.opens("r1");
    server.greets = true;
    server.breakConnections();
    await areBack(alice);
    assert.deepEqual(alice.gap.all, [restarted("r1")]);
  });

  it("is heard by nobody who comes for the first time, or is known", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.breakConnections();
    await areBack(alice);
    assert.deepEqual(alice.gap.all, []);
  });
});

describe("web.gap, from the real server", () => {
  const world = newWorld();

  it("follows a crash after which the server has another secret", async () => {
    await world.restart({ grace: undefined });
    const [alice, bob] = [await world.loadApart("alice"), await world.loadApart("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    const story = storyOf(bob);
    bob.network.cut();
    await bob.disconnected.next("cut");
    for (const word of ["lost", "lost, too"]) alice.says(word);
    await world.server.statsBecome({ held_sessions: 1 });
    await alice.socket.emitWithAck("message", "taken and lost");
    await world.restart({ grace: undefined });
    bob.network.mend();
    await areBack(alice, bob);
    alice.says("newer");
    assert.deepEqual(await story.take(2), ["gap: restart", "newer"]);
    assert.deepEqual([alice.gap.all, bob.gap.all], [[restarted("r1")], [restarted("r1")]]);
  });

  it("is heard by a page that comes back too late: it has its id and takes its rooms again", async () => {
    await world.restart({ grace: "300ms" });
    const [alice, bob] = [await world.loadApart("alice"), await world.loadApart("bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    await bob.opens("his own");
    const { id } = bob.signaler;
    const story = storyOf(bob);
    bob.network.cut();
    await bob.disconnected.next("cut");
    await world.server.statsBecome({ held_sessions: 0, seats: 1 });
    await alice.socket.emitWithAck("message", "missed");
    bob.network.mend();
    await areBack(bob);
    assert.equal(bob.signaler.id, id);
    await world.server.statsBecome({ rooms: 2, seats: 3 });
    alice.says("newer");
    assert.deepEqual(await story.take(2), ["gap: window", "newer"]);
    assert.deepEqual(bob.recovered.all, [{ rooms: ["r1", "his own"] }]);
    assert.equal(await alice.joins("his own"), "his own");
    assert.deepEqual([bob.gap.all.length, bob.refused.all], [1, []]);
  });

  it("lets a stock client hear twice what is sent again after it, and pages once", async () => {
    await world.restart({ grace: "300ms" });
    const [alice, carol] = [await world.loadApart("alice"), await world.load("carol")];
    await carol.opens("r1");
    await alice.joins("r1");
    const stock = await Peer.connect(world.server, "stock");
    await stock.asksFor("r1");
    alice.socket.onack = () => {}; // as if the answer were lost
    alice.says("once more");
    assert.equal(await stock.hears(), "once more");
    alice.network.cut();
    await alice.disconnected.next("cut");
    delete alice.socket.onack;
    await world.server.statsBecome({ held_sessions: 0, seats: 2 });
    alice.network.mend();
    await areBack(alice);
    alice.says("newer");
    assert.deepEqual(await stock.hearsTimes(2), ["once more", "newer"]);
    assert.deepEqual(await carol.messages.take(2), ["once more", "newer"]);
    await stock.leaves();
  });
});
