// HTTP requests that are wrong, too big, too slow or meant to deceive. Only the sender may notice.
import assert from "node:assert/strict";
import { it } from "node:test";
import { errors } from "./support/errors.js";
import { engineRequest, enginePath } from "./support/http.js";
import { parseError, RawPolling } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { RawConnection } from "./support/tcp.js";

const post = (lines, body) =>
  [`POST ${enginePath({ sid: "nobody" })} HTTP/1.1`, "Host: a", ...lines, "", body].join("\r\n");

/** If this is ever answered, somebody has smuggled a request past whoever stands in front of us. */
const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

const length = `Content-Length: ${smuggled.length}`;

/** Requests that two parsers may understand differently; each must be a 400 and the end. */
const smuggling = {
  "a length and chunks": post(
    ["Content-Length: 4", "Transfer-Encoding: chunked"],
    `0\r\n\r\n${smuggled}`,
  ),
  "chunks and a length": post(
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    `0\r\n\r\n${smuggled}`,
  ),
  "two different lengths": post(["Content-Length: 0", "Content-Length: 40"], smuggled),
  "a list of lengths": post(["Content-Length: 0, 40"], smuggled),
  "a length with a plus": post(["Content-Length: +0"], smuggled),
  "a negative length": post(["Content-Length: -1"], smuggled),
  "a hexadecimal length": post(["Content-Length: 0x0"], smuggled),
  "a length beyond 2^64": post(["Content-Length: 18446744073709551616"], smuggled),
  "a length with letters": post(["Content-Length: 0a"], smuggled),
  "an empty length": post(["Content-Length: "], smuggled),
  "a coding nobody knows": post(["Transfer-Encoding: xchunked"], `0\r\n\r\n${smuggled}`),
  "chunked and then another coding": post(
    ["Transfer-Encoding: chunked, identity"],
    `0\r\n\r\n${smuggled}`,
  ),
  "a space before the colon": post(["Content-Length : 0"], smuggled),
  "a space before the colon of the coding": post(
    ["Transfer-Encoding : chunked"],
    `0\r\n\r\n${smuggled}`,
  ),
  "a header that begins with a space": [
    "GET /healthz HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n",
    smuggled,
  ].join(""),
  "a header without a colon": post(["Content-Length"], smuggled),
  "a header without a name": post([": x"], smuggled),
  "a NUL in a header": post(["X-Nul: a\0b"], smuggled),
  "a carriage return in a header": post(["X-Cr: a\rContent-Length: 40"], smuggled),
  "line feeds for line ends": `GET /healthz HTTP/1.1\nHost: a\n\n${smuggled}`,
  "a chunk size that is no number": post(["Transfer-Encoding: chunked"], `x\r\n\r\n${smuggled}`),
  "a chunk size with a prefix": post(["Transfer-Encoding: chunked"], `0x0\r\n\r\n${smuggled}`),
  "a negative chunk size": post(["Transfer-Encoding: chunked"], `-1\r\n\r\n${smuggled}`),
  "a chunk size beyond 2^64": post(
    ["Transfer-Encoding: chunked"],
    `10000000000000000\r\nx\r\n0\r\n\r\n${smuggled}`,
  ),
  "a chunk longer than its size": post(
    ["Transfer-Encoding: chunked"],
    `1\r\nxyz\r\n0\r\n\r\n${smuggled}`,
  ),
  "a version nobody speaks": `GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n${smuggled}`,
  "no version": `GET /healthz\r\n\r\n${smuggled}`,
  "two spaces in the request line": `GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`,
  "a method that is no token": `G(T /healthz HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`,
  "no host": `GET /healthz HTTP/1.1\r\n\r\n${smuggled}`,
  "bytes of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
};

/** Legal but rare; a server may refuse it, but must not see a second request in it. */
const ambiguous = {
  "the same length twice": post([length, length], smuggled),
  "a folded header": post(["Transfer-Encoding:\r\n chunked"], `0\r\n\r\n`),
  "a folded length": post(["Content-Length: 4", " 0"], smuggled),
  "a length in a GET": `GET /healthz HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${smuggled}`,
};

/** Where Node's parser is more lenient. */
const lenientReference = new Set(["no version", "two spaces in the request line"]);

