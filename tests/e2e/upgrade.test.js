// Engine.IO 4 over WebSocket, and the upgrade from polling to it, right and wrong.
import assert from "node:assert/strict";
import { it } from "node:test";
import { errors } from "./support/errors.js";
import { engineRequest } from "./support/http.js";
import { parseError, RawPolling, RawWebSocket, refusedWebSocket } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

withServer("a WebSocket session", { "max-payload": 12345 }, (scene) => {
  it("begins with an open packet that offers no upgrades", async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    const { sid, ...rest } = session.handshake;
    assert.match(sid, /^[\w-]{16,}$/);
    assert.deepEqual(rest, {
      upgrades: [],
      pingInterval: 25000,
      pingTimeout: 20000,
      maxPayload: 12345,
    });
  });

  it("has a public id that is not its secret one", async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    const { sid } = await session.joinsNamespace();
    assert.ok(sid);
    assert.notEqual(sid, session.sid);
  });

  it("sends blobs as binary messages without a type byte", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    await session.joinsNamespace();
    await session.asksFor("r1");
    alice.says(Buffer.from([4, 2]));
    assert.equal(await session.next(), '451-["message",{"_placeholder":true,"num":0}]');
    assert.deepEqual(await session.next(), Buffer.from([4, 2]));
  });

  const skip = unlessReference("ignores close packets, keeps a second socket until its timeout");
  it("ends with the close packet of the client", { skip }, async () => {
    const session = await RawWebSocket.open(scene.server);
    await session.joinsNamespace();
    await session.send("1");
    await session.isClosed();
  });

  it("ends with the close frame of the client, which is answered", async () => {
    const session = await RawWebSocket.open(scene.server);
    session.socket.close(1000);
    assert.equal((await session.isClosed()).code, 1000);
  });

  for (const [name, query, error] of [
    ["an unknown transport", { transport: "pigeon" }, errors.unknownTransport],
    ["an unknown session", { sid: "nobody" }, errors.unknownSession],
    ["the wrong protocol version", { EIO: "3" }, errors.unsupported],
    ["the transport polling", { transport: "polling" }, errors.badRequest],
  ]) {
    const skip = unlessReference("answers plain text, or only after the upgrade");
    it(`is refused before the upgrade with ${name}`, { skip }, async () => {
      const answer = await refusedWebSocket(scene.server, query);
      assert.deepEqual(answer, { status: 400, body: error });
    });
  }

  it("is not interrupted by a second WebSocket, which is refused", { skip }, async () => {
    const session = await RawWebSocket.open(scene.server);
    scene.atEnd(() => session.end());
    await session.joinsNamespace();
    await isTurnedAway(scene.server, session.sid);
    await session.opens("r1");
  });
});

/** A second WebSocket for a session: refused before the upgrade, or closed right after it. */
async function isTurnedAway(server, sid) {
  const intruder = new RawWebSocket(server, { sid });
  await intruder.accepted.catch(() => {});
  await intruder.isClosed();
  assert.deepEqual(intruder.packets.all, []);
}

withServer("an upgrade", { "upgrade-timeout": "2s" }, (scene) => {
  /** A polling session in a namespace that nobody polls at the moment. */
  async function polling() {
    const session = await RawPolling.open(scene.server, { listening: false });
    scene.atEnd(() => session.end());
    await session.post("40");
    await session.poll();
    return session;
  }

  async function probe(session) {
    const socket = await RawWebSocket.open(scene.server, { sid: session.sid });
    scene.atEnd(() => socket.end());
    await socket.send("2probe");
    assert.equal(await socket.next(), "3probe");
    return socket;
  }

  /** Neither the session nor what it may do has suffered. */
  async function assertStillPolling(session) {
    await session.post('427["keep-in-server","still here"]');
    const packets = [];
    while (!packets.includes("437[]")) packets.push(...(await session.poll()));
    assert.deepEqual(
      packets.filter((packet) => packet !== "6"),
      ["437[]"],
    );
  }

  it("answers the pending poll with noop and goes on over the WebSocket", async () => {
    const session = await polling();
    const pending = session.poll();
    const socket = await probe(session);
    assert.deepEqual(await pending, ["6"]);
    await socket.send("5");
    await socket.opens("r1");
  });

  it("flushes what was buffered while no poll was there, in order and once", async () => {
    const session = await polling();
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    await session.post('420["get-session-info","r1"]');
    assert.deepEqual(await session.poll(), ['430["r1"]']);
    const socket = await probe(session);
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    for (const number of numbers) alice.says(number);
    await alice.isInStep();
    await socket.send("5");
    for (const number of numbers) assert.equal(await socket.next(), `42["message",${number}]`);
  });

  it("takes what was posted before it as earlier than what it sends", async () => {
    const session = await polling();
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    await session.post('420["get-session-info","r1"]');
    await session.poll();
    const socket = await probe(session);
    await session.post('42["message","posted"]');
    await socket.send("5");
    await socket.says("framed");
    assert.deepEqual(await alice.hearsTimes(2), ["posted", "framed"]);
  });

  it("makes polling with that session wrong afterwards", async () => {
    const session = await polling();
    const pending = session.poll();
    const socket = await probe(session);
    await pending;
    await socket.send("5");
    await socket.opens("r1");
    const answer = await engineRequest(scene.server, { sid: session.sid });
    assert.deepEqual([answer.status, parseError(answer.body)], [400, errors.badRequest]);
    await socket.opens("r2");
  });

  it("happens once: a second WebSocket is turned away", async () => {
    const session = await polling();
    const pending = session.poll();
    const socket = await probe(session);
    await pending;
    await isTurnedAway(scene.server, session.sid);
    await socket.send("5");
    await socket.opens("r1");
    await isTurnedAway(scene.server, session.sid);
    await socket.opens("r2");
  });

  for (const [name, packets] of [
    ["a wrong probe", ["2prob"]],
    ["a probe in capitals", ["2PROBE"]],
    ["the upgrade packet before the probe", ["5"]],
    ["a message before the probe", ['42["message","sneaked in"]']],
    ["a message after the probe", ["2probe", '42["message","sneaked in"]']],
    ["a close packet", ["1"]],
    ["a packet nobody knows", ["9"]],
    ["an empty message", [""]],
    ["a blob", [Buffer.from("2probe")]],
    ["an open packet", ['0{"sid":"mine"}']],
  ]) {
    const skip = packets[0] === "5" && unlessReference("upgrades without a probe");
    it(`that begins with ${name} closes only the new socket`, { skip }, async () => {
      const session = await polling();
      const socket = await RawWebSocket.open(scene.server, { sid: session.sid });
      for (const packet of packets) await socket.send(packet);
      await socket.isClosed();
      await assertStillPolling(session);
    });
  }

  it("that is never finished ends at its timeout, and polling goes on", async () => {
    const session = await polling();
    const silent = await RawWebSocket.open(scene.server, { sid: session.sid });
    await silent.isClosed();
    const probing = await probe(session);
    await probing.isClosed();
    await assertStillPolling(session);
  });

  it("that breaks in the middle leaves polling as it was, and may be tried again", async () => {
    const session = await polling();
    const broken = await probe(session);
    broken.vanishes();
    await assertStillPolling(session);
    const skip = unlessReference("keeps upgrading until its timeout");
    if (skip) return;
    const pending = session.poll();
    const socket = await probe(session);
    await pending;
    await socket.send("5");
    await socket.opens("r1");
  });

  it("ends with its session", async () => {
    const session = await polling();
    const socket = await probe(session);
    await session.post("1");
    await socket.isClosed();
  });
});
