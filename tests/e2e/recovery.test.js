// Socket.IO's connection state recovery: stock clients that lose their connection come back to the
// same id and rooms, and hear what they have missed.
import assert from "node:assert/strict";
import { it } from "node:test";
import { behindProxy, defaults, hasOffset, timer } from "./support/comebacks.js";
import { patience, within } from "./support/deadline.js";
import { transports } from "./support/peer.js";
import { RawWebSocket } from "./support/raw_session.js";
import { isReference, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

for (const transport of transports) {
  withServer(`a stock client that comes back over ${transport}`, defaults, (scene) => {
    const { comesBack, connect, isCutOff } = behindProxy(scene, transport);

    /** Alice, who stays, and Bob, whose connection breaks, in one room. */
    async function pair() {
      const alice = await scene.connect("alice");
      const { peer: bob, proxy } = await connect("bob");
      await alice.opens("r1");
      await bob.asksFor("r1");
      alice.says("before");
      assert.equal(await bob.hears(), "before");
      return { alice, bob, proxy };
    }

    it("has its id and its rooms, and hears what it missed before it is told", async () => {
      const { alice, bob, proxy } = await pair();
      const { id } = bob.socket;
      await isCutOff(bob, proxy);
      const missed = ["one", { two: [2] }, Buffer.from("three"), Buffer.alloc(70_000, 7), 5];
      for (const content of missed) alice.says(content);
      await alice.isInStep();
      const heardBefore = new Promise((resolve) => {
        bob.socket.once("connect", () => resolve(bob.messages.all.length));
      });
      await comesBack(bob);
      assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
      assert.equal(await heardBefore, 1 + missed.length);
      assert.deepEqual(await bob.hearsTimes(missed.length), missed);
      bob.says("thanks");
      assert.equal(await alice.hears(), "thanks");
      alice.says("after");
      assert.equal(await bob.hears(), "after");
    });

    it("can do so many times in a row, also without having heard anything between", async () => {
      const { alice, bob, proxy } = await pair();
      const sent = [];
      for (let round = 0; round < 8; round += 1) {
        await isCutOff(bob, proxy);
        for (let i = 0; i < round % 3; i += 1) {
          sent.push(`${round}.${i}`);
          alice.says(sent.at(-1));
        }
        await alice.isInStep();
        await comesBack(bob);
        assert.equal(bob.socket.recovered, true, `round ${round}`);
      }
      alice.says("end");
      sent.push("end");
      assert.deepEqual(await bob.hearsTimes(sent.length), sent);
    });

    it("can do so when it had heard nothing at all", { skip: unlessReference("no greeting") }, async () => {
      const { peer: bob, proxy } = await connect("bob");
      await hasOffset(bob);
      const { id } = bob.socket;
      await isCutOff(bob, proxy);
      await comesBack(bob);
      assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    });

    it("owns its room as before", { skip: unlessReference("rooms are its application's") }, async () => {
      const { peer: owner, proxy } = await connect("owner");
      await owner.opens("mine");
      await isCutOff(owner, proxy);
      await scene.server.statsBecome({ held_sessions: 1 });
      const guest = await scene.connect("guest");
      const answer = guest.asksFor("mine");
      await scene.server.statsBecome({ parked: 1 });
      await comesBack(owner);
      assert.deepEqual(await answer, ["mine"]);
      owner.says("welcome");
      assert.equal(await guest.hears(), "welcome");
    });

    it("waits for no room any more, and asks again", { skip: unlessReference("keeps its place") }, async () => {
      const { peer: bob, proxy } = await connect("bob");
      let isAnswered = false;
      bob.socket.emit("get-session-info", "late", () => (isAnswered = true));
      await scene.server.statsBecome({ parked: 1 });
      await hasOffset(bob);
      await isCutOff(bob, proxy);
      await scene.server.statsBecome({ parked: 0 });
      await comesBack(bob);
      assert.equal(bob.socket.recovered, true);
      const alice = await scene.connect("alice");
      await alice.opens("late");
      alice.says("not for who does not ask");
      await alice.isInStep(); // what others say meets this in no order of its own
      assert.deepEqual(await bob.asksFor("late"), ["late"]);
      alice.says("welcome");
      assert.equal(await bob.hears(), "welcome");
      assert.equal(isAnswered, false);
    });

    it("is closed for what is too much, and comes back without it", { skip: unlessReference("gives it up") }, async () => {
      const { alice, bob } = await pair();
      let nested = "x";
      for (let depth = 0; depth < 65; depth += 1) nested = [nested];
      const tooMuch = ["x".repeat(1_000_001), nested, Array.from({ length: 11 }, () => Buffer.from("x"))];
      for (const content of tooMuch) {
        const gone = new Promise((resolve) => bob.socket.once("disconnect", resolve));
        bob.says(content);
        assert.match(await within(gone, "the end of the connection"), /^transport (close|error)$/);
        await comesBack(bob);
        assert.equal(bob.socket.recovered, true);
        bob.says("back");
        assert.equal(await alice.hears(), "back");
      }
    });

    it("starts anew when it had said goodbye", async () => {
      const { alice, bob } = await pair();
      const { id } = bob.socket;
      bob.socket.disconnect();
      await scene.server.statsBecome((seen) => seen.seats !== scene.baseline.seats + 2);
      alice.says("unheard");
      await alice.isInStep();
      await comesBack(bob);
      assert.equal(bob.socket.recovered, false);
      assert.notEqual(bob.socket.id, id);
      assert.deepEqual(bob.messages.all.length, 1);
    });
  }, timer);
}

const much = { ...defaults, "replay-bytes": isReference ? undefined : 4_000_000 };
withServer("a stock client that loses its connection in the middle of what it missed", much, (scene) => {
  const { comesBack, connect, isCutOff } = behindProxy(scene);

  it("hears that part again, and the rest once, in order", async () => {
    const alice = await scene.connect("alice");
    const { peer: bob, proxy } = await connect("bob");
    await alice.opens("r1");
    await bob.asksFor("r1");
    alice.says({ n: 0 });
    await bob.hears();
    await isCutOff(bob, proxy);
    const missed = [1, 2, 3, 4, 5, 6];
    for (const n of missed) alice.says({ n, text: "x".repeat(300_000) });
    await alice.isInStep();
    proxy.endAfter(700_000);
    const brokeOff = new Promise((resolve) => bob.socket.io.once("close", resolve));
    bob.socket.connect();
    await within(brokeOff, "the second loss");
    proxy.endAfter(Infinity);
    assert.equal(bob.socket.connected, false);
    await comesBack(bob);
    assert.equal(bob.socket.recovered, true);
    alice.says({ n: 7 });
    const heard = [];
    while (heard.at(-1) !== 7) heard.push((await bob.hears()).n);
    const again = heard.length - missed.length - 1;
    assert.ok(again > 0 && again < missed.length, `${heard}`);
    assert.deepEqual(heard, [...missed.slice(0, again), ...missed, 7]);
  });
}, timer);

const brief = { ...defaults, grace: isReference ? undefined : "1s" };
withServer("who claims what is not there", brief, (scene) => {
  const { comesBack, connect, isCutOff } = behindProxy(scene);

  const wrong = {
    "a pid that nobody has": { _pid: "A".repeat(40) },
    "a pid of another kind": { _pid: { a: 1 } },
    "no offset": { _lastOffset: undefined },
    "an offset of another kind": { _lastOffset: ["x"] },
    "an offset that never was": { _lastOffset: "no such event" },
    "an offset of the future": { _lastOffset: "zzzzzzzz.s.99999999" },
  };
  for (const [name, changes] of Object.entries(wrong)) {
    it(`starts anew: ${name}`, async () => {
      const { peer: bob, proxy } = await connect("bob");
      await bob.opens("r1");
      const { id } = bob.socket;
      await isCutOff(bob, proxy);
      Object.assign(bob.socket, changes);
      await comesBack(bob);
      assert.equal(Boolean(bob.socket.recovered), false);
      assert.notEqual(bob.socket.id, id);
    });
  }
});

withServer("who can prove a session but not say where it was", defaults, (scene) => {
  const { comesBack, connect, isCutOff } = behindProxy(scene);

  it("starts anew, and the old session is given up at once", { skip: unlessReference("keeps it") }, async () => {
    const { peer: bob, proxy } = await connect("bob");
    await bob.opens("r1");
    await isCutOff(bob, proxy);
    await scene.server.statsBecome({ held_sessions: 1 });
    bob.socket._lastOffset = "no such event";
    await comesBack(bob);
    await scene.server.statsBecome({ held_sessions: 0, rooms: scene.baseline.rooms });
    assert.equal(bob.socket.recovered, false);
  });
}, timer);

withServer("a client that is declared dead while it lives", defaults, (scene) => {
  it("is told to stay away when another one has its session", { skip: unlessReference("cannot") }, async () => {
    const old = await scene.connect("old");
    const alice = await scene.connect("alice");
    await old.opens("r1");
    await alice.asksFor("r1");
    await hasOffset(old);
    const { id, _pid: pid, _lastOffset: offset } = old.socket;
    const fresh = await scene.connect("fresh", { auth: { pid, offset } });
    assert.equal(fresh.socket.id, id);
    assert.equal(await within(old.disconnected, "the end of the old one"), "io server disconnect");
    old.says("from the grave");
    fresh.says("I am here");
    assert.equal(await alice.hears(), "I am here");
    assert.deepEqual(alice.messages.all.length, 1);
  });
}, timer);

const hasty = { ...defaults, "ping-interval": "300ms", "ping-timeout": `${2 + patience}s` };
withServer("clients whose network goes silent", hasty, (scene) => {
  it("come back after both sides have given up, over every transport", { skip: unlessReference("counts none") }, async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    const ways = transports.map((transport) => behindProxy(scene, transport));
    const all = await Promise.all(ways.map(({ connect }, at) => connect(`bob by ${transports[at]}`, { keepAlive: false })));
    await Promise.all(all.map(({ peer }) => peer.asksFor("r1")));
    alice.says("before");
    for (const { peer } of all) assert.equal(await peer.hears(), "before");
    const ids = all.map(({ peer }) => peer.socket.id);
    for (const { proxy } of all) proxy.stall();
    alice.says("while nobody knows");
    await scene.server.statsBecome({ held_sessions: all.length });
    alice.says("while they are away");
    await alice.isInStep();
    for (const [at, { peer, proxy }] of all.entries()) {
      assert.equal(await within(peer.disconnected, `the end of ${peer.name}'s patience`), "ping timeout");
      proxy.mend(); // which resets what has stalled
      await ways[at].comesBack(peer);
      assert.deepEqual([peer.socket.recovered, peer.socket.id], [true, ids[at]], peer.name);
    }
    alice.says("after");
    const missed = ["while nobody knows", "while they are away", "after"];
    for (const { peer } of all) assert.deepEqual(await peer.hearsTimes(3), missed, peer.name);
  });
}, { bystanders: false, ...timer });

