// What the server cannot take: that it is told and never sent, and that the bounds are the server's own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { encodePayload } from "engine.io-parser";
import { Encoder } from "socket.io-parser";
import { io } from "socket.io-client";
import { eventually, within } from "../../tests/e2e/support/deadline.js";
import { Server } from "../../tests/e2e/support/server.js";
import * as bounds from "../src/bounds.js";
import { PlainServer } from "./support/plain_server.js";
import { SpeakingServer } from "./support/speaking_server.js";
import { newWorld } from "./support/world.js";

const { maxAttachments, maxJsonDepth } = bounds;
const parts = (count, bytes = 1) => Array.from({ length: count }, () => new Uint8Array(bytes));
/** As many brackets as `depth`, in a packet whose arguments are the first of them. */
function nested(depth) {
  let value = [];
  for (let i = 2; i < depth; i += 1) value = i % 2 ? [value] : { value };
  return value;
}
/** The text with which a `message` takes this many bytes on the wire. */
const textOf = (bytes) => "x".repeat(bytes - `42["message",""]`.length);

describe("web.bounds, of a packet", () => {
  const fault = (data, where = {}, nsp = "/") =>
    bounds.faultOfPacket({ type: 2, nsp, data, id: 7 }, new Encoder(), { maxBytes: 1000, isOurs: true, ...where });
  /** What the packet takes as the stock client writes it: the bytes of its largest message. */
  const bytesOf = (data, nsp = "/") =>
    Math.max(
      ...new Encoder()
        .encode({ type: 2, nsp, data, id: 7 })
        .map((part) => (typeof part === "string" ? 1 + Buffer.byteLength(part) : part.byteLength)),
    );

  it("counts bytes as they go over the wire, whatever the characters", () => {
    for (const one of ["x", "é", "€", "😀", "\n", "\u0001", '"', "\ud800"]) {
      for (const nsp of ["/", "/ünder"]) {
        for (let count = 1; count <= 1000; count += 1) {
          const data = ["message", one.repeat(count)];
          assert.equal(fault(data, {}, nsp), bytesOf(data, nsp) > 1000 ? "too-large" : undefined, `${count} × ${one}`);
        }
      }
    }
  });

  it("has each attachment as a message of its own, and larger by polling", () => {
    const large = (bytes, where) => fault(["message", new Uint8Array(bytes)], where);
    assert.deepEqual([large(1000), large(1001)], [undefined, "too-large"]);
    const isPolling = true;
    assert.deepEqual([large(747, { isPolling }), large(750, { isPolling })], [undefined, "too-large"]);
    assert.equal(fault(["message", ...parts(3, 900)]), undefined);
    assert.equal(fault(["message", new Blob(["x".repeat(1001)])]), "too-large");
  });

  it("knows only the size of another server, if that says it", () => {
    const foreign = { isOurs: false, maxBytes: 1000 };
    assert.equal(fault(["message", nested(100), ...parts(11)], foreign), undefined);
    assert.equal(fault(["message", textOf(1200)], foreign), "too-large");
    assert.equal(fault(["message", textOf(1200)], { ...foreign, maxBytes: undefined }), undefined);
  });

  it("is malformed if nothing can be sent for it, or nothing that the server could read", () => {
    const endless = {};
    endless.endless = endless;
    const held = { _placeholder: true, num: 1 };
    assert.equal(fault(["message", endless]), "too-deep");
    assert.equal(fault(["message", endless], { isOurs: false }), "malformed");
    assert.equal(fault(["message", 1n]), "malformed");
    for (const name of [null, undefined, true, {}, NaN, Object(1n), Object(true), new Map(), new Uint8Array(1)])
      assert.equal(fault([name]), "malformed");
    assert.deepEqual([fault([1]), fault([-1.5, "x"]), fault([new String('"a"'), 1])], Array(3).fill(undefined));
    assert.equal(fault(["message", held]), undefined);
    assert.equal(fault(["message", held, ...parts(1)]), "malformed");
    assert.equal(fault(["message", held, ...parts(2)]), undefined);
  });

  it("is malformed if its event has a name of the protocol's, however it is written", () => {
    for (const name of bounds.reservedEvents) {
      for (const written of [name, new String(name), { toJSON: () => name }])
        for (const nsp of ["/", "/a[\"connect\""]) assert.equal(fault([written, "x"], {}, nsp), "malformed", name);
      assert.equal(fault([new String(`${name}ed`)]), undefined);
      assert.equal(fault([new String(`"${name}`)]), undefined);
    }
  });

  it("counts what is not there, and what is in a box", () => {
    const holes = (count) => new Array(count);
    assert.deepEqual([fault(["message", holes(150)]), fault(["message", holes(300)])], [undefined, "too-large"]);
    assert.equal(fault(["message", [[holes(300)]]]), "too-large");
    const boxed = (value, count) => ["message", Array.from({ length: count }, () => Object(value))];
    for (const value of [-1.7976931348623157e308, false, "text"])
      for (const count of [1, 30, 300]) {
        const data = boxed(value, count);
        assert.equal(fault(data), bytesOf(data) > 1000 ? "too-large" : undefined, `${count} × ${value}`);
      }
    for (const isOurs of [true, false]) assert.equal(fault(boxed(1n, 1), { isOurs }), "malformed");
  });

  it("is looked at as toJSON makes it", () => {
    assert.equal(fault(["message", Object.assign(() => {}, { toJSON: () => nested(65) })]), "too-deep");
    assert.equal(fault(["message", { toJSON: () => nested(64) }]), undefined);
    assert.equal(fault(["message", { toJSON: () => nested(65) }]), "too-deep");
    assert.equal(fault(["message", { deep: nested(99), toJSON: () => 1 }, new Date()]), undefined);
  });

  it("has brackets in texts and in the namespace that count for nothing", () => {
    const text = `\\"${"[{".repeat(50)}\\`;
    assert.equal(fault(["message", text, { toJSON: () => 1 }], {}, "/[[["), undefined);
    assert.equal(fault(["message", text, { toJSON: () => nested(65) }], {}, "/[[["), "too-deep");
  });
});

