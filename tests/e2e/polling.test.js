// Engine.IO 4 over HTTP polling, request by request, as its protocol text says.
import assert from "node:assert/strict";
import { it } from "node:test";
import { errors } from "./support/errors.js";
import { enginePath, engineRequest, request } from "./support/http.js";
import { parseError, RawPolling, RawWebSocket } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { RawConnection } from "./support/tcp.js";

async function assertRefused(answer, error, status = 400) {
  const { status: seen, headers, body } = await answer;
  assert.deepEqual([seen, parseError(body)], [status, error]);
  assert.match(headers["content-type"], /^application\/json/);
}

withServer("a polling handshake", { "max-payload": 12345 }, (scene) => {
  it("answers with exactly the documented keys and the configured values", async () => {
    const answer = await engineRequest(scene.server, {});
    assert.equal(answer.status, 200);
    assert.match(answer.headers["content-type"], /^text\/plain; *charset=utf-8$/i);
    assert.equal(answer.headers["cache-control"], "no-store");
    assert.equal(answer.headers["set-cookie"], undefined);
    assert.equal(answer.body[0], "0");
    const { sid, ...rest } = JSON.parse(answer.body.slice(1));
    assert.deepEqual(rest, {
      upgrades: ["websocket"],
      pingInterval: 25000,
      pingTimeout: 20000,
      maxPayload: 12345,
    });
    await engineRequest(scene.server, { sid }, { method: "POST", body: "1" });
  });

  it("gives every session a long unguessable id", async () => {
    const sessions = await Promise.all(
      Array.from({ length: 20 }, () => RawPolling.open(scene.server)),
    );
    scene.atEnd(() => Promise.all(sessions.map((session) => session.end())));
    const ids = sessions.map((session) => session.sid);
    assert.equal(new Set(ids).size, 20);
    for (const id of ids) assert.match(id, /^[\w-]{16,}$/);
  });

  it("does not mind a cache buster and unknown parameters", async () => {
    const session = await RawPolling.open(scene.server, { t: "P7x1", constructor: "x", b64: "1" });
    scene.atEnd(() => session.end());
    assert.ok(session.sid);
  });

  for (const [name, query, error] of [
    ["an unknown transport", { transport: "carrier-pigeon" }, errors.unknownTransport],
    ["a transport named like a property", { transport: "constructor" }, errors.unknownTransport],
    ["no transport", { transport: undefined }, errors.unknownTransport],
    ["the wrong protocol version", { EIO: "3" }, errors.unsupported],
    ["a protocol version that is no number", { EIO: "four" }, errors.unsupported],
    ["no protocol version", { EIO: undefined }, errors.unsupported],
    ["an unknown session", { sid: "nobody" }, errors.unknownSession],
    ["a session named like a property", { sid: "__proto__" }, errors.unknownSession],
    ["a session id of 8000 bytes", { sid: "x".repeat(8000) }, errors.unknownSession],
    ["a WebSocket without an Upgrade header", { transport: "websocket" }, errors.badRequest],
  ]) {
    it(`is refused with ${name}`, () => assertRefused(engineRequest(scene.server, query), error));
  }

  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    it(`is refused by ${method}`, () =>
      assertRefused(engineRequest(scene.server, {}, { method, body: "40" }), errors.badMethod));
  }

  it("happens on the path of Socket.IO only", async () => {
    for (const path of ["/engine.io/", "/socket.iox/", "/"]) {
      const answer = await request(scene.server, `${path}?EIO=4&transport=polling`);
      // The server has a page for people at its root.
      if (path !== "/") assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.doesNotMatch(String(answer.body), /"sid"/);
    }
  });
});

