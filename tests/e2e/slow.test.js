// Clients that are slow on purpose, or never read: they lose their connection, and others notice
// nothing of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, it } from "node:test";
import { eventually, usualDeadline } from "./support/deadline.js";
import { enginePath } from "./support/http.js";
import { RawPolling, RawWebSocket } from "./support/raw_session.js";
import { isReference, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { frame, opcodes, RawConnection, RawFrames } from "./support/tcp.js";

const timeouts = { "header-timeout": "2s", "body-timeout": "2s" };
const slowSkip = unlessReference("has no such timeouts");

withServer("slow requests", isReference ? {} : timeouts, (scene) => {
  async function open(head) {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    await connection.write(head);
    return connection;
  }

  /** One byte every now and then, as attackers do, until the server has enough. */
  function drip(connection, byte) {
    const timer = setInterval(() => connection.socket.write(byte), 50);
    connection.closed.then(() => clearInterval(timer));
  }

  it("from 300 connections at once that never finish a header", { skip: slowSkip }, async () => {
    const head = `GET ${enginePath()} HTTP/1.1\r\nHost: a\r\nX-Slow: `;
    const slow = await Promise.all(Array.from({ length: 300 }, () => open(head)));
    for (const connection of slow) drip(connection, "y");
    const allClosed = Promise.all(slow.map((connection) => connection.isClosed()));
    let isOver = false;
    allClosed.then(() => (isOver = true));
    while (!isOver) await scene.bystanders.exchange();
    await allClosed;
    const statuses = new Set(slow.flatMap((connection) => connection.statuses));
    assert.ok(
      [...statuses].every((status) => status === 408),
      [...statuses].join(),
    );
  });

  it("that never finish their body", { skip: slowSkip }, async () => {
    const session = await RawPolling.open(scene.server);
    scene.atEnd(() => session.end());
    await session.joinsNamespace();
    const path = enginePath({ sid: session.sid });
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n42`;
    const slow = await open(head);
    drip(slow, "x");
    await slow.isClosed();
    assert.ok(
      slow.statuses.every((status) => status === 408),
      slow.text,
    );
  });
});

/** Longer than a busy machine stands still. */
const idleTimeout = 2000;
const idle = { "idle-timeout": `${idleTimeout}ms`, "header-timeout": `${idleTimeout}ms` };
// The stock client's polling in Node does not survive that a kept connection is closed just when it
// wants to use it again: so nobody here keeps one for as long as this server's short timeout.
const alone = { bystanders: false };

const idleConnections = (scene) => {
  async function open(head) {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    await connection.write(head);
    return connection;
  }

  it("are closed when they are not used again", { skip: slowSkip }, async () => {
    const kept = await open("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    await kept.isClosed();
    assert.deepEqual(kept.statuses, [200]);
  });

  it("are closed when they are never used", { skip: slowSkip }, async () => {
    const silent = await open("");
    await silent.isClosed();
  });

  it("are not those of polls that wait for their answer", { skip: slowSkip }, async () => {
    const alice = await RawPolling.open(scene.server);
    scene.atEnd(() => alice.end());
    await alice.joinsNamespace();
    await alice.send('420["get-session-info","r1"]');
    for (const head of ["GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", ""]) {
      const connection = await open(head);
      await connection.isClosed();
    }
    const bob = await scene.connect("bob", { transport: "websocket" });
    await bob.opens("r1");
    assert.equal(await alice.next(), '430["r1"]');
  });
};
withServer("idle connections", isReference ? {} : idle, idleConnections, alone);

const folder = mkdtempSync(path.join(tmpdir(), "signaler-slow-"));
const fileSize = 15_000_000;
const serving = { ...idle, "web-root": folder };
/** Between reads of at most 64 kB: all of them take longer than the timeout. */
const pauseMs = (2 * idleTimeout) / (fileSize / 65_536);

withServer("a slow reader of a large file", isReference ? {} : serving, (scene) => {
  before(() => writeFileSync(path.join(folder, "large"), Buffer.alloc(fileSize)));
  after(() => rmSync(folder, { recursive: true }));

  it("gets all of it, however long it takes", { skip: slowSkip }, async () => {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    const { socket } = connection;
    socket.removeAllListeners("data");
    let received = 0;
    socket.on("data", (data) => {
      received += data.length;
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
    });
    await connection.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    let hasEnded = false;
    connection.closed.then(() => (hasEnded = true));
    await eventually("the file", () => received > fileSize || hasEnded, 4 * usualDeadline);
    assert.ok(received > fileSize, `${received} bytes, then the end`);
  });
}, alone);

const limits = { "max-outbound-bytes": 200000, "max-payload": 100000 };

withServer("a reader that never reads", isReference ? {} : limits, (scene) => {
  const skip = unlessReference("queues without a limit");
  const content = "x".repeat(20000);

  /** Talks until the server has given the deaf one up; everybody else hears every word. */
  async function talkUntilGone(speaker, listener, sessions) {
    let number = 0;
    await eventually("end of the reader that never reads", async () => {
      // Less than the limit at a time, or those who do read would reach it too.
      const numbers = [1, 2, 3, 4, 5].map(() => (number += 1));
      for (const next of numbers) speaker.says(next, content);
      assert.deepEqual(await listener.hearsTimes(5), numbers);
      return (await scene.server.stats()).sessions < sessions;
    });
  }

  async function room() {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob", { transport: "polling" });
    await alice.opens("r1");
    await bob.asksFor("r1");
    return [alice, bob];
  }

  it("is closed over WebSocket, while others in its room hear everything", { skip }, async () => {
    const [alice, bob] = await room();
    const deaf = await RawFrames.open(scene.server);
    scene.atEnd(() => deaf.end());
    await deaf.sendText("40");
    await deaf.next();
    await deaf.sendText('420["get-session-info","r1"]');
    assert.equal(await deaf.nextText(), '430["r1"]');
    deaf.connection.socket.pause();
    const { sessions } = await scene.server.stats();
    await talkUntilGone(alice, bob, sessions);
  });

  it("is closed over polling, while others in its room hear everything", { skip }, async () => {
    const [alice, bob] = await room();
    const deaf = await RawPolling.open(scene.server, { listening: false });
    await deaf.post("40");
    await deaf.poll();
    await deaf.post('420["get-session-info","r1"]');
    assert.deepEqual(await deaf.poll(), ['430["r1"]']);
    const { sessions } = await scene.server.stats();
    await talkUntilGone(alice, bob, sessions);
    deaf.vanishes();
  });

  it("is named in the log with its reason", { skip }, async () => {
    const lines = () => scene.server.log.filter((line) => /slow/.test(JSON.stringify(line)));
    const what = () => `two of them in the log: ${JSON.stringify(scene.server.log.slice(-5))}`;
    await eventually(what, () => lines().length >= 2);
  });

  it("of its own answers stops being read itself, and costs no memory", { skip }, async () => {
    const deaf = await RawFrames.open(scene.server);
    scene.atEnd(() => deaf.end());
    await deaf.sendText("40");
    await deaf.next();
    deaf.connection.socket.pause();
    const before = scene.server.residentBytes();
    const question = frame(`429["keep-in-server","${"r".repeat(250)}"]`);
    const flood = Buffer.concat(Array.from({ length: 2000 }, () => question));
    const { sessions } = await scene.server.stats();
    // Either the server stops reading, so that what we write is no longer taken, or it hangs up.
    for (let round = 0; round < 40; round += 1) {
      const taken = deaf.connection.socket.write(flood);
      if ((await scene.server.stats()).sessions < sessions) break;
      if (!taken) await scene.bystanders.exchange();
    }
    const { isSanitized } = scene.server;
    const grown = scene.server.residentBytes() - before;
    assert.ok(isSanitized || grown < 30e6, `${grown} bytes more`);
  });
});

withServer("pings", {}, (scene) => {
  // Small ones: many of them wait in the server to be looked at when their client is gone.
  const flood = Buffer.concat(Array(50_000).fill(frame("x", { opcode: opcodes.ping })));

  it("of clients that vanish in the middle of them leave nothing behind", async () => {
    for (let round = 0; round < 20; round += 1) {
      const talker = await RawFrames.open(scene.server);
      const { socket } = talker.connection;
      socket.write(flood);
      await scene.bystanders.exchange();
      socket.resetAndDestroy();
    }
  });
});

withServer("pipelined requests", {}, (scene) => {
  const count = 60_000;
  const flood = Buffer.from("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(count));

  it("whose answers nobody reads wait, and all are answered later", { skip: slowSkip }, async () => {
    const deaf = await RawConnection.open(scene.server);
    scene.atEnd(() => deaf.end());
    deaf.socket.pause();
    deaf.socket.write(flood);
    await scene.server.statsBecome(({ queued_bytes }) => queued_bytes > 0);
    for (let round = 0; round < 20; round += 1) await scene.bystanders.exchange();
    const { queued_bytes } = await scene.server.stats();
    assert.ok(queued_bytes < 200_000, `${queued_bytes} bytes are kept for one client`);
    // Counted as they come, since putting them together again and again would take minutes.
    deaf.socket.removeAllListeners("data");
    let answers = 0;
    deaf.socket.on("data", (data) => (answers += data.toString("latin1").split("ok\n").length - 1));
    deaf.socket.resume();
    await eventually("all answers", () => answers > 0.999 * count);
  });
});

withServer("a fast talker", {}, (scene) => {
  it("neither loses messages nor makes others wait", async () => {
    const [alice, bob] = [await scene.connect("alice"), await scene.connect("bob")];
    await alice.opens("r1");
    await bob.asksFor("r1");
    const count = 3000;
    for (let number = 0; number < count; number += 1) alice.says(number, "y".repeat(500));
    for (let turn = 0; turn < 5; turn += 1) await scene.bystanders.exchange();
    const heard = await bob.hearsTimes(count);
    assert.ok(heard.every((number, index) => number === index));
  });

  it("may open and close sessions as fast as it can", async () => {
    for (let round = 0; round < 5; round += 1) {
      const sessions = await Promise.all(
        Array.from({ length: 40 }, () => RawWebSocket.open(scene.server)),
      );
      for (const session of sessions) session.vanishes();
    }
    await scene.server.statsBecome(scene.baseline);
  });
});
