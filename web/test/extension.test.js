// The private dialogue: its rules by themselves, and the whole script against a server that speaks it.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { eventually } from "../../tests/e2e/support/deadline.js";
import { Dialogue } from "../src/extension.js";
import { SpeakingServer } from "./support/speaking_server.js";
import { watchTimers } from "./support/timers.js";
import { newWorld } from "./support/world.js";

const hello = { v: 1, epoch: "e1", id: "me", token: "t", taken: 0, recovered: false };

/** As when it goes out. */
function number(dialogue, emission) {
  const tag = dialogue.tagOf(emission);
  dialogue.sent(emission, tag);
  return tag;
}

describe("web.extension, numbers", () => {
  it("count from 1 without holes and stay with what goes out again", () => {
    const dialogue = new Dialogue();
    dialogue.begin(hello);
    const [a, b] = [{ number: 0 }, { number: 0 }];
    assert.deepEqual([number(dialogue, a), number(dialogue, b)], [{ n: 1 }, { n: 2 }]);
    dialogue.begin({ ...hello, taken: 1, recovered: true });
    assert.deepEqual([number(dialogue, b), number(dialogue, { number: 0 })], [{ n: 2 }, { n: 3 }]);
  });

  it("tell of those that were dropped", () => {
    const dialogue = new Dialogue();
    dialogue.begin(hello);
    const all = [{ number: 0 }, { number: 0 }, { number: 0 }];
    for (const one of all) number(dialogue, one);
    dialogue.begin({ ...hello, taken: 0, epoch: "e2" });
    assert.deepEqual(number(dialogue, all[2]), { n: 3, skipped: 2 });
    assert.deepEqual(number(dialogue, { number: 0 }), { n: 4 });
  });

  it("start anew for a new identity", () => {
    const dialogue = new Dialogue();
    dialogue.begin(hello);
    number(dialogue, { number: 0 });
    dialogue.begin({ ...hello, id: "another" });
    assert.deepEqual(number(dialogue, { number: 0 }), { n: 1 });
  });

  it("are had by what has gone out, so that what did not leaves no hole", () => {
    const dialogue = new Dialogue();
    dialogue.begin(hello);
    const lost = { number: 0 };
    assert.deepEqual(dialogue.tagOf(lost), { n: 1 });
    assert.equal(lost.number, 0);
    const all = [{ number: 0 }, { number: 0 }];
    assert.deepEqual(all.map((one) => number(dialogue, one)), [{ n: 1 }, { n: 2 }]);
    dialogue.begin({ ...hello, taken: 0 });
    dialogue.tagOf(all[0]);
    assert.deepEqual(number(dialogue, all[1]), { n: 2, skipped: 1 });
  });
});

describe("web.extension, attempts", () => {
  it("grow with every CONNECT, and are the clock's time where that does", () => {
    const dialogue = new Dialogue();
    const attempts = [5, 5, 3, 9].map((now) => dialogue.announcement([], now).attempt);
    assert.deepEqual(attempts, [5, 6, 7, 9]);
    const before = Date.now();
    const { attempt } = dialogue.announcement();
    assert.ok(before <= attempt && attempt <= Date.now());
  });
});

describe("web.extension, repetitions", () => {
  const spoken = () => {
    const dialogue = new Dialogue();
    dialogue.begin(hello);
    return dialogue;
  };

  it("are told by sender and number, across epochs", () => {
    const dialogue = spoken();
    const seen = ["e1.a.1", "e1.b.1", "e1.a.2", "e1.a.2", "e2.a.2", "e2.a.3", "e2.b.1"];
    assert.deepEqual(seen.map((id) => dialogue.isRepetition(["message", {}, id])), [
      false, false, false, true, true, false, true,
    ]);
  });

  it("of the server's own events are told within their epoch", () => {
    const dialogue = spoken();
    const counted = ["e1_.bob.5", "e1_.bob.5", "e1-2_.bob.1"]; // by the server: once, for certain
    for (const id of counted) assert.equal(dialogue.isRepetition(["x", id]), false, id);
    const seen = ["e1.s.5", "e1.s.5", "e2.s.1", "e1.s.6"];
    const told = seen.map((id) => dialogue.isRepetition(["x", id]));
    assert.deepEqual(told, [false, true, false, false]);
  });

  it("are not looked for in events without an id, nor without the dialogue", () => {
    const dialogue = spoken();
    for (const args of [["x"], ["x", 1], ["x", "a.b"], ["x", "a.b.c"], ["x", "a b.c.1"], ["x", null]]) {
      assert.equal(dialogue.isRepetition(args) || dialogue.isRepetition(args), false, String(args));
    }
    const silent = new Dialogue();
    assert.equal(silent.isRepetition(["x", "a.b.1"]) || silent.isRepetition(["x", "a.b.1"]), false);
  });

  it("are known of the last 4,096 senders", () => {
    const dialogue = spoken();
    const isRepetition = (sender) => dialogue.isRepetition(["message", `e1.sender${sender}.1`]);
    for (let i = 0; i <= 4096; i += 1) assert.equal(isRepetition(i), false);
    assert.deepEqual([isRepetition(1), isRepetition(4096), isRepetition(0)], [true, true, false]);
  });

  it("a version it does not know leaves it silent", () => {
    const dialogue = new Dialogue();
    assert.equal(dialogue.begin({ ...hello, v: 2 }), false);
    assert.deepEqual([dialogue.isActive, dialogue.announcement([], 7)], [false, { v: 1, attempt: 7 }]);
  });
});