withServer("a polling session", {}, (scene) => {
  async function open(options) {
    const session = await RawPolling.open(scene.server, { listening: false, ...options });
    scene.atEnd(() => session.end());
    return session;
  }

  /** The session is gone: its id is as good as any that never existed. */
  const assertGone = (session) => assertRefused(session.request("GET"), errors.unknownSession);

  it("answers a POST with ok", async () => {
    const session = await open();
    const answer = await session.post("40");
    assert.deepEqual([answer.status, answer.body], [200, "ok"]);
    assert.match(answer.headers["content-type"], /^text\/html/);
  });

  it("delivers everything that is queued in one poll", async () => {
    const session = await open();
    await session.post("40");
    assert.match((await session.poll())[0], /^40\{"sid":"[\w-]+"\}$/);
    await session.post('420["keep-in-server","r1"]\x1e421["keep-in-server","r2"]');
    await session.post('422["get-session-info","r1"]');
    const packets = [];
    while (packets.length < 3) packets.push(...(await session.poll()));
    assert.deepEqual(packets.sort(), ["430[]", "431[]", '432["r1"]']);
  });

  it("may be written to before it is polled, and polled before it is written to", async () => {
    const session = await open();
    const polled = session.poll();
    await session.post("40");
    assert.match((await polled)[0], /^40/);
  });

  it("sends blobs as base64 without a type digit", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    const session = await open();
    await session.post("40");
    await session.poll();
    await session.post('420["get-session-info","r1"]');
    assert.deepEqual(await session.poll(), ['430["r1"]']);
    alice.says(Buffer.from([1, 2, 3]));
    const packets = [];
    while (packets.length < 2) packets.push(...(await session.poll()));
    assert.equal(packets[0], '451-["message",{"_placeholder":true,"num":0}]');
    assert.deepEqual(packets[1], Buffer.from([1, 2, 3]));
    await session.post('451-["message",{"_placeholder":true,"num":0}]\x1ebBAUG');
    assert.deepEqual(await alice.hears(), Buffer.from([4, 5, 6]));
  });

  it("keeps the connection alive between requests", async () => {
    const session = await open();
    await session.post("40");
    const [socket] = Object.values(session.agent.freeSockets).flat();
    assert.ok(socket);
    await session.poll();
    await session.post('420["keep-in-server","r1"]');
    assert.deepEqual(Object.values(session.agent.freeSockets).flat(), [socket]);
  });

  it("ends with the close packet of the client, which a pending poll sees as noop", async () => {
    // Two connections, maybe two threads: a poll that comes when all is over was not pending.
    let answer;
    for (let tries = 0; tries < 10 && answer?.status !== 200; tries += 1) {
      const session = await open();
      await session.post("40");
      await session.poll();
      const pending = session.request("GET");
      await session.post("1");
      answer = await pending;
      if (answer.status !== 200) assert.deepEqual(parseError(answer.body), errors.unknownSession);
      await assertGone(session);
    }
    assert.deepEqual([answer.status, answer.body], [200, "6"]);
  });

  it("ends with a second GET, which is refused, and the first gets the close packet", async () => {
    const session = await open();
    await session.post("40");
    await session.poll();
    const first = session.request("GET");
    const second = session.request("GET");
    const answers = await Promise.all([first, second]);
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [200, 400]);
    assert.equal(answers.find((answer) => answer.status === 200).body, "1");
    await assertGone(session);
  });

  it("ends with a second POST while the first is not complete", async () => {
    const session = await open();
    await session.post("40");
    await session.poll();
    const pending = session.request("GET").catch(() => {});
    const half = await halfPost(scene.server, session.sid);
    scene.atEnd(() => half.end());
    const answer = await session.post('42["message"]');
    assert.equal(answer.status, 400);
    await pending;
    await assertGone(session);
  });

  it("ends when its poll is aborted", async () => {
    const session = await open();
    await session.post("40");
    await session.poll();
    const poll = await RawConnection.open(scene.server);
    await poll.write(`GET ${enginePath({ sid: session.sid })} HTTP/1.1\r\nHost: a\r\n\r\n`);
    poll.end();
    const { sessions, sockets } = scene.baseline;
    await scene.server.statsBecome({ sessions, sockets });
    await assertGone(session);
  });

  it("ends when a body of it is aborted", async () => {
    const session = await open();
    await session.post("40");
    await session.poll();
    const half = await halfPost(scene.server, session.sid);
    half.end();
    const { sessions, sockets } = scene.baseline;
    await scene.server.statsBecome({ sessions, sockets });
    await assertGone(session);
  });

  it("of a WebSocket does not answer polls", async () => {
    const socket = await RawWebSocket.open(scene.server);
    scene.atEnd(() => socket.end());
    const query = { sid: socket.sid };
    await assertRefused(engineRequest(scene.server, query), errors.badRequest);
    const body = { method: "POST", body: "40" };
    await assertRefused(engineRequest(scene.server, query, body), errors.badRequest);
    await socket.joinsNamespace();
    await socket.opens("r1");
  });

  const skip = unlessReference("answers 500");
  for (const method of ["PUT", "DELETE", "PATCH"]) {
    it(`does not know the method ${method}`, { skip }, async () => {
      const session = await open();
      const answer = await session.request(method, "40");
      assert.ok([400, 405].includes(answer.status), String(answer.status));
    });
  }

  it("answers CORS preflights without a session", async () => {
    const answer = await engineRequest(
      scene.server,
      {},
      {
        method: "OPTIONS",
        headers: {
          Origin: "https://page.example",
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "content-type,x-mine",
        },
      },
    );
    assert.equal(answer.status, 204);
    assert.equal(answer.body, "");
    assert.equal(answer.headers["access-control-allow-origin"], "*");
    assert.match(answer.headers["access-control-allow-methods"], /\bPOST\b/);
    assert.equal(answer.headers["access-control-allow-headers"], "content-type,x-mine");
    assert.equal(answer.headers["access-control-allow-credentials"], undefined);
  });
});

