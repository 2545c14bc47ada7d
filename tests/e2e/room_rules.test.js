// Which room ids are good, who may open a room, and how many questions may wait.
import assert from "node:assert/strict";
import { it } from "node:test";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

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

withServer("rooms one socket may sit in", { "max-rooms-per-socket": 2 }, (scene) => {
  const skip = unlessReference("no limit");
  it("are limited, and the limit is told", { skip }, async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    await alice.opens("r2");
    alice.emits("keep-in-server", "r3");
    const { room, code } = await alice.isRefused();
    assert.deepEqual([room, code], ["r3", "too-many-rooms-of-socket"]);
  });

  it("may be opened and asked for again at the limit", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    await alice.opens("r2");
    assert.deepEqual(await alice.opens("r1"), []);
    assert.deepEqual(await alice.asksFor("r2"), ["r2"]);
    assert.deepEqual(alice.refusals.all, []);
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

/** With one of these there may be: what alice does, and what bob is refused then. */
const limits = {
  "max-rooms": ["too-many-rooms", (alice) => alice.opens("r1"), (bob) => bob.emits("keep-in-server", "r2")],
  "max-seats": ["too-many-seats", (alice) => alice.opens("r1"), (bob) => bob.emits("get-session-info", "r1")],
  "max-seats-per-room": ["room-full", (alice) => alice.opens("r1"), (bob) => bob.emits("get-session-info", "r1")],
  "max-parked": [
    "too-many-parked",
    (alice, server) => (alice.emits("get-session-info", "r1"), server.statsBecome({ parked: 1 })),
    (bob) => bob.emits("get-session-info", "r2"),
  ],
  "lobby-members": ["lobby-closed", () => {}, (bob) => bob.says("nobody hears this")],
  "lobby-rate": ["lobby-rate", () => {}, (bob) => ["one", "two", "three"].map((text) => bob.says(text))],
};
for (const [option, [code, fill, exceed]] of Object.entries(limits)) {
  withServer(`--${option}`, { [option]: 1 }, (scene) => {
    it(`is told beyond it: ${code}`, { skip: unlessReference("no limit") }, async () => {
      const alice = await scene.connect("alice");
      const bob = await scene.connect("bob");
      await fill(alice, scene.server);
      exceed(bob);
      assert.equal((await bob.isRefused()).code, code);
      assert.deepEqual(alice.refusals.all, []);
    });
  }, { bystanders: false });
}