describe("web.extension, with a server that speaks it", () => {
  const world = newWorld(() => SpeakingServer.start({ backoff: { minMs: 10, maxMs: 50 } }));
  const { load, visit } = world;
  let server;
  beforeEach(() => ({ server } = world));

  const numbersOf = (event) =>
    server.arrived.filter((one) => one.event === event).map(({ numbered }) => numbered);

  it("numbers what it emits and shows its token when it comes back", async () => {
    const alice = await load("alice");
    const [{ attempt, ...said }] = server.announcements;
    assert.deepEqual(said, { v: 1 });
    alice.says("one");
    alice.says("two");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message"), [{ n: 1 }, { n: 2 }]);
    server.breakConnections();
    await alice.recovered.next("recovery");
    const [, { attempt: next, ...shown }] = server.announcements;
    assert.deepEqual(shown, { v: 1, token: "token 1" });
    assert.ok(next > attempt);
    alice.says("three");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message").at(-1), { n: 3 });
    assert.deepEqual(alice.gap.all, []);
  });

  it("sends again what was not acknowledged, and only that", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    server.acknowledges = false;
    for (const word of ["one", "two"]) alice.says(word);
    assert.deepEqual([await bob.hears(), await bob.hears()], ["one", "two"]);
    assert.equal(alice.signaler.queued, 2);
    server.acknowledges = true;
    // As if the second had never been taken.
    server.sessions.get("token 1").taken = 1;
    server.breakConnections();
    await Promise.all([alice.recovered.next("recovery"), bob.recovered.next("recovery")]);
    alice.says("three");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message"), [{ n: 1 }, { n: 2 }, { n: 2 }, { n: 3 }]);
    assert.equal(await bob.hears(), "three");
    assert.deepEqual(bob.messages.all, ["one", "two", "three"]);
  });

  it("keeps its numbers when the server has lost its memory, so that receivers know them", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    await alice.opens("r1");
    server.acknowledges = false;
    alice.says("one");
    assert.equal(await bob.hears(), "one");
    server.acknowledges = true;
    server.breakConnections({ forgets: true });
    await Promise.all([alice.recovered.next("recovery"), bob.recovered.next("recovery")]);
    alice.says("two");
    assert.equal(await bob.hears(), "two");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message"), [{ n: 1 }, { n: 1 }, { n: 2 }]);
    assert.deepEqual(bob.messages.all, ["one", "two"]);
  });

  it("calls back once, without an answer, for what was taken when the connection broke", async () => {
    const alice = await load("alice");
    server.acknowledges = false;
    const answers = [];
    const answered = new Promise((resolve) => {
      alice.socket.emit("a question", 42, (...answer) => resolve(answers.push(answer)));
    });
    await eventually("the question", () => numbersOf("a question").length === 1);
    server.acknowledges = true;
    server.breakConnections();
    await answered;
    assert.deepEqual(numbersOf("a question"), [{ n: 1 }, { n: 1 }]);
    server.breakConnections();
    await alice.recovered.next("recovery");
    await alice.recovered.next("recovery");
    assert.deepEqual([answers, alice.signaler.queued], [[[]], 0]);
  });

  it("counts on no seat that a connection without a greeting may have lost", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.holdsBack = true;
    server.breakConnections();
    await eventually("a connection without a greeting", () => server.announcements.length === 2);
    server.breakConnections();
    server.holdsBack = false;
    await alice.recovered.next("recovery");
    const recovered = alice.connected.all.map((details) => details.recovered);
    assert.deepEqual(recovered, [false, false]);
  });

  it("is spoken from a late greeting on", async () => {
    server.greets = false;
    const [alice, bob] = [await load("alice"), await load("bob")];
    assert.deepEqual(alice.connected.all, [{ first: true, recovered: false }]);
    alice.says("plainly");
    await eventually("the first message", () => numbersOf("message").length === 1);
    assert.deepEqual([alice.signaler.id, numbersOf("message")], [undefined, [null]]);
    server.greetLate();
    await eventually("identities", () => alice.signaler.id && bob.signaler.id);
    alice.says("numbered");
    assert.equal(await bob.hears(), "numbered");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message"), [null, { n: 1 }]);
    server.greets = true;
    server.breakConnections();
    await alice.recovered.next("recovery");
    assert.equal(server.announcements.at(-1).token.startsWith("token"), true);
    assert.deepEqual([alice.gap.all, alice.connected.all.length], [[], 2]);
  });

  it("has 50 ms to greet a page that was never greeted, which then begins without", async (t) => {
    server.greets = false;
    const timers = watchTimers(50);
    t.after(timers.unwatch);
    const alice = visit("alice");
    await eventually("a connection", () => alice.socket.connected);
    alice.says("plainly");
    assert.deepEqual([timers.size, alice.signaler.queued, alice.connected.all], [1, 1, []]);
    timers.comeDue();
    await eventually("the message", () => numbersOf("message").length === 1);
    assert.deepEqual([numbersOf("message"), alice.connected.all.length], [[null], 1]);
  });

  it("has 60 s to greet a page that it has greeted before, while it says nothing else", async (t) => {
    const alice = await load("alice");
    server.holdsBack = true;
    const timers = watchTimers(60_000);
    t.after(timers.unwatch);
    server.breakConnections();
    const isBack = () => server.announcements.length === 2 && alice.socket.connected;
    await eventually("a new connection", isBack);
    alice.says("plainly");
    assert.deepEqual([timers.size, alice.signaler.queued, alice.connected.all.length], [1, 1, 1]);
    timers.comeDue();
    await eventually("the message", () => numbersOf("message").length === 1);
    assert.deepEqual([numbersOf("message"), alice.connected.all.length], [[null], 2]);
  });

  it("waits for a greeting that a slow line brings late, and sends nothing twice meanwhile", async (t) => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    server.acknowledges = false;
    alice.says("one");
    assert.equal(await bob.hears(), "one");
    server.acknowledges = server.holdsBack = true;
    // Seconds of patience are over at once; the deadlines of tests and handshakes are longer.
    const { setTimeout } = globalThis;
    t.after(() => Object.assign(globalThis, { setTimeout }));
    globalThis.setTimeout = (action, ms, ...more) =>
      setTimeout(action, ms >= 1000 && ms <= 5000 ? 1 : ms, ...more);
    server.breakConnections();
    await Promise.all([alice, bob].map((page) => page.disconnected.next("loss")));
    await eventually("new connections", () => alice.socket.connected && bob.socket.connected);
    await new Promise((resolve) => globalThis.setTimeout(resolve, 5000));
    server.release();
    await Promise.all([alice, bob].map((page) => page.recovered.next("recovery")));
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    alice.says("two");
    assert.equal(await bob.hears(), "two");
    assert.deepEqual(numbersOf("message"), [{ n: 1 }, { n: 2 }]);
  });

  it("is not waited for when the server answers other things first", async () => {
    const alice = await load("alice");
    server.greets = false;
    server.breakConnections();
    await alice.gap.next("gap, as with any other server");
    alice.says("plainly");
    await eventually("the message", () => numbersOf("message").length === 1);
    assert.deepEqual(numbersOf("message"), [null]);
  });

  it("has a burst of emits taken whole, and reports none of it as dropped", async () => {
    const [alice, bob] = [await load("alice"), await load("bob")];
    const all = Array.from({ length: 3000 }, (_, n) => n);
    for (const n of all) alice.says(n);
    assert.deepEqual(await bob.messages.take(all.length), all);
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(alice.dropped.all, []);
  });

  it("shows what auth says, asked anew for every connection", async () => {
    let asked = 0;
    const alice = await load("alice", { auth: (send) => send({ ticket: (asked += 1) }) });
    const bob = await load("bob", { auth: { ticket: "bob's" } });
    server.breakConnections();
    await Promise.all([alice.recovered.next("recovery"), bob.recovered.next("recovery")]);
    const tickets = server.shown.map(({ ticket }) => ticket);
    assert.deepEqual(tickets.sort(), [1, 2, "bob's", "bob's"]);
    assert.equal(server.shown.every(({ signaler }) => signaler.v === 1), true);
  });

  it("shows what auth says for the connection for which it was asked, and no other", async () => {
    const answers = [];
    const alice = visit("alice", { auth: (send) => answers.push(send) });
    await eventually("the first question", () => answers.length === 1);
    for (const client of Object.values(server.io.engine.clients)) client.close();
    await eventually("the second question", () => answers.length === 2);
    answers[0]({ ticket: "late" });
    answers[1]({ ticket: "in time" });
    answers[1]({ ticket: "once more" });
    await alice.connected.next("connection");
    await alice.opens("r1");
    assert.deepEqual(server.shown.map(({ ticket }) => ticket), ["in time"]);
  });

  it("proves with the room's token that the room is its own", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.breakConnections({ forgets: true });
    await alice.recovered.next("recovery");
    const openings = server.arrived.filter(({ event }) => event === "keep-in-server");
    assert.deepEqual(openings.map(({ args }) => args), [["r1"], ["r1", { token: "token of r1" }]]);
  });

  it("asks for a room from which its owner has displaced it, and opens it no more", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    const refused = new Promise((resolve) => alice.signaler.on("refused", resolve));
    server.tell("signaler-error", {
      event: "keep-in-server",
      room: "r1",
      code: "displaced",
      message: "Its owner has come",
    });
    assert.equal((await refused).code, "displaced");
    server.breakConnections({ forgets: true });
    await alice.recovered.next("recovery");
    assert.deepEqual(server.arrived.at(-1).event, "get-session-info");
  });

  it("leaves a room, and cancels a question, by saying so", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    await alice.signaler.leaveRoom("r1");
    assert.deepEqual(server.arrived.at(-1).event, "leave-room");
    assert.equal(alice.disconnected.all.length, 0);
  });

  it("says when it comes back which rooms it has left, as long as it does not know that the server knows", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    await alice.opens("r2");
    server.breakConnections();
    const left = alice.signaler.leaveRoom("r1");
    await left;
    assert.deepEqual(server.announcements.at(-1).left, ["r1"]);
    server.breakConnections();
    await alice.recovered.next("recovery");
    await alice.recovered.next("recovery");
    assert.equal(server.announcements.at(-1).left, undefined);
  });

  it("leaves a room also when it cannot know whether it still has its seat", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.holdsBack = true;
    server.breakConnections();
    await eventually("a connection without a greeting", () => server.announcements.length === 2);
    const left = alice.signaler.leaveRoom("r1");
    server.breakConnections();
    server.holdsBack = false;
    await left;
    const about = server.arrived.map(({ event, args }) => [event, ...args]);
    assert.deepEqual(about, [["keep-in-server", "r1"], ["leave-room", "r1"]]);
  });

  it("says nothing in the lobby that was on its way to a room it has left", async () => {
    const alice = await load("alice");
    await alice.opens("r1");
    server.acknowledges = false;
    for (const word of ["arrived", "lost on the way"]) alice.says(word);
    await eventually("both", () => numbersOf("message").length === 2);
    await alice.signaler.leaveRoom("r1");
    server.acknowledges = true;
    server.sessions.get("token 1").taken = 1; // as if the second had never been taken
    server.breakConnections();
    await alice.recovered.next("recovery");
    alice.says("in the lobby");
    await eventually("all acknowledged", () => alice.signaler.queued === 0);
    assert.deepEqual(numbersOf("message").slice(2), [{ n: 3, skipped: 1 }]);
    const dropped = [{ event: "message", args: ["lost on the way"], reason: "no-room" }];
    assert.deepEqual(alice.dropped.all, dropped);
  });

  it("hands on what the server says of gaps", async () => {
    const alice = await load("alice");
    const gap = { reason: "window", rooms: [{ room: "r1", members: ["id1"] }] };
    server.tell("signaler-gap", gap);
    assert.deepEqual(await alice.gap.next("gap"), gap);
  });
});