describe("web.bounds, of a request by polling", () => {
  const { fittingOf, maxPacketsPerPayload } = bounds;
  const packetsOf = (...all) => all.map((data) => ({ type: "message", data }));
  const bodyOf = (packets) => {
    let body;
    encodePayload(packets, (encoded) => (body = encoded));
    return Buffer.byteLength(body);
  };
  const binary = [new Uint8Array(0), new Uint8Array(1), new ArrayBuffer(2), new DataView(new ArrayBuffer(301))];
  const all = packetsOf("2x", ...binary, undefined, "é€😀", "", "x".repeat(100));

  it("holds as many packets as fit, to the byte, and always one", () => {
    for (let bytes = 0; bytes <= bodyOf(all); bytes += 1) {
      const count = fittingOf(all, bytes);
      assert.ok(count === 1 || bodyOf(all.slice(0, count)) <= bytes, `${count} in ${bytes}`);
      assert.ok(count === all.length || bodyOf(all.slice(0, count + 1)) > bytes, `not more in ${bytes}`);
    }
    assert.equal(fittingOf(all, bodyOf(all)), all.length);
  });

  it("holds no more packets than the server takes, and is else without bounds if the server says none", () => {
    const many = Array(maxPacketsPerPayload + 1).fill(all[0]);
    for (const bytes of [undefined, 1e9]) assert.equal(fittingOf(many, bytes), maxPacketsPerPayload);
    assert.equal(fittingOf(packetsOf("x".repeat(5e6), "x"), undefined), 2);
    assert.equal(fittingOf([], 1000), 0);
  });
});

describe("web.bounds", () => {
  it("are those that the server has", () => {
    const text = readFileSync(new URL("../../net/wire/limits.hpp", import.meta.url), "utf8");
    const limit = (name) => Number(new RegExp(`${name} = ([\\d']+);`).exec(text)[1].replaceAll("'", ""));
    assert.equal(maxJsonDepth, limit("max_json_depth"));
    assert.equal(maxAttachments, limit("max_attachments"));
    assert.equal(bounds.maxPacketsPerPayload, limit("max_packets_per_payload"));
    const code = readFileSync(new URL("../../net/wire/socket_io.cpp", import.meta.url), "utf8");
    const [, names] = /reserved\{([^}]*)\}/.exec(code);
    assert.deepEqual([...bounds.reservedEvents], names.match(/\w+/g));
  });
});

const maxPayload = 100_000;
const world = newWorld(() => Server.start({ "max-payload": maxPayload, grace: undefined }));

/** Two pages in a room. The first keeps what it is asked to keep while it is away. */
async function twoInARoom(options) {
  const [alice, bob] = [await world.loadApart("alice", options), await world.load("bob")];
  await alice.opens("r1");
  await bob.joins("r1");
  return [alice, bob];
}