const impatient = { ...defaults, "max-payload": 200_000, "max-outbound-bytes": 1_000_000 };
withServer("a client that reads too slowly", isReference ? {} : impatient, (scene) => {
  const { comesBack, connect } = behindProxy(scene);

  it("is closed, and has missed more than is kept", { skip: unlessReference("waits for it") }, async () => {
    const alice = await scene.connect("alice");
    const { peer: bob, proxy } = await connect("bob");
    await alice.opens("r1");
    await bob.asksFor("r1");
    const { id } = bob.socket;
    const gone = new Promise((resolve) => bob.socket.once("disconnect", resolve));
    proxy.stall();
    const isClosed = async () => (await scene.server.totals()).slow_consumers > 0;
    for (let i = 0; !(await isClosed()); i += 1) {
      assert.ok(i < 500, "it is not closed");
      alice.says("x".repeat(100_000));
      await alice.isInStep();
    }
    proxy.mend();
    await within(gone, "bob's loss");
    await comesBack(bob);
    assert.equal(bob.socket.recovered, false);
    assert.notEqual(bob.socket.id, id);
    await bob.asksFor("r1");
    alice.says("now");
    assert.equal(await bob.hears(), "now");
  });
}, timer);

const short = { ...defaults, grace: "300ms", "replay-age": "300ms", "replay-bytes": 2000 };
withServer("beyond the bounds", short, (scene) => {
  const { comesBack, connect, isCutOff } = behindProxy(scene);
  const skip = unlessReference("other bounds");

  it("too much was missed: the client starts anew", { skip }, async () => {
    const alice = await scene.connect("alice");
    const { peer: bob, proxy } = await connect("bob");
    await alice.opens("r1");
    await bob.asksFor("r1");
    alice.says("before");
    await bob.hears();
    await isCutOff(bob, proxy);
    for (let i = 0; i < 30; i += 1) alice.says("x".repeat(100));
    await alice.isInStep();
    await comesBack(bob);
    assert.equal(bob.socket.recovered, false);
    await bob.asksFor("r1");
    alice.says("now");
    assert.equal(await bob.hears(), "now");
    assert.equal(bob.messages.all.length, 2);
  });

  it("too late: the seat is free", { skip }, async () => {
    const { peer: bob, proxy } = await connect("bob");
    await bob.opens("r1");
    await hasOffset(bob);
    await isCutOff(bob, proxy);
    // Its room is gone when it has been away for so long; it may be away for less than we take to look.
    await scene.server.statsBecome({ held_sessions: 0, rooms: scene.baseline.rooms });
    await comesBack(bob);
    assert.equal(bob.socket.recovered, false);
  });
});

