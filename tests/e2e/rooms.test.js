// Opening rooms and asking for them with stock socket.io-client, over every transport.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transports } from "./support/peer.js";
import { RawPolling, RawWebSocket } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

for (const transport of transports) {
  withServer(`rooms over ${transport}`, {}, (scene) => {
    const connect = (name) => scene.connect(name, { transport });

    it("acknowledges the opening of a room without arguments", async () => {
      const alice = await connect("alice");
      assert.deepEqual(await alice.opens("r1"), []);
    });

    it("answers who asks for an open room with its id", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
    });

    it("answers everybody who asked too early when the room opens", async () => {
      const joiners = await Promise.all(["bob", "carol", "dave"].map(connect));
      const answers = Promise.all(joiners.map((joiner) => joiner.asksFor("r1")));
      await scene.server.statsBecome((seen) => seen.parked === 3);
      const alice = await connect("alice");
      await alice.opens("r1");
      assert.deepEqual(await answers, [["r1"], ["r1"], ["r1"]]);
      alice.says("welcome");
      for (const joiner of joiners) assert.equal(await joiner.hears(), "welcome");
    });

    it("seats a parked joiner before anything is said in the room", async () => {
      const bob = await connect("bob");
      const answered = bob.asksFor("r1");
      await scene.server.statsBecome((seen) => seen.parked === 1);
      const alice = await connect("alice");
      alice.socket.emit("keep-in-server", "r1");
      alice.says("first words");
      assert.deepEqual(await answered, ["r1"]);
      assert.equal(await bob.hears(), "first words");
    });

    it("keeps the one place of a joiner who asks again, with the new acknowledgement", async () => {
      const bob = await connect("bob");
      const alice = await connect("alice");
      for (let turn = 0; turn < 100; turn += 1) bob.emits("get-session-info", "r1");
      const last = bob.asksFor("r1");
      await bob.isInStep();
      // What the registry has answered to Alice it has heard from Bob before.
      await alice.opens("another room");
      assert.equal((await scene.server.stats()).parked, 1);
      await alice.opens("r1");
      assert.deepEqual(await last, ["r1"]);
      const seen = await scene.server.stats();
      assert.equal(seen.parked, 0);
      assert.equal(seen.seats - scene.baseline.seats, 3);
      assert.equal(bob.refusals.all.length, 1, "more than the one that isInStep provokes");
    });

    it("answers again who asks again for a room it is in, and seats it once", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      await bob.asksFor("r1");
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
      alice.says("once");
      alice.says("end");
      assert.deepEqual(await bob.hearsTimes(2), ["once", "end"]);
    });

    it("acknowledges both of two openers, and the room outlasts the first of them", async () => {
      const alice = await connect("alice");
      const albert = await connect("albert");
      const bob = await connect("bob");
      assert.deepEqual(await Promise.all([alice.opens("r1"), albert.opens("r1")]), [[], []]);
      alice.leaves();
      await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
      albert.says("still here");
      assert.equal(await bob.hears(), "still here");
    });

    it("parks who asks after the last owner left, until somebody opens again", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      await bob.asksFor("r1");
      alice.leaves();
      await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
      const carol = await connect("carol");
      const answered = carol.asksFor("r1");
      await scene.server.statsBecome((seen) => seen.parked === 1);
      bob.socket.emit("keep-in-server", "r1");
      assert.deepEqual(await answered, ["r1"]);
    });

    it("treats keep-session as opening", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      const answered = bob.asksFor("r1");
      alice.socket.emit("keep-session", "r1");
      assert.deepEqual(await answered, ["r1"]);
    });

    it("frees the places of who leaves politely and of who vanishes", async () => {
      const leaver = await connect("leaver");
      const vanisher = await connect("vanisher");
      await leaver.opens("r1");
      await vanisher.opens("r2");
      leaver.emits("get-session-info", "r3");
      vanisher.emits("get-session-info", "r4");
      await scene.server.statsBecome((seen) => seen.parked === 2);
      leaver.leaves();
      vanisher.vanishes();
      await scene.server.statsBecome(scene.baseline);
    });

    it("frees all rooms of a socket that opened several", async () => {
      const alice = await connect("alice");
      const names = Array.from({ length: 10 }, (_, index) => `r${index}`);
      await Promise.all(names.map((name) => alice.opens(name)));
      const seen = await scene.server.stats();
      assert.equal(seen.rooms - scene.baseline.rooms, 10);
      alice.leaves();
      await scene.server.statsBecome(scene.baseline);
    });
  });
}

withServer("questions without an acknowledgement", {}, (scene) => {
  it("hurt nobody, before and after the room opens", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    bob.socket.emit("get-session-info", "r1");
    await bob.isInStep();
    await alice.opens("r1");
    bob.socket.emit("get-session-info", "r1");
    bob.socket.emit("get-session-info");
    assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
  });

  it("hurt nobody when an opener wants no answer either", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    alice.socket.emit("keep-in-server", "r1");
    assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
  });
});