const poisons = {
  "is too large": ["too-large", ["x".repeat(1_500_000)]],
  "has an attachment that is too large": ["too-large", parts(1, maxPayload + 1)],
  "has too many attachments": ["too-many-attachments", parts(maxAttachments + 1)],
  "is nested too deep": ["too-deep", [nested(maxJsonDepth + 1)]],
  "is nested without end": ["too-deep", [nested(100_000)]],
  "is full of holes": ["too-large", [new Array(30_000)]],
  "has a BigInt in a box": ["malformed", [Object(1n)]],
  "pretends to have attachments": ["malformed", [{ _placeholder: true, num: 5 }, ...parts(1)]],
};

for (const transport of ["websocket", "polling"]) {
  describe(`web.bounds, by ${transport}`, () => {
    const options = { io: { transports: [transport] } };
    for (const [name, [reason, args]] of Object.entries(poisons)) {
      it(`tells of what ${name}, and goes on with the next`, async () => {
        const [alice, bob] = await twoInARoom(options);
        alice.socket.emit("message", ...args);
        assert.deepEqual(alice.dropped.all, [{ event: "message", args, reason }]);
        alice.says("next");
        assert.equal(await bob.hears(), "next");
        assert.deepEqual([alice.disconnected.all, alice.refused.all], [[], []]);
        await eventually("empty queue", () => alice.signaler.queued === 0);
      });

      it(`tells of what ${name} when it would be sent, if it was emitted offline`, async () => {
        const [alice, bob] = await twoInARoom(options);
        alice.network.cut();
        await alice.disconnected.next("loss");
        for (const more of [["before"], args, ["behind"]]) alice.socket.emit("message", ...more);
        alice.network.mend();
        assert.deepEqual([await bob.hears(), await bob.hears()], ["before", "behind"]);
        assert.deepEqual(alice.dropped.all, [{ event: "message", args, reason }]);
        assert.deepEqual([alice.disconnected.all.length, alice.refused.all], [1, []]);
      });
    }

    it("sends what is just within the bounds", async () => {
      const [alice, bob] = await twoInARoom(options);
      const largest = transport === "polling" ? ((maxPayload - 1) / 4 | 0) * 3 : maxPayload;
      for (const args of [
        [nested(maxJsonDepth)],
        parts(maxAttachments, 3),
        [new Uint8Array(largest), "beside it"],
        [new Uint8Array(0)],
        parts(3, 25_000),
      ]) {
        alice.socket.emit("message", ...args);
        await bob.hears();
      }
      // The number that goes behind takes `,{"n":6}`, and the id of the acknowledgement its digits.
      const id = String(alice.socket.ids).length;
      const text = textOf(maxPayload - `,{"n":6}`.length - id);
      alice.says(`${text}x`);
      assert.equal(alice.dropped.all.length, 1);
      alice.says(text);
      assert.equal(await bob.hears(), text);
      assert.deepEqual(alice.disconnected.all, []);
    });

    it("comes to a server that ends the connection just beyond them", async () => {
      for (const [args, isTaken, event = "message"] of [
        [[nested(maxJsonDepth)], true],
        [[nested(maxJsonDepth + 1)], false],
        [parts(maxAttachments), true],
        [parts(maxAttachments + 1), false],
        [[textOf(maxPayload)], true],
        [[textOf(maxPayload + 1)], false],
        [["x"], true],
        [["x"], false, { toJSON: () => "connect" }],
      ]) {
        const socket = io(world.server.url, { forceNew: true, reconnection: false, transports: [transport] });
        await within(new Promise((resolve) => socket.on("connect", resolve)), "connection");
        const ended = new Promise((resolve) => socket.on("disconnect", () => resolve(false)));
        socket.emit(event, ...args);
        // Refused by its event, so there is an answer, and after all that was before it.
        const answered = new Promise((resolve) => socket.on("signaler-error", () => resolve(true)));
        socket.emit("get-session-info", "", () => {});
        assert.equal(await within(Promise.race([ended, answered]), "answer or end"), isTaken);
        socket.disconnect();
      }
    });
  });
}

