// Limits for all clients and for those of one address: what is over them is refused or let go,
// counted and logged, while clients from elsewhere notice nothing. All of 127.0.0.0/8 is ours.
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "./support/deadline.js";
import { engineRequest } from "./support/http.js";
import { RawPolling, rawTransports, RawWebSocket, refusedWebSocket } from "./support/raw_session.js";
import { mode, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { frame, opcodes, RawConnection, RawFrames } from "./support/tcp.js";

const crowd = "127.0.0.2";
const elsewhere = "127.0.0.3";
const skip = unlessReference("has no such limits");

/** HTTP on a connection of its own that stays open: the status of the answer, or null for none. */
async function knocks(scene, from) {
  const connection = await RawConnection.open(scene.server, from);
  scene.atEnd(() => connection.end());
  await connection.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  const answered = connection.until(() => connection.statuses.length > 0, "answer");
  await answered.catch(() => {});
  return { connection, status: connection.statuses[0] ?? null };
}

async function opensSession(scene, from) {
  const session = await RawWebSocket.open(scene.server, { from });
  scene.atEnd(() => session.end());
  return session;
}

const few = { "max-connections-per-address": 5 };
withServer("connections of one address", few, (scene) => {
  it("are refused with 503 over the limit, and closed when there are many more", { skip }, async () => {
    const before = await scene.server.totals();
    const admitted = [];
    for (let i = 0; i < 5; i += 1) admitted.push(await knocks(scene, crowd));
    assert.deepEqual(admitted.map(({ status }) => status), [200, 200, 200, 200, 200]);
    const refused = await knocks(scene, crowd);
    assert.equal(refused.status, 503);
    assert.match(refused.connection.text, /^Retry-After: \d+\r$/m);
    assert.equal((await knocks(scene, elsewhere)).status, 200);
    // Those who say nothing and take the refusal, too, are kept up to a bound.
    const silent = [];
    for (let i = 0; i < 80; i += 1) {
      const connection = await RawConnection.open(scene.server, crowd);
      scene.atEnd(() => connection.end());
      await connection.write("GET");
      silent.push(connection);
    }
    let closed = 0;
    for (const connection of silent) connection.closed.then(() => (closed += 1));
    await eventually("the last ones closed", () => closed >= 10);
    const line = await scene.server.logged("connections_refused");
    assert.deepEqual(
      [line.option, line.limit, line.network],
      ["--max-connections-per-address", 5, crowd],
    );
    // The last ones may wait to be accepted when the first of them are closed.
    const count = async () => (await scene.server.totals()).refused_connections - before.refused_connections;
    await eventually("all of them refused", async () => (await count()) >= 81);
  });

  it("are admitted again when others have gone", { skip }, async () => {
    const admitted = [];
    for (let i = 0; i < 5; i += 1) admitted.push(await knocks(scene, crowd));
    assert.equal((await knocks(scene, crowd)).status, 503);
    for (const { connection } of admitted) connection.end();
    await scene.server.statsBecome((seen) => seen.connections <= scene.baseline.connections + 1);
    assert.equal((await knocks(scene, crowd)).status, 200);
  });
});

withServer("sessions of one address", few, (scene) => {
  it("are refused with 503, also when all of them use one connection", { skip }, async () => {
    const sessions = [];
    const first = await RawPolling.open(scene.server, { from: crowd, listening: false });
    sessions.push(first);
    scene.atEnd(async () => {
      for (const session of sessions) await session.post("1");
      first.vanishes();
    });
    for (let i = 1; i < 5; i += 1) {
      const session = new RawPolling(scene.server, {}, crowd);
      session.agent = first.agent;
      const answer = await session.request("GET");
      assert.equal(answer.status, 200, answer.body);
      session.handshake = JSON.parse(answer.body.slice(1));
      sessions.push(session);
    }
    const refused = await engineRequest(scene.server, {}, { agent: first.agent });
    assert.equal(refused.status, 503);
    assert.match(refused.headers["retry-after"], /^\d+$/);
    assert.equal((await refusedWebSocket(scene.server, {}, {}, crowd)).status, 503);
    await opensSession(scene, elsewhere);
    const line = await scene.server.logged("sessions_refused");
    assert.equal(line.option, "--max-connections-per-address");
    assert.equal((await scene.server.totals()).refused_sessions, 2);
    await sessions.pop().post("1");
    await scene.server.statsBecome({ sessions: scene.baseline.sessions + 5 });
    await opensSession(scene, crowd);
  });
});

withServer("sessions of all", { "max-connections": 12 }, (scene) => {
  it("are as many as connections may be", { skip }, async () => {
    const sessions = [];
    // The bystanders have two, and some connections.
    const { connections } = scene.baseline;
    for (let i = 2; i < 12; i += 1) {
      const session = await RawPolling.open(scene.server, { listening: false });
      session.vanishes(); // its session stays, as between two polls
      await scene.server.statsBecome({ connections }); // its connection does not
      sessions.push(session);
    }
    scene.atEnd(async () => {
      for (const session of sessions) await session.end();
    });
    assert.equal((await engineRequest(scene.server, {})).status, 503);
    const line = await scene.server.logged("sessions_refused");
    assert.deepEqual([line.option, line.limit], ["--max-connections", 12]);
  });
});

withServer("seats of one address", { "max-seats-per-address": 3 }, (scene) => {
  it("are refused by name over the limit, whoever of its clients asks", { skip }, async () => {
    const [alice, bob] = [await opensSession(scene, crowd), await opensSession(scene, crowd)];
    const carol = await opensSession(scene, elsewhere);
    for (const session of [alice, bob, carol]) await session.joinsNamespace();
    await alice.opens("r1");
    await alice.opens("r2");
    await bob.opens("r3");
    await bob.send('425["keep-in-server","r4"]');
    const [, { code }] = JSON.parse((await bob.next()).slice(2));
    assert.equal(code, "too-many-seats-of-address");
    await carol.opens("r4");
    await alice.send('426["leave-room","r1"]');
    assert.equal(await alice.next(), '436[{"ok":true}]');
    await bob.opens("r5");
    assert.equal((await scene.server.totals()).refused_seats, 1);
  });
});

// The one timer of the session store runs on until the grace period is over.
const recovery = { grace: undefined, "max-held-per-address": 5, "max-held": 8 };
withServer("held sessions", recovery, (scene) => {
  /** A client with a room, who then breaks off. */
  async function isLost(from, room) {
    const session = await RawWebSocket.open(scene.server, { from });
    const { sid, pid } = await session.joinsNamespace();
    const [, , offset] = JSON.parse((await session.next()).slice(2));
    await session.opens(room);
    const { held_sessions: held } = await scene.server.stats();
    const { evicted_sessions: evicted } = await scene.server.totals();
    session.vanishes();
    await eventually("the loss noticed", async () => {
      const seen = await scene.server.stats();
      const totals = await scene.server.totals();
      return seen.held_sessions + totals.evicted_sessions === held + evicted + 1;
    });
    return { sid, pid, offset };
  }

  /** Whether the server gives it back its session; then it says goodbye. */
  async function recovers(from, { sid, pid, offset }) {
    const session = await RawWebSocket.open(scene.server, { from });
    const answer = await session.joinsNamespace("", JSON.stringify({ pid, offset }));
    await session.send("41");
    session.end();
    return answer.sid === sid;
  }

  it("of one address: the oldest of its own goes; then the oldest of all", { skip }, async () => {
    const honest = await isLost(elsewhere, "honest");
    const flood = [];
    for (let i = 0; i < 8; i += 1) flood.push(await isLost(crowd, `room ${i}`));
    await scene.server.statsBecome({ held_sessions: 6 });
    assert.equal((await scene.server.totals()).evicted_sessions, 3);
    const line = await scene.server.logged("session_evicted");
    assert.deepEqual([line.limit, line.network], ["held_sessions_per_address", crowd]);
    assert.equal(await recovers(elsewhere, honest), true);
    assert.equal(await recovers(crowd, flood[2]), false);
    assert.equal(await recovers(crowd, flood[3]), true);
    const late = [];
    for (let i = 0; i < 5; i += 1) late.push(await isLost("127.0.0.4", `late ${i}`));
    await scene.server.statsBecome({ held_sessions: 8 });
    assert.equal(await recovers(crowd, flood[4]), false);
    for (const lost of flood.slice(5)) assert.equal(await recovers(crowd, lost), true);
    for (const lost of late) assert.equal(await recovers("127.0.0.4", lost), true);
    await scene.server.statsBecome({ rooms: scene.baseline.rooms });
  });
}, { lasting: ["timers", "actors", "sessions", "queued_bytes"] });

// The bystanders have two seats of their own address.
const charged = { grace: undefined, "max-seats-per-address": 2 };
withServer("seats of one address, when their client comes back from another", charged, (scene) => {
  it("stay charged to the address they were taken from", { skip }, async () => {
    const first = await RawWebSocket.open(scene.server, { from: crowd });
    const { sid, pid } = await first.joinsNamespace();
    const [, , offset] = JSON.parse((await first.next()).slice(2));
    await first.opens("r1");
    await first.opens("r2");
    first.vanishes();
    await scene.server.statsBecome({ held_sessions: 1 });
    const back = await opensSession(scene, elsewhere);
    const answer = await back.joinsNamespace("", JSON.stringify({ pid, offset }));
    assert.equal(answer.sid, sid);
    await back.next(); // its greeting
    /** The code with which a newcomer from there is refused a room, if it is. */
    const asks = async (from, room) => {
      const session = await opensSession(scene, from);
      await session.joinsNamespace();
      await session.next();
      await session.send(`421["keep-in-server","${room}"]`);
      const heard = await session.next();
      await session.send("41");
      return heard.startsWith("431") ? null : JSON.parse(heard.slice(2))[1].code;
    };
    assert.equal(await asks(elsewhere, "r3"), null);
    assert.equal(await asks(crowd, "r4"), "too-many-seats-of-address");
    await back.send('422["leave-room","r1"]');
    assert.equal(await back.next(), '432[{"ok":true}]');
    assert.equal(await asks(crowd, "r4"), null);
    await back.send("41");
  });
}, { lasting: ["timers", "actors", "sessions", "queued_bytes"] });

// What one client misses here is less than may be kept for it, what two of the crowd have been told
// just less than may be kept for one address.
const kept = { grace: undefined, "replay-bytes": 16_000, "max-replay-bytes-per-address": 32_000 };
withServer("what is kept of events for one address", kept, (scene) => {
  const told = Array.from({ length: 24 }, (_, number) => `${number}`.padEnd(500, "x"));

  async function comes(from) {
    const session = await RawWebSocket.open(scene.server, { from });
    scene.atEnd(async () => {
      await session.send("41");
      session.end();
    });
    const { sid, pid } = await session.joinsNamespace();
    const [, , offset] = JSON.parse((await session.next()).slice(2));
    return { session, sid, claim: JSON.stringify({ pid, offset }) };
  }

  /** Says all of it. The witness hears one more, so that by then everybody has been given the others. */
  async function tells(speaker, witness) {
    for (const text of [...told, "end"]) await speaker.says(text);
    for (const text of [...told, "end"])
      assert.equal(JSON.parse((await witness.next()).slice(2))[1], text);
  }

  /** A client is away while all of it is said: whether it is still itself, and what it hears first. */
  async function missesIt(from, room) {
    const { session: speaker } = await comes(from);
    await speaker.opens(room);
    const { session: witness } = await comes("127.0.0.4");
    await witness.asksFor(room);
    const { session, sid, claim } = await comes(from);
    await session.asksFor(room);
    session.vanishes();
    await scene.server.statsBecome({ held_sessions: 1 });
    await tells(speaker, witness);
    const back = await RawWebSocket.open(scene.server, { from });
    await back.send(`40${claim}`);
    const heard = [];
    let packet = await back.next();
    for (; !packet.startsWith("40"); packet = await back.next())
      heard.push(JSON.parse(packet.slice(2))[1]);
    await back.send("41");
    back.end();
    return { isItself: JSON.parse(packet.slice(2)).sid === sid, heard: heard.slice(0, told.length) };
  }

  it("is cut short when it is too much, and nobody from elsewhere misses anything", { skip }, async () => {
    assert.deepEqual(await missesIt(crowd, "r1"), { isItself: true, heard: told });
    const { session: speaker } = await comes(elsewhere);
    await speaker.opens("the crowd's");
    const members = [(await comes(crowd)).session, (await comes(crowd)).session];
    for (const member of members) await member.asksFor("the crowd's");
    await tells(speaker, members[0]);
    assert.deepEqual(await missesIt(elsewhere, "r2"), { isItself: true, heard: told });
    assert.deepEqual(await missesIt(crowd, "r3"), { isItself: false, heard: [] });
    // It gets all again when what was kept for the others has gone.
    const { seats, kept_bytes: kept } = await scene.server.stats();
    assert.ok(kept > 0);
    for (const member of members) await member.send("41");
    await scene.server.statsBecome((now) => now.seats <= seats - 2 && now.kept_bytes < kept);
    assert.deepEqual(await missesIt(crowd, "r4"), { isItself: true, heard: told });
  });
}, { lasting: ["timers", "actors", "sessions", "queued_bytes"] });

withServer("events of one client in work", { "max-inbound-events": 1 }, (scene) => {
  const numbers = Array.from({ length: 300 }, (_, number) => number);
  const inOrder = mode === "stock-scheduler" ? "an answer comes from another thread than a pong" : skip;

  it("stop the reading: what is behind one is read when it is done", { skip: inOrder }, async () => {
    const alice = await RawFrames.open(scene.server);
    scene.atEnd(() => alice.end());
    await alice.sendText("40");
    await alice.next();
    // In one piece. A ping is answered when it is read.
    const pieces = numbers.flatMap((id) => [
      frame(`42${id}["leave-room","r1"]`),
      frame("", { opcode: opcodes.ping }),
    ]);
    await alice.send(Buffer.concat(pieces));
    const heard = [];
    while (heard.length < pieces.length) heard.push((await alice.next()).opcode);
    assert.deepEqual(heard, numbers.flatMap(() => [opcodes.text, opcodes.pong]));
  });

  for (const [transport, Raw] of Object.entries(rawTransports))
    it(`all arrive in their order, while nobody else waits: ${transport}`, async () => {
      const [alice, bob] = [await Raw.open(scene.server), await scene.connect("bob")];
      scene.atEnd(() => alice.end());
      await alice.joinsNamespace();
      await bob.opens("r1");
      await alice.asksFor("r1");
      const sent = alice.send(...numbers.map((number) => `42${JSON.stringify(["message", number])}`));
      for (let turn = 0; turn < 5; turn += 1) await scene.bystanders.exchange();
      assert.deepEqual(await bob.hearsTimes(numbers.length), numbers);
      await sent;
    });
});

withServer("request line and headers", { "max-header-bytes": 2000 }, (scene) => {
  const begin = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
  const end = "\r\n\r\n";
  const requestOf = (size) => begin + "y".repeat(size - begin.length - end.length) + end;

  it("beyond the limit are answered with 431, and nothing more is read", { skip }, async () => {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    await connection.write(requestOf(2000));
    await connection.until(() => connection.text.endsWith("ok\n"), "answer");
    await connection.write(requestOf(2001));
    await connection.isClosed();
    assert.deepEqual(connection.statuses, [200, 431]);
  });

  it("beyond the limit are no WebSocket handshake either", { skip }, async () => {
    const { status } = await refusedWebSocket(scene.server, {}, { "X-Long": "y".repeat(2000) });
    assert.equal(status, 431);
  });
});
