// The program as its operator sees it: options, exit codes, signals, health and statistics.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import net from "node:net";
import { constants as system, tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { eventually, patience, within } from "./support/deadline.js";
import { enginePath, engineRequest, request } from "./support/http.js";
import { Peer } from "./support/peer.js";
import { RawPolling, RawWebSocket } from "./support/raw_session.js";
import { command, isReference, run, Server, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { RawConnection, RawFrames } from "./support/tcp.js";

const wrong = {
  "an option nobody knows": ["--prot=80"],
  "an option nobody knows, with a blank": ["--frobnicate", "80"],
  "a word that is no option": ["8080"],
  "a port out of range": ["--port=65536"],
  "a negative port": ["--port=-1"],
  "a port that is no number": ["--port=http"],
  "an option without its value": ["--port"],
  "an address that is none": ["--address=not an address"],
  "a time without a unit": ["--ping-interval=25"],
  "a negative time": ["--ping-interval=-1s"],
  "a scheduler nobody knows": ["--scheduler=fifo"],
  "a log level nobody knows": ["--log-level=loud"],
  "a log format nobody knows": ["--log-format=xml"],
  "an origin that is none": ["--origins=not an origin"],
  "a web folder that is not there": ["--web-root=/nowhere/at/all"],
  "a configuration file that is not there": ["--config-file=/nowhere.conf"],
  "a limit of nothing": ["--max-payload=0"],
  "a limit beyond all bounds": ["--max-payload=99999999999999999999"],
};

const describeOurs = isReference ? describe.skip : describe;

describeOurs("the command line", () => {
  for (const [name, args] of Object.entries(wrong)) {
    it(`refuses ${name} with one clear line and exit code 2`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      const lines = stderr.trimEnd().split("\n");
      assert.equal(lines.length, 1, stderr);
      assert.match(lines[0], /^reliable-signaler: .{10,}/);
    });
  }

  it("explains itself: --help", async () => {
    const { code, stdout, stderr } = await run(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const options = "port address threads path origins ping-interval ping-timeout web-root";
    const more = "tls-certificate tls-key admin-port log-level log-format scheduler max-payload";
    for (const option of `${options} ${more}`.split(" ")) {
      assert.match(stdout, new RegExp(`--${option}\\b`));
    }
    const widest = Math.max(...stdout.split("\n").map((line) => line.length));
    assert.ok(widest <= 100, `a line of ${widest} characters`);
  });

  it("says which version it is: --version", async () => {
    const { code, stdout, stderr } = await run(["--version"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^reliable-signaler \d+\.\d+\.\d+\S*\n$/);
  });

  it("reads a configuration file, and the command line wins over it", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "signaler-config-"));
    const file = path.join(folder, "signaler.conf");
    writeFileSync(file, "ping-interval=7s\nping-timeout=3s\n");
    const server = await Server.start({ "config-file": file, "ping-timeout": "5s" });
    try {
      const session = await RawPolling.open(server, { listening: false });
      assert.equal(session.handshake.pingInterval, 7000);
      assert.equal(session.handshake.pingTimeout, 5000);
      await session.end();
      await server.stop();
      writeFileSync(file, "frobnicate=7\n");
      assert.equal((await run([`--config-file=${file}`])).code, 2);
      writeFileSync(file, "ping-interval=\n{{{\n");
      assert.equal((await run([`--config-file=${file}`])).code, 2);
    } finally {
      server.kill();
      rmSync(folder, { recursive: true });
    }
  });

  it("says that a port is busy, and exits with 1, also with the port of its like", async () => {
    const server = await Server.start();
    try {
      const busy = await run([`--port=${server.port}`, "--address=127.0.0.1"]);
      assert.equal(busy.code, 1, busy.stderr);
      assert.match(busy.stderr, new RegExp(`${server.port}.*(busy|in use)`));
      const admin = await run(["--port=0", "--address=127.0.0.1", `--admin-port=${server.port}`]);
      assert.equal(admin.code, 1, admin.stderr);
      assert.match(admin.stderr, new RegExp(`${server.port}.*(busy|in use)`));
      await server.stop();
    } finally {
      server.kill();
    }
  });

  it("takes more descriptors than its shell allows by itself", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "signaler-limit-"));
    const launcher = path.join(folder, "launcher");
    const [program] = command();
    const script = `#!/bin/sh\nulimit -Sn 64 && exec '${program}' "$@"\n`;
    writeFileSync(launcher, script, { mode: 0o755 });
    const server = await Server.start({}, [launcher]);
    try {
      const connections = await Promise.all(
        Array.from({ length: 100 }, () => RawConnection.open(server)),
      );
      for (const connection of connections) {
        await connection.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
      }
      for (const connection of connections) {
        await connection.until(() => connection.statuses.length > 0, "answer");
      }
      for (const connection of connections) connection.end();
      await server.stop();
    } finally {
      server.kill();
      rmSync(folder, { recursive: true });
    }
  });

  it("serves without an admin port unless one is given", async () => {
    const server = await Server.start({ "admin-port": undefined });
    try {
      assert.equal((await request(server, "/healthz")).status, 200);
      await server.stop();
      assert.ok(!server.log.some((line) => line.event === "admin_listening"));
    } finally {
      server.kill();
    }
  });

  it("serves the admin port on loopback alone unless told otherwise", async () => {
    const reaches = (port, host) =>
      new Promise((resolve) => {
        const connection = net.connect(port, host);
        connection.once("connect", () => (connection.destroy(), resolve(true)));
        connection.once("error", () => resolve(false));
      });
    // All of 127.0.0.0/8 is this machine's: an address other than the one that is listened to.
    for (const [address, isReached] of [[undefined, false], ["0.0.0.0", true]]) {
      const server = await Server.start({ "admin-address": address });
      try {
        assert.equal(await within(reaches(server.adminPort, "127.0.0.1"), "a connection"), true);
        assert.equal(await within(reaches(server.adminPort, "127.0.0.2"), "a connection"), isReached);
        await server.stop();
      } finally {
        server.kill();
      }
    }
  });

  it("says which addresses to open when it serves pages", async () => {
    const hosts = { "127.0.0.1": "127.0.0.1", "0.0.0.0": "localhost" };
    for (const [address, host] of Object.entries(hosts)) {
      const server = await Server.start({ address });
      try {
        await eventually("the addresses", () => server.said.length > 0);
        assert.equal(server.said[0], `Open http://${host}:${server.port}/`);
        await server.stop();
        const others = server.said.slice(1);
        for (const line of others) assert.match(line, /^ {2}or http:\/\/\d+(\.\d+){3}:\d+\/$/);
      } finally {
        server.kill();
      }
    }
  });

  it("names no addresses to open when it serves no pages", async () => {
    const server = await Server.start({ "web-root": "none" });
    try {
      assert.equal((await request(server, "/")).status, 404);
      await server.stop();
      assert.deepEqual(server.said, []);
      assert.ok(!server.log.some((line) => line.event === "web_client_missing"));
    } finally {
      server.kill();
    }
  });

  it("serves Socket.IO under another path when told so", async () => {
    const server = await Server.start({ path: "/signals/" });
    try {
      const alice = await Peer.connect(server, "alice", { path: "/signals/" });
      assert.deepEqual(await alice.opens("r1"), []);
      await alice.leaves();
      const elsewhere = await request(server, "/socket.io/?EIO=4&transport=polling");
      assert.equal(elsewhere.status, 404);
      await server.stop();
    } finally {
      server.kill();
    }
  });
});

