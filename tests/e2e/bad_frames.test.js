// WebSocket frames no well-meant client sends, byte by byte. Only the sender may notice.
import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { within } from "./support/deadline.js";
import { withServer } from "./support/suite.js";
import { frame, opcodes, RawFrames } from "./support/tcp.js";

const { continuation, text, binary, close, ping, pong } = opcodes;

/** What is sent after the handshake, and with which code the server has to close. */
const protocolErrors = {
  "an unmasked frame": [frame("40", { masked: false })],
  "a reserved bit": [frame("40", { rsv: 4 })],
  "the second reserved bit": [frame("40", { rsv: 2 })],
  "the third reserved bit": [frame("40", { rsv: 1 })],
  "a reserved data opcode": [frame("40", { opcode: 3 })],
  "a reserved control opcode": [frame("40", { opcode: 11 })],
  "a fragmented ping": [frame("x", { opcode: ping, fin: false })],
  "a fragmented close": [frame("", { opcode: close, fin: false })],
  "a ping of 126 bytes": [frame("x".repeat(126), { opcode: ping })],
  "a continuation of nothing": [frame("40", { opcode: continuation })],
  "a message inside of a fragmented one": [
    frame("4", { fin: false }),
    frame("40", { opcode: text }),
  ],
  "a close frame of one byte": [frame("x", { opcode: close })],
  "a close code nobody may send": [frame([1005 >> 8, 1005 & 255], { opcode: close })],
  "a close code out of range": [frame([0, 1], { opcode: close })],
};

const invalidUtf8 = {
  "a lone continuation byte": [0x34, 0x32, 0x80],
  "an overlong slash": [0x34, 0x32, 0xc0, 0xaf],
  "half of a surrogate pair": [0x34, 0x32, 0xed, 0xa0, 0x80],
  "a code point beyond the last": [0x34, 0x32, 0xf4, 0x90, 0x80, 0x80],
  "the beginning of a character only": [0x34, 0x32, 0xe2, 0x82],
};

