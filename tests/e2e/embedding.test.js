// The handler API as clients see it: a program with a server in it, stock clients of three versions,
// each over every transport. What rooms and relaying do on top of it, other files say.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, it } from "node:test";
import { io } from "socket.io-client";
import { io as io31 } from "socket.io-client-3.1";
import { io as io45 } from "socket.io-client-4.5";
import { certify } from "./support/certificate.js";
import { Inbox, within } from "./support/deadline.js";
import { engineRequest, request } from "./support/http.js";
import { transports } from "./support/peer.js";
import { embeddingCommand, isReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const program = embeddingCommand();
const clients = { 4.8: io, 4.5: io45, 3.1: io31 };

/** What `socket` hears under this name, as lists of arguments. */
function inbox(socket, event) {
  const heard = new Inbox(event);
  socket.on(event, (...args) => heard.push(args));
  return heard;
}

const nextOf = (socket, event) => inbox(socket, event).next();

/** The server's heartbeats, which not every version tells by name. */
function pings({ io: { engine } }) {
  const heard = new Inbox("pings");
  engine.on("packet", ({ type }) => type === "ping" && heard.push(type));
  return heard;
}

/** Resolves to the arguments of the acknowledgement. */
const asks = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, (...answer) => resolve(answer))), args[0]);

const connected = (socket) =>
  within(new Promise((resolve) => socket.once("connect", resolve)), "connect");
const refused = (socket) =>
  within(new Promise((resolve) => socket.once("connect_error", resolve)), "connect_error");

const payloads = {
  "every kind of JSON value": [null, true, -0.5, 1e21, "", "ü€😀\u2028\"\\", [], {}, [[[]]], { a: [{}] }],
  "nested binary": [{ a: [Buffer.from([0, 1, 255])], b: { c: Buffer.from("two") } }, [Buffer.from("3")]],
  "empty binary": [Buffer.alloc(0), { empty: Buffer.alloc(0) }],
  "no arguments": [],
  "what looks like a placeholder": [{ _placeholder: false, num: 7 }],
};