describe("termination", () => {
  const skip = unlessReference("waits for its connections");

  /** A server with one client of each kind, in the middle of things. */
  async function busyServer() {
    const server = await Server.start();
    const alice = await Peer.connect(server, "alice", { transport: "websocket" });
    const bob = await Peer.connect(server, "bob", { transport: "polling" });
    await alice.opens("r1");
    await bob.asksFor("r1");
    bob.emits("get-session-info", "nobody opens this");
    const raw = await RawWebSocket.open(server);
    const silent = await RawConnection.open(server);
    const frozen = await RawFrames.open(server); // never reads, never answers a close
    frozen.connection.socket.pause();
    const unfinished = await RawConnection.open(server);
    await unfinished.write("POST /socket.io/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx");
    const end = () => {
      for (const connection of [silent, unfinished, frozen]) connection.end();
      raw.vanishes();
      bob.agent.destroy();
      server.kill();
    };
    return { server, alice, bob, raw, end };
  }

  for (const signal of ["SIGTERM", "SIGINT"]) {
    it(`by ${signal} closes all sessions and exits with 0 within 5 s`, { skip }, async (t) => {
      const { server, alice, bob, raw, end } = await busyServer();
      t.after(end);
      const limit = 5000 + server.lateness;
      const begun = performance.now();
      server.child.kill(signal);
      await within(Promise.all([alice.disconnected, bob.disconnected, raw.closed]), "goodbye");
      assert.deepEqual(await within(server.exited, "exit"), { code: 0, signal: null });
      assert.ok(performance.now() - begun < limit, "took longer than 5 s");
      assert.deepEqual(server.noise, []);
    });
  }

  it("tells who understands it when to come back, and nobody to stay away", { skip }, async (t) => {
    const server = await Server.start({ grace: undefined, "drain-after": "700ms", "drain-rate": 4 });
    t.after(() => server.kill());
    const page = await RawWebSocket.open(server);
    await page.joinsNamespace("", '{"signaler":{"v":1}}');
    const other = await RawWebSocket.open(server);
    await other.joinsNamespace();
    server.child.kill("SIGTERM");
    await Promise.all([page.isClosed(), other.isClosed()]);
    const announced = '42["signaler-drain",{"afterMs":700,"spreadMs":500}';
    assert.ok(page.packets.all.at(-1).startsWith(announced), page.packets.all.at(-1));
    for (const packet of other.packets.all) assert.doesNotMatch(packet, /drain|^41/);
    assert.deepEqual(await within(server.exited, "exit"), { code: 0, signal: null });
  });

  /** A page that has come in by polls and makes none now. */
  async function pageBetweenPolls(server) {
    const page = await RawPolling.open(server, { listening: false });
    await page.send('40{"signaler":{"v":1}}');
    while (!(await page.poll()).some((packet) => packet.startsWith('42["signaler-hello"')));
    return page;
  }

  const drain = /^42\["signaler-drain",\{"afterMs":1000,"spreadMs":\d+\}/;

  it("tells it to pages that poll, whether a poll of theirs waits or not", { skip }, async (t) => {
    const server = await Server.start({ grace: undefined });
    t.after(() => server.kill());
    const [waits, comes, returns] = await Promise.all([1, 2, 3].map(() => pageBetweenPolls(server)));
    waits.listen();
    returns.agent.destroy(); // the network took its connections
    // Its poll has left before these: it waits at the server when they are answered.
    for (let i = 0; i < 5; i += 1) await waits.says("still here");
    server.child.kill("SIGTERM");
    await waits.isClosed();
    assert.match(waits.packets.all.at(-1), drain);
    for (const page of [comes, returns]) {
      assert.match((await page.poll()).at(-1), drain);
      assert.deepEqual(await page.poll(), ["1"]);
    }
    assert.deepEqual(await within(server.exited, "exit"), { code: 0, signal: null });
  });

  it("refuses new sessions with 503 as long as it serves old ones", { skip }, async (t) => {
    const server = await Server.start({ grace: undefined });
    t.after(() => server.kill());
    // They are in the middle of a request.
    const fields = "HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n";
    const heads = [
      `GET ${enginePath()} HTTP/1.1\r\nHost: a\r\n`,
      `GET ${enginePath({ transport: "websocket" })} ${fields}${key}`,
    ];
    const page = await pageBetweenPolls(server);
    const late = [];
    for (const head of heads) {
      const connection = await RawConnection.open(server);
      await connection.write(head);
      late.push(connection);
    }
    await server.statsBecome({ connections: 3 });
    server.child.kill("SIGTERM");
    await eventually("no new session", async () => (await engineRequest(server, {})).status === 503);
    assert.equal((await request(server, "/healthz")).status, 503);
    for (const connection of late) {
      await connection.write("\r\n");
      await connection.isClosed();
      assert.deepEqual(connection.statuses, [503], connection.text);
    }
    assert.match((await page.poll()).at(-1), drain);
    assert.deepEqual(await page.poll(), ["1"]);
    assert.deepEqual(await within(server.exited, "exit"), { code: 0, signal: null });
    await assert.rejects(engineRequest(server, {}), { code: "ECONNREFUSED" });
  });

  it("waits for pages that do not come no longer than --drain-limit", { skip }, async (t) => {
    const server = await Server.start({ grace: undefined, "drain-limit": "3s" });
    t.after(() => server.kill());
    const page = await pageBetweenPolls(server);
    t.after(() => page.vanishes());
    const looksForLeaks = server.isSanitized ? 10_000 : 0; // after all is over
    const begun = performance.now();
    server.child.kill("SIGTERM");
    assert.deepEqual(await within(server.exited, "exit"), { code: 0, signal: null });
    assert.ok(performance.now() - begun < 4000 + looksForLeaks, "took longer than 3 s");
  });

  /** A server whose log goes to a full pipe that nobody reads, so that its end takes all its time. */
  async function unheardServer(t, limit) {
    const folder = mkdtempSync(path.join(tmpdir(), "signaler-log-"));
    const pipe = path.join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const filled = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const log = openSync(pipe, constants.O_WRONLY);
    assert.throws(() => {
      for (;;) writeSync(filled, ".");
    }, { code: "EAGAIN" });
    const [program, ...rest] = command();
    const options = ["--port=0", "--address=127.0.0.1", `--web-root=${folder}`, `--drain-limit=${limit}`];
    const child = spawn(program, [...rest, ...options], { stdio: ["ignore", "pipe", log] });
    t.after(() => {
      child.kill("SIGKILL");
      for (const open of [filled, log]) closeSync(open);
      rmSync(folder, { recursive: true });
    });
    await within(new Promise((resolve) => child.stdout.once("data", resolve)), "the address");
    return child;
  }

  // ThreadSanitizer's own _exit flushes the streams first, and so waits for the pipe.
  const skipFullPipe = process.env.SIGNALER_THREAD_SANITIZER ? "no _exit of the system's" : skip;
  it("does not wait for a full pipe that nobody reads the log from", { skip: skipFullPipe }, async (t) => {
    const child = await unheardServer(t, "3s");
    const exited = new Promise((resolve) => {
      child.on("close", (code, signal) => resolve({ code, signal }));
    });
    const begun = performance.now();
    child.kill("SIGTERM");
    assert.deepEqual(await within(exited, "exit"), { code: 0, signal: null });
    assert.ok(performance.now() - begun < 3000 * (1 + patience), "took much longer than 3 s");
  });

  /** Ids of a process's threads that a SIGTERM would reach. */
  function takers({ pid }) {
    const mask = 1n << BigInt(system.signals.SIGTERM - 1);
    return readdirSync(`/proc/${pid}/task`).map(Number).filter((thread) => {
      try {
        const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
        return !(BigInt(`0x${/^SigBlk:\s+(\w+)$/m.exec(status)[1]}`) & mask);
      } catch {
        return false; // it has ended since
      }
    });
  }

  it("hears of the second signal in its main thread only", { skip }, async (t) => {
    const child = await unheardServer(t, "10min");
    child.kill("SIGTERM");
    // By then it has the thread that watches over its end.
    const all = await eventually("a thread that takes signals", () => {
      const found = takers(child);
      return found.length > 0 && found;
    });
    assert.deepEqual(all, [child.pid]);
  });

  it("is immediate at the second signal", { skip }, async (t) => {
    const { server, end } = await busyServer();
    t.after(end);
    server.child.kill("SIGTERM");
    server.child.kill("SIGINT");
    const { code } = await within(server.exited, "exit");
    assert.ok([130, 143].includes(code), `${code}: a polite end is one with 0`);
  });

  it("frees the port for the next server at once", { skip }, async (t) => {
    const { server, end } = await busyServer();
    t.after(end);
    const { port } = server;
    server.child.kill("SIGTERM");
    await within(server.exited, "exit");
    const next = await Server.start({ port });
    assert.equal(next.port, port);
    await next.stop();
  });
});

const counters = "sessions held_sessions sockets rooms seats parked actors timers queued_bytes kept_bytes";

withServer("health and statistics", {}, (scene) => {
  it("say that all is well: /healthz", async () => {
    const answer = await request(scene.server, "/healthz");
    assert.equal(answer.status, 200);
  });

  it("count what there is: /stats on the admin port", async () => {
    const seen = await scene.server.stats();
    for (const name of counters.split(" ")) {
      assert.ok(Number.isInteger(seen[name]) && seen[name] >= 0, `${name}: ${seen[name]}`);
    }
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    alice.emits("get-session-info", "r2");
    await scene.server.statsBecome({
      sessions: scene.baseline.sessions + 1,
      sockets: scene.baseline.sockets + 1,
      rooms: scene.baseline.rooms + 1,
      seats: scene.baseline.seats + 1,
      parked: 1,
    });
  });

  it("are no part of the public port", async () => {
    for (const path of ["/stats", "/stats/", "//stats", "/admin", "/socket.io/stats"]) {
      const answer = await request(scene.server, path);
      assert.ok(answer.status >= 400, `${path}: ${answer.status}`);
      assert.doesNotMatch(answer.body, /sessions/);
    }
  });

  const skip = unlessReference("has a simple one");
  it("are all that the admin port serves", { skip }, async () => {
    const admin = { port: scene.server.adminPort, secure: false };
    assert.equal((await request(admin, "/stats", { method: "POST", body: "x" })).status, 405);
    assert.equal((await request(admin, "/nothing")).status, 404);
    const handshake = await request(admin, "/socket.io/?EIO=4&transport=polling");
    assert.equal(handshake.status, 404);
  });
});