const crowded = { ...defaults, "replay-bytes": 16_000, "max-replay-bytes": 3_000 };
withServer("when more is kept for all than may be", crowded, (scene) => {
  const { comesBack, connect, isCutOff } = behindProxy(scene);

  it("a sixteenth is kept for each", { skip: unlessReference("keeps all") }, async () => {
    const alice = await scene.connect("alice");
    const { peer: bob, proxy } = await connect("bob");
    await alice.opens("r1");
    for (const [missed, isKept] of [[40, false], [2, true]]) {
      await bob.asksFor("r1");
      alice.says("before");
      await bob.hears();
      await isCutOff(bob, proxy);
      for (let i = 0; i < missed; i += 1) alice.says("x".repeat(100));
      await alice.isInStep();
      await comesBack(bob);
      assert.equal(bob.socket.recovered, isKept, `after ${missed}`);
    }
  });
}, timer);

withServer("with recovery switched off", { grace: "0ms" }, (scene) => {
  it("nothing of it shows on the wire", { skip: unlessReference("says so itself") }, async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    const alice = await scene.connect("alice");
    await session.send("40");
    assert.match(await session.packets.next(), /^40\{"sid":"[\w-]{20}"\}$/);
    await session.send('420["keep-in-server","r1"]');
    assert.equal(await session.packets.next(), "430[]");
    await alice.asksFor("r1");
    alice.says("plain");
    assert.equal(await session.packets.next(), '42["message","plain"]');
  });

  it("who announces itself is served like all others", { skip: unlessReference("knows no such word") }, async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    const answer = await session.joinsNamespace("", '{"signaler":{"v":1,"attempt":1}}');
    assert.deepEqual(Object.keys(answer), ["sid"]);
    await session.opens("r1");
    const alice = await scene.connect("alice");
    await alice.asksFor("r1");
    await session.says("numbered", { n: 1 });
    assert.deepEqual(await alice.messages.next(), ["numbered", { n: 1 }]);
    await session.send('425["signaler-renew"]', '426["keep-in-server","r1"]');
    assert.equal(await session.next(), "436[]");
  });
});