withServer("a page that polls and goes", { grace: "1min" }, (scene) => {
  const goodbye = "41\x1e1";

  /** It owns a room. */
  async function owner() {
    const page = await RawPolling.open(scene.server, { listening: false });
    scene.atEnd(() => page.end());
    await page.post("40");
    const [connected, hello] = await page.poll();
    await page.post('420["keep-in-server","r1"]');
    await page.poll();
    const { pid } = JSON.parse(connected.slice(2));
    const offset = JSON.parse(hello.slice(2)).at(-1);
    return { page, claim: JSON.stringify({ pid, offset }) };
  }

  /** A poll of it waits too, and it is in the middle of a POST. */
  async function busyPage() {
    const { page, claim } = await owner();
    const poll = await RawConnection.open(scene.server);
    await poll.write(`GET ${enginePath({ sid: page.sid })} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const half = await halfPost(scene.server, page.sid);
    const breaksOff = () => (poll.end(), half.end());
    scene.atEnd(breaksOff);
    return { page, breaksOff, claim };
  }

  /** Connections apart: they are kept alive, whoever used them. */
  function isGone() {
    const { connections, ...others } = scene.baseline;
    return scene.server.statsBecome(others);
  }

  it("is gone with its goodbye, whatever of it was broken off", async () => {
    const { page, breaksOff } = await busyPage();
    breaksOff();
    const answer = await page.post(goodbye);
    assert.deepEqual([answer.status, answer.body], [200, "ok"]);
    await isGone();
  });

  it("is gone also when its goodbye comes before the end of what it broke off", async () => {
    const { page } = await busyPage();
    const answer = await page.post(goodbye);
    assert.deepEqual([answer.status, answer.body], [200, "ok"]);
    await isGone();
  });

  it("is gone also when it goes between an event and what is attached to it", async () => {
    const { page } = await owner();
    await page.post('451-["message",{"_placeholder":true,"num":0}]');
    const answer = await page.post(goodbye);
    assert.deepEqual([answer.status, answer.body], [200, "ok"]);
    await isGone();
  });

  it("loses what it was to who comes back before its goodbye does", async () => {
    const { page, breaksOff, claim } = await busyPage();
    breaksOff();
    const next = await RawWebSocket.open(scene.server);
    scene.atEnd(() => next.end());
    await next.send(`40${claim}`);
    const answer = await next.next();
    assert.equal(JSON.parse(answer.slice(2)).pid, JSON.parse(claim).pid);
    await page.post(goodbye);
    // The next one sits where it sat: the room is open as long as it is there.
    const guest = await RawWebSocket.open(scene.server);
    scene.atEnd(() => guest.end());
    await guest.joinsNamespace();
    await guest.next();
    await guest.asksFor("r1");
    await next.send("41");
    await guest.send("41");
    next.end();
    guest.end();
    await isGone();
  });
});

/** A POST whose body has begun and does not end. */
async function halfPost(server, sid) {
  const connection = await RawConnection.open(server);
  const fields = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 100\r\n";
  await connection.write(`POST ${enginePath({ sid })} HTTP/1.1\r\n${fields}\r\n`);
  // Only then has the session heard of it, on whatever thread it lives.
  await connection.until(() => connection.text.includes("100 Continue"), "the server to go on");
  await connection.write("42[");
  return connection;
}