withServer("HTTP requests that deceive", {}, (scene) => {
  async function send(bytes) {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    await connection.write(Buffer.from(bytes, "latin1"));
    return connection;
  }

  for (const [name, bytes] of Object.entries(smuggling)) {
    const skip = lenientReference.has(name) && unlessReference("more lenient");
    it(`are answered with 400 and the end: ${name}`, { skip }, async () => {
      const connection = await send(bytes);
      await connection.isClosed();
      const allowed = (status) => [400, 501, 505].includes(status);
      assert.ok(connection.statuses.every(allowed), connection.text);
    });
  }

  for (const method of ["GET", "HEAD"]) {
    const skip = unlessReference("says less");
    it(`are told so behind one that was answered: ${method}`, { skip }, async () => {
      const connection = await send(`${method} /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
      await connection.until((seen) => seen.includes("\r\n\r\n"), "answer");
      await connection.write("broken\r\n\r\n");
      await connection.isClosed();
      assert.deepEqual(connection.statuses, [200, 400]);
      assert.match(connection.text, /\r\n\r\nBad Request\n$/);
    });
  }

  for (const [name, bytes] of Object.entries(ambiguous)) {
    it(`never become two: ${name}`, async () => {
      const connection = await send(bytes);
      await connection.until((seen) => seen.includes("HTTP/1.1"), "answer");
      connection.socket.end();
      await connection.isClosed();
      assert.equal(connection.statuses.length, 1, connection.text);
    });
  }

  it("are not confused with requests that just come close together", async () => {
    const one = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    const last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const connection = await send(one + one + last);
    await connection.isClosed();
    assert.deepEqual(connection.statuses, [200, 200, 200]);
  });

  it("may end in the middle", async () => {
    for (const part of [
      "",
      "GET",
      "GET /healthz HTTP/1.1\r\nHost",
      post(["Content-Length: 9"], "x"),
    ]) {
      const connection = await send(part);
      connection.socket.end();
      await connection.isClosed();
    }
  });
});

withServer("HTTP requests that are too big", { "max-payload": 5000 }, (scene) => {
  async function open() {
    const session = await RawPolling.open(scene.server, { listening: false });
    scene.atEnd(() => session.end());
    await session.post("40");
    await session.poll();
    return session;
  }

  async function send(bytes) {
    const connection = await RawConnection.open(scene.server);
    scene.atEnd(() => connection.end());
    await connection.write(bytes);
    return connection;
  }

  /** Refused with one of these statuses; a reset may be faster than the answer. */
  async function isRefused(connection, ...statuses) {
    await connection.isClosed();
    assert.ok(connection.statuses.length <= 1, connection.text);
    const [status = statuses[0]] = connection.statuses;
    assert.ok(statuses.includes(status), connection.text);
  }

  it("in their number of headers: 10,000", async () => {
    const headers = Array.from({ length: 10000 }, (_, index) => `X-${index}: y\r\n`).join("");
    await isRefused(await send(`GET /healthz HTTP/1.1\r\nHost: a\r\n${headers}\r\n`), 431, 400);
  });

  it("in one header of 1 MB", async () => {
    const value = "y".repeat(1 << 20);
    await isRefused(await send(`GET /healthz HTTP/1.1\r\nX: ${value}\r\n\r\n`), 431, 400);
  });

  it("in their URL of 1 MB", async () => {
    const path = `/socket.io/?EIO=4&transport=polling&t=${"y".repeat(1 << 20)}`;
    await isRefused(await send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`), 414, 431, 400);
  });

  it("in their chunk extensions", async () => {
    const session = await open();
    const path = enginePath({ sid: session.sid });
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const connection = await send(`${head}1;${"x".repeat(1 << 20)}`);
    await isRefused(connection, 413, 431, 400);
  });

  /** `42["message","xxx"]` of this many bytes. */
  const message = (size) => `42["message","${"x".repeat(size - 16)}"]`;

  it("are told from those of exactly the limit", async () => {
    const session = await open();
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    await session.post('420["get-session-info","r1"]');
    await session.poll();
    assert.equal((await session.post(message(5000))).status, 200);
    assert.equal((await alice.hears()).length, 5000 - 16);
  });

  it("by one byte: 413", async () => {
    const session = await open();
    const answer = await session.post(message(5001));
    assert.equal(answer.status, 413);
  });

  const skip = unlessReference("waits for the body");
  it("by their declared length: 413 without waiting for the body", { skip }, async () => {
    const session = await open();
    const path = enginePath({ sid: session.sid });
    const connection = await send(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n`,
    );
    await connection.until((seen) => seen.includes("\r\n\r\n"), "413");
    assert.deepEqual(connection.statuses, [413]);
  });

  it("in chunks that do not end: 413 while they still come", async () => {
    const session = await open();
    const path = enginePath({ sid: session.sid });
    const connection = await send(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `3e8\r\n${"x".repeat(1000)}\r\n`;
    while (connection.received.length === 0 && !connection.socket.destroyed) {
      await connection.write(chunk);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await isRefused(connection, 413);
  });

  it("for a session nobody knows", async () => {
    const body = "x".repeat(5001);
    const answer = await engineRequest(scene.server, { sid: "nobody" }, { method: "POST", body });
    assert.ok([400, 413].includes(answer.status), String(answer.status));
  });
});

const badPayloads = {
  "invalid UTF-8": Buffer.from([0x34, 0x32, 0xff, 0xfe]),
  "half of a surrogate pair in UTF-8": Buffer.from([0x34, 0x32, 0xed, 0xa0, 0x80]),
  "invalid UTF-8 in a room id": Buffer.from('42["keep-in-server","\xff"]', "latin1"),
  "nothing at all": "",
  "an empty packet between others": '42["x"]\x1e\x1e42["x"]',
  "a packet nobody knows": "9",
  "base64 that is none": '451-["message",{"_placeholder":true,"num":0}]\x1eb!!!!',
  "base64 of the wrong length": '451-["message",{"_placeholder":true,"num":0}]\x1ebA',
  "100,000 empty packets": "\x1e".repeat(100000),
};

withServer("payloads that are wrong", {}, (scene) => {
  const lenient = [
    "nothing at all",
    ...Object.keys(badPayloads).filter((name) => /UTF|64/.test(name)),
  ];
  for (const [name, payload] of Object.entries(badPayloads)) {
    const skip = lenient.includes(name) && unlessReference("more lenient");
    it(`end the session: ${name}`, { skip }, async () => {
      const session = await RawPolling.open(scene.server, { listening: false });
      scene.atEnd(() => session.end());
      await session.post("40");
      await session.poll();
      await session.post('420["keep-in-server","r1"]');
      await session.poll();
      await session.post(payload);
      const { sessions, rooms, seats } = scene.baseline;
      await scene.server.statsBecome({ sessions, rooms, seats });
      const answer = await session.request("GET");
      assert.deepEqual([answer.status, parseError(answer.body)], [400, errors.unknownSession]);
    });
  }

  it("do not include those of many packets", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    const session = await RawPolling.open(scene.server);
    scene.atEnd(() => session.end());
    await session.joinsNamespace();
    await session.asksFor("r1");
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    await session.send(...numbers.map((number) => `42["message",${number}]`));
    assert.deepEqual(await alice.hearsTimes(300), numbers);
  });
});