describe("web.bounds, of a page", () => {
  it("give a callback the error of what is dropped, if it wants to know", async () => {
    const [alice] = await twoInARoom();
    const asked = alice.socket.timeout(10_000).emitWithAck("message", "x".repeat(maxPayload));
    await assert.rejects(within(asked, "answer"), { code: "dropped", event: "message" });
  });

  it("leave no hole among the numbers of what was sent before and is too large by polling", async () => {
    const [alice, bob] = await twoInARoom({ io: { transports: ["websocket"] } });
    alice.network.stall(); // it goes out, and does not arrive
    alice.socket.emit("message", "before");
    alice.socket.emit("message", new Uint8Array(90_000));
    alice.socket.emit("message", "behind");
    alice.socket.io.opts.transports = ["polling"];
    alice.network.mend();
    assert.deepEqual([await bob.hears(), await bob.hears()], ["before", "behind"]);
    assert.deepEqual(alice.dropped.all.map(({ reason }) => reason), ["too-large"]);
    assert.deepEqual([alice.disconnected.all.length, alice.refused.all], [1, []]);
  });

  it("let nothing out that has a name of the protocol's in disguise", async () => {
    const [alice, bob] = await twoInARoom();
    const names = [new String("connect"), { toJSON: () => "disconnect" }];
    for (const name of names) alice.socket.emit(name, 1);
    alice.says("next");
    assert.equal(await bob.hears(), "next");
    assert.deepEqual(alice.dropped.all, names.map((event) => ({ event, args: [1], reason: "malformed" })));
    assert.deepEqual([alice.disconnected.all, alice.refused.all], [[], []]);
  });

  it("refuse a room whose id is too large, and nothing else", async () => {
    const alice = await world.load("alice");
    const room = "r".repeat(maxPayload);
    for (const wants of ["opens", "joins"]) await assert.rejects(alice[wants](room), { code: "invalid-room-id" });
    await within(alice.signaler.leaveRoom(room), "leaving");
    assert.equal(await alice.opens("r1"), "r1");
    assert.deepEqual(alice.disconnected.all, []);
  });

  it("hold for what a polling page sends in one request, however much it has kept", async () => {
    const [alice, bob] = await twoInARoom({ io: { transports: ["polling"] } });
    alice.network.cut();
    await alice.disconnected.next("loss");
    // Four of them are 99,756 bytes by the stock client's reckoning, and 100,008 on the wire.
    const bytes = 18_750;
    for (let i = 0; i < 20; i += 1) alice.socket.emit("message", new Uint8Array(bytes));
    alice.network.mend();
    const heard = await bob.messages.take(20);
    assert.deepEqual(heard.map(({ byteLength }) => byteLength), Array(20).fill(bytes));
    assert.equal(alice.disconnected.all.length, 1);
  });

  it("hold for what a polling page sends in one request, also beside attachments of no bytes", async () => {
    const [alice, bob] = await twoInARoom({ io: { transports: ["polling"] } });
    alice.socket.emit("message", [new Uint8Array(0), ...parts(4, 30_000)]);
    alice.says("next");
    assert.deepEqual((await bob.hears()).map(({ byteLength }) => byteLength), [0, ...Array(4).fill(30_000)]);
    assert.equal(await bob.hears(), "next");
    assert.deepEqual(alice.disconnected.all, []);
  });

  it("hold for how many packets there are in one request, however small", async () => {
    await world.replace(() => Server.start({ grace: undefined }));
    const count = Math.ceil(bounds.maxPacketsPerPayload / (1 + maxAttachments)) + 1;
    const [alice, bob] = await twoInARoom({ io: { transports: ["polling"] }, queueLimit: count });
    alice.network.cut();
    await alice.disconnected.next("loss");
    for (let i = 0; i < count; i += 1) alice.socket.emit("message", ...parts(maxAttachments));
    alice.network.mend();
    await bob.messages.take(count);
    assert.equal(alice.disconnected.all.length, 1);
  });

  it("drop nothing that the server has: it is answered without its answer", async () => {
    await world.replace(() => SpeakingServer.start({}, { maxHttpBufferSize: maxPayload }));
    world.server.acknowledges = false;
    const alice = await world.load("alice", { io: { transports: ["websocket"] } });
    const answer = new Promise((resolve) =>
      alice.socket.emit("message", new Uint8Array(90_000), (...values) => resolve(values)),
    );
    await eventually("arrival", () => world.server.arrived.length === 1);
    alice.socket.io.opts.transports = ["polling"];
    world.server.breakConnections();
    assert.deepEqual(await within(answer, "answer"), []);
    assert.deepEqual([alice.dropped.all, world.server.arrived.length], [[], 1]);
  });

  it("are of another server what it says of its size", async () => {
    await world.replace(() => PlainServer.start({ maxHttpBufferSize: 1000 }));
    const alice = await world.load("alice");
    alice.socket.emit("echo", "x".repeat(1000), () => {});
    assert.deepEqual(alice.dropped.all.map(({ reason }) => reason), ["too-large"]);
    const deep = nested(maxJsonDepth + 1);
    assert.deepEqual(await alice.socket.emitWithAck("echo", deep), deep);
    assert.deepEqual(alice.disconnected.all, []);
  });
});