withServer("with recovery, on the wire", defaults, (scene) => {
  it("every event ends with its name, and answers do not", { skip: unlessReference("other names") }, async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.send("41"));
    scene.atEnd(() => session.end());
    const alice = await scene.connect("alice");
    await session.send("40");
    const answer = await session.packets.next();
    assert.match(answer, /^40\{"sid":"[\w-]{20}","pid":"[\w-]{40}"\}$/);
    const { sid } = JSON.parse(answer.slice(2));
    const [event, hello, offset] = JSON.parse((await session.packets.next()).slice(2));
    assert.equal(event, "signaler-hello");
    assert.match(offset, /^[0-9a-z]{1,8}\.s\.\d+$/);
    const { epoch, ...rest } = hello;
    assert.equal(epoch, offset.split(".")[0]);
    assert.deepEqual(rest, {
      v: 1,
      id: sid,
      taken: 0,
      recovered: false,
      graceMs: 120000,
      window: { bytes: 131072, ms: 180000 },
      backoff: { minMs: 250, maxMs: 5000 },
    });
    await session.send('420["keep-in-server","r1"]');
    assert.equal(await session.packets.next(), "430[]");
    await alice.asksFor("r1");
    alice.says("one", 2);
    alice.says(Buffer.from("three"));
    const named = (number) => `${epoch}_.${alice.socket.id}.${number}`;
    assert.equal(await session.packets.next(), `42["message","one",2,"${named(1)}"]`);
    const binary = `451-["message",{"_placeholder":true,"num":0},"${named(2)}"]`;
    assert.equal(await session.packets.next(), binary);
    assert.deepEqual(await session.packets.next(), Buffer.from("three"));
  });
}, timer);