withServer("WebSocket frames", { "max-payload": 5000 }, (scene) => {
  async function open() {
    const frames = await RawFrames.open(scene.server);
    scene.atEnd(() => frames.end());
    return frames;
  }

  /** A session with a seat in a room, so that there is something to be left behind. */
  async function join(room) {
    const frames = await open();
    await frames.sendText("40");
    assert.match(await frames.nextText(), /^40\{/);
    await frames.sendText(`420["keep-in-server","${room}"]`);
    assert.equal(await frames.nextText(), "430[]");
    return frames;
  }

  for (const [name, sent] of Object.entries(protocolErrors)) {
    it(`close with a protocol error: ${name}`, async () => {
      const frames = await join("r1");
      for (const bytes of sent) await frames.send(bytes);
      assert.equal(await frames.closeCode(), 1002);
    });
  }

  for (const [name, bytes] of Object.entries(invalidUtf8)) {
    it(`close on invalid UTF-8: ${name}`, async () => {
      const frames = await join("r1");
      await frames.send(frame(bytes));
      const code = await frames.closeCode();
      assert.equal(code, 1007);
    });

    it(`close on invalid UTF-8 in fragments: ${name}`, async () => {
      const frames = await join("r1");
      await frames.send(frame(bytes.slice(0, 3), { fin: false }));
      await frames.send(frame(bytes.slice(3), { opcode: continuation }));
      const code = await frames.closeCode();
      assert.equal(code, 1007);
    });
  }

  it("may split a character", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    const frames = await open();
    await frames.sendText("40");
    await frames.next();
    await frames.sendText('420["get-session-info","r1"]');
    assert.equal(await frames.nextText(), '430["r1"]');
    const bytes = [...Buffer.from('42["message","💡"]')];
    for (const [index, byte] of bytes.entries()) {
      const options = {
        opcode: index === 0 ? text : continuation,
        fin: index === bytes.length - 1,
      };
      await frames.send(frame([byte], options));
    }
    assert.equal(await alice.hears(), "💡");
  });

  it("of control may come between fragments, and pings are answered with their bytes", async () => {
    const frames = await open();
    await frames.send(frame("4", { fin: false }));
    await frames.send(frame("are you there?", { opcode: ping }));
    await frames.send(frame("", { opcode: pong }));
    const answer = await frames.next();
    assert.deepEqual([answer.opcode, answer.payload.toString()], [pong, "are you there?"]);
    await frames.send(frame("", { opcode: continuation, fin: false }));
    await frames.send(frame("0", { opcode: continuation }));
    assert.match(await frames.nextText(), /^40\{/);
  });

  /** A relayed message that is exactly `size` bytes on the wire. */
  const message = (size) => `42["message","${"x".repeat(size - 14 - 2)}"]`;

  it("of exactly the limit are relayed, whole and in fragments", async () => {
    const frames = await join("r1");
    const bob = await scene.connect("bob");
    await bob.asksFor("r1");
    assert.equal(message(5000).length, 5000);
    await frames.sendText(message(5000));
    assert.equal((await bob.hears()).length, 5000 - 16);
    await frames.send(frame(message(5000).slice(0, 4999), { fin: false }));
    await frames.send(frame(message(5000).slice(4999), { opcode: continuation }));
    assert.equal((await bob.hears()).length, 5000 - 16);
  });

  for (const [name, sent] of Object.entries({
    "one byte over the limit": [frame(message(5001))],
    "over the limit in binary": [frame(Buffer.alloc(5001), { opcode: binary })],
    "of which much more was on its way": [frame(message(3_000_000))],
    "over the limit by their header only": [frame("42", { length: 2 ** 40 })],
    "with a length beyond 2^63": [frame("42", { length: 2 ** 63 + 2 ** 12 })],
    "whose fragments sum up to more": [
      frame(message(5001).slice(0, 4000), { fin: false }),
      frame(message(5001).slice(4000), { opcode: continuation }),
    ],
    "with many small fragments": Array.from({ length: 60 }, (_, index) =>
      frame("x".repeat(100), { opcode: index === 0 ? text : continuation, fin: false }),
    ),
  })) {
    it(`are too big: ${name}`, async () => {
      const frames = await join("r1");
      for (const bytes of sent) await frames.send(bytes);
      const code = await frames.closeCode();
      const allowed = name.includes("2^63") ? [1002, 1009] : [1009];
      assert.ok(allowed.includes(code), String(code));
    });
  }

  it("that are too big may be sent to their end, and the answer is there", async () => {
    const frames = await join("r1");
    const { socket } = frames.connection;
    socket.allowHalfOpen = true;
    const ended = within(once(socket, "close"), "end of the connection");
    await frames.send(frame("4", { length: 3_000_000 }));
    const { opcode, payload } = await frames.next();
    assert.deepEqual([opcode, payload.readUInt16BE(0)], [close, 1009]);
    await frames.send(Buffer.alloc(2_999_999));
    socket.end();
    assert.deepEqual(await ended, [false], "not reset by the server");
  });

  it("that break off in the middle leave nothing behind", async () => {
    const frames = await join("r1");
    await frames.send(frame("42", { length: 4000 }));
    frames.end();
  });

  it("after the close frame are not looked at", async () => {
    const frames = await join("r1");
    const goodbye = frame([1000 >> 8, 1000 & 255], { opcode: close });
    const late = frame('42["keep-in-server","r2"]');
    await frames.send(Buffer.concat([goodbye, late]));
    assert.equal(await frames.closeCode(), 1000);
  });

  it("may follow the handshake in the same packet", async () => {
    const early = Buffer.concat([frame("40"), frame("hi", { opcode: ping })]);
    const frames = await RawFrames.open(scene.server, {}, early);
    scene.atEnd(() => frames.end());
    const seen = [await frames.next(), await frames.next()];
    const texts = seen
      .filter(({ opcode }) => opcode === text)
      .map(({ payload }) => String(payload));
    assert.match(texts[0], /^40/);
    await frames.sendText('420["keep-in-server","r1"]');
    assert.equal(await frames.nextText(), "430[]");
  });

  it("arrive byte by byte and are understood", async () => {
    const frames = await open();
    for (const byte of frame("40")) await frames.send(Buffer.from([byte]));
    assert.match(await frames.nextText(), /^40/);
    const opening = frame('420["keep-in-server","r1"]');
    for (const byte of opening) await frames.send(Buffer.from([byte]));
    assert.equal(await frames.nextText(), "430[]");
  });
});