/** What every client and transport must be able to do. */
function basics(scene, connect, transport) {
  for (const [what, payload] of Object.entries(payloads)) {
    it(`events and acknowledgements carry ${what}`, async () => {
      const { socket } = await connect("alice");
      assert.deepEqual(await asks(socket, "echo", ...payload), payload);
      const echoed = nextOf(socket, "echoed");
      const raw = nextOf(socket, "raw");
      socket.emit("echo", ...payload);
      socket.emit("raw", ...payload);
      assert.deepEqual(await echoed, payload);
      assert.deepEqual(await raw, payload);
    });
  }

  it("500 events each way arrive in order, once", async () => {
    const { socket } = await connect("alice");
    const echoed = inbox(socket, "echoed");
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    for (const number of numbers) socket.emit("echo", number);
    assert.deepEqual(
      (await echoed.take(500)).map(([number]) => number),
      numbers,
    );
    const counted = inbox(socket, "number");
    socket.emit("count", 500);
    assert.deepEqual(
      (await counted.take(500)).map(([number]) => number),
      numbers,
    );
    await asks(socket, "echo");
    assert.deepEqual([echoed.all.length, counted.all.length], [500, 500]);
  });

  if (transport === "upgrade") {
    it("200 events each way while the upgrade happens are neither lost nor doubled", async () => {
      const alice = await connect("alice", { settled: false });
      const echoed = inbox(alice.socket, "echoed");
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      for (const number of numbers) {
        alice.socket.emit("echo", number);
        // Gives the upgrade its turns between the events instead of after them.
        if (number % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await within(alice.upgraded, "upgrade");
      const heard = await echoed.take(200);
      await asks(alice.socket, "echo");
      assert.deepEqual(echoed.all, heard);
      assert.deepEqual(heard.flat(), numbers);
    });
  }

  it("events of 900 kB pass both ways, text and binary", async () => {
    const { socket } = await connect("alice");
    const text = "é".repeat(450_000);
    const [heard] = await asks(socket, "echo", text);
    assert.ok(heard === text);
    // Polling writes it as base64, and a message of more than 1,000,000 bytes is refused.
    const blob = Buffer.alloc(transport === "polling" ? 700_000 : 900_000, "0123456789");
    const [back] = await asks(socket, "echo", { blob });
    assert.ok(blob.equals(back.blob));
  });

  it("a check refuses with message and data, and the connection serves other namespaces", async () => {
    const { socket } = await connect("alice");
    const guarded = socket.io.socket("/guarded", {});
    const refusal = refused(guarded);
    const error = await refusal;
    assert.equal(error.message, "no token");
    assert.deepEqual(error.data, { code: 401, hint: ["log in"] });
    assert.deepEqual(await asks(socket, "echo", 1), [1]);
  });

  it("checks pass in order, may answer later, and leave data for the socket", async () => {
    const { socket } = await connect("alice", { namespace: "/guarded", auth: { token: "T" } });
    assert.deepEqual(await asks(socket, "whoami"), ["T"]);
  });

  it("namespaces share one connection and keep apart", async () => {
    const { socket } = await connect("alice");
    const seven = socket.io.socket("/room-7", {});
    assert.deepEqual(await nextOf(seven, "in"), ["/room-7", ""]);
    assert.notEqual(seven.id, socket.id);
    const heard = inbox(seven, "told");
    assert.equal(seven.io.engine, socket.io.engine);
    const told = nextOf(socket, "told");
    socket.emit("to everyone", "root only");
    assert.deepEqual(await told, ["root only"]);
    seven.disconnect();
    assert.deepEqual(await asks(socket, "echo", 1), [1]);
    assert.deepEqual(heard.all, []);
  });

  it("the server asks, the client answers", async () => {
    const { socket } = await connect("alice");
    socket.on("question", (...args) => {
      const answer = args.pop();
      answer(...args, Buffer.from("and a blob"));
    });
    const said = nextOf(socket, "you said");
    socket.emit("ask me", { deep: [1] }, Buffer.from("x"));
    const [answer] = await said;
    assert.deepEqual(answer, [{ deep: [1] }, Buffer.from("x"), Buffer.from("and a blob")]);
  });

  it("a disconnect of the namespace is final for it and keeps the connection", async () => {
    const { socket } = await connect("alice", { reconnection: true });
    const other = socket.io.socket("/room-8", {});
    await connected(other);
    const engine = socket.io.engine;
    const reason = nextOf(socket, "disconnect");
    socket.emit("end namespace");
    assert.equal((await reason)[0], "io server disconnect");
    assert.ok(other.connected && !socket.active);
    assert.equal(other.io.engine, engine);
    // Only a wish of its own brings it back.
    socket.connect();
    await connected(socket);
    assert.deepEqual(await asks(socket, "echo", 1), [1]);
  });

  it("a disconnect of the client ends all its namespaces and stops reconnection", async () => {
    const { socket } = await connect("alice", { reconnection: true });
    const other = socket.io.socket("/room-9", {});
    await connected(other);
    const reasons = [nextOf(socket, "disconnect"), nextOf(other, "disconnect")];
    const closed = new Promise((resolve) => socket.io.engine.once("close", resolve));
    socket.emit("end connection");
    for (const reason of reasons) assert.equal((await reason)[0], "io server disconnect");
    await within(closed, "end of the connection");
    assert.ok(!socket.active && !other.active);
  });
}

/** The same for what happens between several clients, late, and when something fails. */
function dealings(scene, connect) {
  it("an acknowledgement may come later, from another thread, in any order", async () => {
    const { socket } = await connect("alice");
    const late = asks(socket, "late");
    assert.deepEqual(await asks(socket, "echo", "before"), ["before"]);
    await asks(socket, "release");
    assert.deepEqual(await late, ["at last"]);
  });

  it("an acknowledgement is given once", async () => {
    const { socket } = await connect("alice");
    const answers = new Inbox("answers");
    socket.emit("twice", (answer) => answers.push(answer));
    await asks(socket, "echo");
    assert.deepEqual(answers.all, ["first"]);
  });

  it("an acknowledgement after the socket is gone is ignored", async () => {
    const alice = await connect("alice");
    const bob = await connect("bob");
    alice.socket.emit("late", () => {});
    await asks(alice.socket, "echo");
    await alice.leaves();
    await scene.server.statsBecome({ sockets: scene.baseline.sockets + 1 });
    await asks(bob.socket, "release");
    assert.deepEqual(await asks(bob.socket, "echo", 1), [1]);
  });

  it("a question nobody answers comes to its timeout, and a late answer to nothing", async () => {
    const { socket } = await connect("alice");
    const questions = inbox(socket, "question");
    const heard = nextOf(socket, "you said nothing");
    const said = inbox(socket, "you said");
    socket.emit("ask me briefly");
    const [answer] = await questions.next();
    assert.deepEqual(await heard, []);
    answer("too late");
    await asks(socket, "echo");
    assert.deepEqual(said.all, []);
  });

  it("a check that throws refuses, and the log says so", async () => {
    const { socket } = await connect("alice");
    const other = socket.io.socket("/guarded", { auth: { token: "throws" } });
    const refusal = refused(other);
    assert.ok((await refusal).message);
    await scene.server.logged("middleware_failed", (line) => line.what === "the check fails");
    assert.deepEqual(await asks(socket, "echo", 1), [1]);
  });

  it("handlers that throw harm nobody, and the log names the event", async () => {
    const { socket } = await connect("alice", { namespace: "/faulty" });
    socket.emit("throw");
    socket.emit("throw-oddly");
    assert.deepEqual(await asks(socket, "fine"), ["fine"]);
    const failures = [];
    for (const event of ["connect", "throw", "throw-oddly"])
      failures.push(await scene.server.logged("handler_failed", (line) => line.socket_event === event));
    assert.equal(failures[1].what, "no luck");
  });

  it("broadcasts reach rooms, once each, without some, with and without the sender", async () => {
    const names = ["alice", "bob", "carol", "dave"];
    const peers = [];
    for (const name of names) peers.push(await connect(name));
    const [alice, bob, carol, dave] = peers.map(({ socket }) => socket);
    const heard = peers.map(({ socket }) => inbox(socket, "told"));
    for (const socket of [alice, bob, carol]) await asks(socket, "join", "one");
    for (const socket of [bob, dave]) await asks(socket, "join", "two");
    await asks(carol, "join", "quiet");
    const untilAll = async (...expected) => {
      for (const [index, wanted] of expected.entries()) {
        const got = (await heard[index].take(wanted.length)).map(([what]) => what);
        assert.deepEqual(got.sort(), wanted.sort(), names[index]);
      }
    };
    alice.emit("to rooms", ["one"], [], "one");
    alice.emit("to rooms", ["one", "two"], [], "both");
    alice.emit("to rooms", ["one", "two"], ["quiet"], "but quiet");
    alice.emit("to rooms", [], [], "others");
    bob.emit("to everyone", "all");
    await untilAll(
      ["all"],
      ["one", "both", "but quiet", "others", "all"],
      ["one", "both", "others", "all"],
      ["both", "but quiet", "others", "all"],
    );
    await asks(bob, "leave", "one");
    assert.deepEqual(await asks(bob, "rooms"), [["two"]]);
    alice.emit("to rooms", ["one"], [], "one again");
    await untilAll([], [], ["one again"], []);
    // Whoever was not to hear a thing has heard nothing.
    for (const socket of [alice, bob, carol, dave]) await asks(socket, "echo");
    assert.deepEqual(
      heard.map(({ all }) => all.length),
      [1, 5, 5, 4],
    );
  });

  it("disconnecting and disconnect are told with their reason and rooms", async () => {
    const watcher = await connect("watcher");
    await asks(watcher.socket, "join", "the watchers");
    const going = inbox(watcher.socket, "going");
    const gone = inbox(watcher.socket, "gone");
    const leave = {
      "client namespace disconnect": (peer) => peer.socket.disconnect(),
      "server namespace disconnect": (peer) => peer.socket.emit("end namespace"),
      "transport close": (peer) => peer.socket.io.engine.close(),
    };
    for (const [reason, leaves] of Object.entries(leave)) {
      const alice = await connect("alice");
      const { id } = alice.socket;
      await asks(alice.socket, "join", "one");
      leaves(alice);
      assert.deepEqual(await going.next(), [id, 1]);
      assert.deepEqual(await gone.next(), [id, reason, 0]);
    }
  });
}

/** What looks the same from every client: told to one version over each transport. */
function serverAlone(scene, connect) {
  it("the text of an event is passed on as it came, byte for byte", async () => {
    const { engine } = (await connect("alice")).socket.io;
    const heard = new Inbox("packets");
    engine.on("packet", ({ data }) => String(data).startsWith('2["raw"') && heard.push(data));
    const text = '2["raw", 1.50,-0,1E2 ,"\\u0041\\/é\u2028", { "b":1,"b" :[ ] }]';
    engine.write(text);
    assert.equal(await heard.next(), text);
  });

  it("volatile events are dropped when they would have to wait, and nothing else is", async () => {
    const [alice, bob] = [await connect("alice"), await connect("bob")];
    const { socket } = alice;
    const flakes = inbox(socket, "flake");
    // In all more than may ever wait for a client, and this one reads nothing until all is said.
    const most = 2_000;
    const hasSnowed = nextOf(bob.socket, "it has snowed");
    const readOn = alice.stopsReading();
    const answer = asks(socket, "snow", most, 500_000);
    const [sent] = await hasSnowed;
    readOn();
    assert.ok(sent > 0 && sent < most, `${sent} of ${most} were sent`);
    assert.deepEqual(await answer, [sent]);
    assert.deepEqual(
      flakes.all.map(([number]) => number),
      Array.from({ length: sent }, (_, index) => index),
    );
    assert.deepEqual(await asks(socket, "snow", 1, 10), [1]);
    assert.equal(flakes.all.length, sent + 1);
  });

  it("a handler for once handles once", async () => {
    const { socket } = await connect("alice");
    await asks(socket, "once");
    const had = inbox(socket, "had single");
    socket.emit("single");
    socket.emit("single");
    await asks(socket, "echo");
    assert.equal(had.all.length, 1);
  });

  it("the handshake is shown: address, headers, query", async () => {
    const options = { extraHeaders: { "X-Colour": "red" }, query: { colour: "d&rk blue" } };
    const { socket } = await connect("alice", options);
    const { id } = socket;
    const secure = scene.server.secure;
    assert.deepEqual(await asks(socket, "who"), [id, "/", "127.0.0.1", "red", secure]);
    const seven = socket.io.socket("/room-7", {});
    assert.deepEqual(await nextOf(seven, "in"), ["/room-7", "d&rk blue"]);
  });

  it("a forged token, a check that throws, an unknown namespace and a pattern not met", async () => {
    const { socket } = await connect("alice");
    for (const [namespace, auth, message] of [
      ["/guarded", { token: "forged" }, "bad token"],
      ["/room-x", {}, "Invalid namespace"],
      ["/room-1/2", {}, "Invalid namespace"],
    ]) {
      const other = socket.io.socket(namespace, { auth });
      const refusal = refused(other);
      assert.equal((await refusal).message, message);
    }
    assert.deepEqual(await asks(socket, "echo", 1), [1]);
  });

  it("one socket is reached by its id, from outside and by another one", async () => {
    const peers = [];
    for (const name of ["alice", "bob", "carol"]) peers.push((await connect(name)).socket);
    const [alice, bob, carol] = peers;
    const heard = peers.map((socket) => inbox(socket, "told"));
    // A room of that name is something else.
    await asks(carol, "join", bob.id);
    alice.emit("to socket", bob.id, "from outside");
    alice.emit("whisper", bob.id, "from alice");
    alice.emit("to socket", "nobody", "lost");
    alice.emit("to everyone", "all");
    const [[, ...none], bobs, [, ...nothing]] = await Promise.all(
      heard.map((told, index) => told.take(index === 1 ? 3 : 1)),
    );
    assert.deepEqual([bobs.flat(), none, nothing], [["from outside", "from alice", "all"], [], []]);
    assert.deepEqual(
      heard.map(({ all }) => all.at(-1)),
      [["all"], ["all"], ["all"]],
    );
  });

  it("an actor is the handler of a namespace and a member of a room", async () => {
    const { socket } = await connect("alice");
    const other = socket.io.socket("/actor", {});
    assert.deepEqual(await nextOf(other, "welcome"), []);
    const blob = Buffer.from("x");
    assert.deepEqual(await asks(other, "echo", { blob }), [{ blob }]);
    const room = `the bot's ${Math.random()}`;
    assert.deepEqual(await asks(other, "open", room), ["open"]);
    const heard = nextOf(socket, "bot heard");
    await asks(socket, "get-session-info", room);
    socket.emit("message", "hello");
    assert.deepEqual(await heard, ["hello"]);
    other.emit("close", room);
  });
}

function suite(name, options, { client, transport, also = [], launched = program }) {
  withServer(
    name,
    options,
    (scene) => {
      const connect = (who, more) => scene.connect(who, { transport, client, ...more });
      basics(scene, connect, transport);
      for (const more of also) more(scene, connect);
    },
    { launched },
  );
}

if (!isReference) {
  for (const [version, client] of Object.entries(clients)) {
    for (const transport of transports) {
      const also = client === io ? [dealings, serverAlone] : [dealings];
      suite(`client ${version} over ${transport}`, {}, { client, transport, also });
    }
  }
  const folder = mkdtempSync(path.join(tmpdir(), "signaler-embedding-"));
  after(() => rmSync(folder, { recursive: true }));
  const { key, certificate } = certify(folder, "own");
  const secured = { "tls-certificate": certificate, "tls-key": key };
  const launched = [...program, "--front"];
  for (const transport of transports) {
    suite(`a connection handed over, ${transport}`, {}, { transport, launched });
    suite(`a TLS connection handed over, ${transport}`, secured, { transport, launched });
  }

  // Older clients leave connections open that they do not use any more.
  const beating = { "ping-interval": "20ms", "ping-timeout": "20s", "idle-timeout": "5s" };
  withServer("clients that are idle", beating, (scene) => {
    it("outlive a hundred pings, each version over every transport, and speak on", async () => {
      const sockets = [];
      for (const client of Object.values(clients)) {
        for (const transport of transports) {
          sockets.push((await scene.connect(`idler ${sockets.length}`, { client, transport })).socket);
        }
      }
      const ids = sockets.map(({ id }) => id);
      const ends = sockets.map((socket) => inbox(socket, "disconnect"));
      await Promise.all(sockets.map((socket) => pings(socket).take(100)));
      const told = sockets.map((socket) => nextOf(socket, "told"));
      sockets[0].emit("to everyone", "awake?");
      assert.deepEqual((await Promise.all(told)).flat(), sockets.map(() => "awake?"));
      for (const socket of sockets) assert.deepEqual(await asks(socket, "echo", 1), [1]);
      assert.deepEqual(sockets.map(({ id }) => id), ids);
      assert.deepEqual(ends.flatMap(({ all }) => all), []);
    });
  }, { launched: program, bystanders: false });

  const pages = (scene, answers) => {
    for (const [page, status, body] of answers) {
      it(`${page} is answered by the program`, async () => {
        const answer = await request(scene.server, page);
        assert.equal(answer.status, status);
        assert.match(answer.body, body);
      });
    }
  };
  const own = [
    ["/page?x=1", 200, /^GET \/page\?x=1$/],
    ["/throw", 500, /./],
  ];
  withServer("pages beside the server", {}, (scene) => pages(scene, own), { launched: program });
  const front = [["/page", 200, /^the front's own page$/]];
  withServer("pages before the server", {}, (scene) => {
    pages(scene, front);
    it("and on a connection that was handed over, by the program too", async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      scene.atEnd(() => agent.destroy());
      const open = await engineRequest(scene.server, {}, { agent });
      assert.equal(open.status, 200);
      const { body } = await request(scene.server, "/page", { agent });
      assert.equal(body, "GET /page");
      const { sid } = JSON.parse(open.body.slice(1));
      await engineRequest(scene.server, { sid }, { agent, method: "POST", body: "1" });
    });
  }, { launched });
}