describe("answers on the wire", () => {
  for (const [name, Transport] of Object.entries({ polling: RawPolling, websocket: RawWebSocket })) {
    withServer(`over ${name}`, {}, (scene) => {
      it("come exactly once for each question", async () => {
        const bob = await Transport.open(scene.server);
        scene.atEnd(() => bob.end());
        await bob.joinsNamespace();
        await bob.send('420["get-session-info","r1"]');
        await scene.server.statsBecome((seen) => seen.parked === 1);
        const alice = await scene.connect("alice");
        await alice.opens("r1");
        assert.equal(await bob.next(), '430["r1"]');
        await bob.send('421["get-session-info","r1"]');
        assert.equal(await bob.next(), '431["r1"]');
        await alice.opens("r1");
        alice.says("end");
        assert.equal(await bob.next(), '42["message","end"]');
      });

      it("go out as Socket.IO acknowledgements", async () => {
        const alice = await Transport.open(scene.server);
        scene.atEnd(() => alice.end());
        await alice.joinsNamespace();
        await alice.send('4217["keep-in-server","r1"]');
        assert.equal(await alice.next(), "4317[]");
        await alice.send('429007199254740991["get-session-info","r1"]');
        assert.equal(await alice.next(), '439007199254740991["r1"]');
      });
    });
  }
});

const goodIds = {
  constructor: "constructor",
  ["__proto__"]: "__proto__",
  toString: "toString",
  hasOwnProperty: "hasOwnProperty",
  "an emoji": "👩‍👩‍👧‍👦",
  "256 bytes": "x".repeat(256),
  "256 bytes of emoji": "😀".repeat(64),
  "a space": " ",
  "quotes and backslashes": '"\\"\\\\"',
  "control characters": "\u0000\n\u001e\u007f",
  "a long number": "12345678901234567890",
};

const badIds = {
  "257 bytes": "x".repeat(257),
  "64 emoji and one letter": `${"😀".repeat(64)}x`,
  "an empty string": "",
  "a number": 7,
  null: null,
  true: true,
  "an array": ["r1"],
  "an object": { room: "r1" },
  "a blob": Buffer.from("r1"),
};

withServer("room ids", {}, (scene) => {
  for (const [name, id] of Object.entries(goodIds)) {
    it(`are opaque: ${name}`, async () => {
      const alice = await scene.connect("alice");
      const bob = await scene.connect("bob", { transport: "polling" });
      const answered = bob.asksFor(id);
      await scene.server.statsBecome((seen) => seen.parked === 1);
      assert.deepEqual(await alice.opens(id), []);
      assert.deepEqual(await answered, [id]);
      alice.says("hello");
      assert.equal(await bob.hears(), "hello");
    });
  }

  for (const [name, id] of Object.entries(badIds)) {
    for (const event of ["keep-in-server", "keep-session", "get-session-info"]) {
      it(`are refused: ${name} in ${event}`, async () => {
        const alice = await scene.connect("alice");
        let answered = false;
        alice.socket.emit(event, id, () => (answered = true));
        const refusal = await alice.isRefused();
        assert.equal(refusal.event, event);
        assert.match(refusal.code, /^[a-z][a-z-]+$/);
        assert.match(refusal.message, /\w+ \w+/);
        await alice.opens("a good room");
        assert.equal(answered, false);
      });
    }
  }

  it("are refused when they are missing", async () => {
    const alice = await scene.connect("alice");
    alice.socket.emit("keep-in-server");
    assert.equal((await alice.isRefused()).event, "keep-in-server");
    alice.socket.emit("get-session-info");
    assert.equal((await alice.isRefused()).event, "get-session-info");
  });
});

withServer("exclusive rooms", { "exclusive-rooms": true }, (scene) => {
  it("refuse a second opener with signaler-error and without an acknowledgement", async () => {
    const alice = await scene.connect("alice");
    const mallory = await scene.connect("mallory");
    await alice.opens("r1");
    let answered = false;
    mallory.socket.emit("keep-in-server", "r1", () => (answered = true));
    const refusal = await mallory.isRefused();
    assert.equal(refusal.event, "keep-in-server");
    assert.equal(refusal.room, "r1");
    assert.match(refusal.code, /^[a-z][a-z-]+$/);
    assert.match(refusal.message, /\w+ \w+/);
    assert.deepEqual(await mallory.opens("r2"), []);
    assert.equal(answered, false);
  });

  it("let the owner itself open again", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    assert.deepEqual(await alice.opens("r1"), []);
    alice.socket.emit("keep-session", "r1");
    assert.deepEqual(await alice.opens("r2"), []);
    assert.deepEqual(alice.refusals.all, []);
  });

  it("can be opened by another once the owner has left", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    await alice.opens("r1");
    await bob.asksFor("r1");
    alice.leaves();
    await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
    assert.deepEqual(await bob.opens("r1"), []);
  });
});

withServer("questions that may wait at once", { "max-parked-per-socket": 3 }, (scene) => {
  const skip = unlessReference("no limit");
  it("are limited for each socket, and the limit is told", { skip }, async () => {
    const bob = await scene.connect("bob");
    for (const room of ["r1", "r2", "r3"]) bob.emits("get-session-info", room);
    await scene.server.statsBecome((seen) => seen.parked === 3);
    bob.emits("get-session-info", "r4");
    const refusal = await bob.isRefused();
    assert.deepEqual([refusal.event, refusal.room], ["get-session-info", "r4"]);
    assert.equal((await scene.server.stats()).parked, 3);
  });
});
