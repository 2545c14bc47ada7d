// Thousands at once: sessions opened and cut so that all are held, and clients that all come back
// to a server that was killed. SIGNALER_CROWD says how many; by hand, 10000.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Proxy } from "../../web/test/support/proxy.js";
import { usualDeadline, within } from "./support/deadline.js";
import { RawWebSocket } from "./support/raw_session.js";
import { mode, Server, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const crowd = Number(process.env.SIGNALER_CROWD ?? 1000);
const patient = usualDeadline * Math.max(1, crowd / 1000);
// What counts is how many there are: one mode shows it.
const skip =
  unlessReference("has no such limits") || (mode === "two-threads" ? false : "in another mode");

/** Calls `step` with 0 to count - 1, `width` of them at a time. */
async function forEach(count, width, step) {
  let next = 0;
  async function worker() {
    while (next < count) await step(next++);
  }
  await Promise.all(Array.from({ length: width }, worker));
}

// The one timer of the session store runs on until the grace period is over.
const lasting = ["timers", "actors", "sessions", "held_sessions", "rooms", "seats", "queued_bytes"];
const caps = { grace: undefined, "max-held": 500, "max-held-per-address": 300 };

withServer("a flood of sessions that are cut", caps, (scene) => {
  const den = "127.0.0.2";

  async function opensAndBreaksOff(number) {
    const session = await RawWebSocket.open(scene.server, { from: den });
    const { sid, pid } = await session.joinsNamespace();
    const [, , offset] = JSON.parse((await session.next()).slice(2));
    await session.opens(`flood ${number}`);
    session.vanishes();
    return { sid, pid, offset };
  }

  /** Whether it gets its session back. */
  async function recovers({ sid, pid, offset }) {
    const session = await RawWebSocket.open(scene.server, { from: den });
    const answer = await session.joinsNamespace("", JSON.stringify({ pid, offset }));
    await session.send("41");
    session.end();
    return answer.sid === sid;
  }

  it("is held up to the limits, while who is honest works on and comes back", { skip }, async () => {
    const proxy = await Proxy.start(scene.server.port);
    scene.atEnd(() => proxy.stop());
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob", { through: proxy });
    await alice.opens("r1");
    await bob.asksFor("r1");
    alice.says("before");
    assert.equal(await bob.hears(), "before");
    const { id } = bob.socket;
    const gone = within(bob.disconnected, "the loss");
    proxy.cut();
    await gone;
    proxy.mend();
    const first = await opensAndBreaksOff(0);
    const sent = [];
    await forEach(crowd, 50, async (number) => {
      await opensAndBreaksOff(number + 1);
      if (number % 50 !== 0) return;
      sent.push(number);
      alice.says(number);
      await scene.bystanders.exchange();
      const seen = await scene.server.stats();
      assert.ok(seen.held_sessions <= 301, `${seen.held_sessions} are held`);
    });
    const last = await opensAndBreaksOff(crowd + 1);
    await scene.server.statsBecome({ held_sessions: 301, sockets: 3 }, patient);
    const { rooms } = await scene.server.stats();
    assert.ok(rooms <= 302, `${rooms} rooms`);
    const { evicted_sessions: evicted } = await scene.server.totals();
    assert.equal(evicted, crowd + 2 - 300);
    assert.equal(await recovers(first), false);
    assert.equal(await recovers(last), true);
    const back = new Promise((resolve) => bob.socket.once("connect", resolve));
    bob.socket.connect();
    await within(back, "bob's return");
    assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    assert.deepEqual(await bob.hearsTimes(sent.length), sent);
    const lines = scene.server.log.filter(({ event }) => event === "session_evicted");
    assert.ok(lines.length < 5, `${lines.length} lines`);
  });
}, { lasting });

describe("a herd that comes back to a server that was killed", { skip }, () => {
  let folder, server;
  const start = (port = 0) =>
    Server.start({
      port,
      grace: undefined,
      "secret-file": path.join(folder, "secret"),
      "ping-interval": "10min", // nobody answers while a large crowd gathers
      "backoff-min": "500ms",
      "backoff-max": `${Math.ceil(crowd / 500)}s`,
    });

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "signaler-"));
    server = await start();
  });
  after(() => {
    server?.kill();
    rmSync(folder, { recursive: true });
  });

  /** One page: its own room, the token of its last hello, no script but this. */
  class Page {
    constructor(number) {
      this.number = number;
      this.from = `127.0.1.${1 + (number % 8)}`;
    }

    async connects() {
      this.session = await RawWebSocket.open(server, { from: this.from });
      const signaler = { v: 1, token: this.hello?.token };
      await this.session.joinsNamespace("", JSON.stringify({ signaler }));
      [, this.hello] = JSON.parse((await this.session.next()).slice(2));
    }

    async opensItsRoom() {
      await this.session.send(`420["keep-in-server","room ${this.number}",{"n":1}]`);
      return JSON.parse((await this.session.next()).slice(3))[0];
    }

    /** After a random part of what the server has asked it to wait. */
    async comesBack() {
      const { minMs, maxMs } = this.hello.backoff;
      const wait = minMs + Math.random() * (maxMs - minMs);
      await new Promise((resolve) => setTimeout(resolve, wait));
      await this.connects();
    }
  }

  it("is served without one handshake that fails, and everybody is who he was", async () => {
    const pages = Array.from({ length: crowd }, (_, number) => new Page(number));
    await forEach(crowd, 50, async (number) => {
      await pages[number].connects();
      assert.equal((await pages[number].opensItsRoom()).ok, true);
    });
    const ids = pages.map(({ hello }) => hello.id);
    const losses = pages.map(({ session }) => session.closed);
    const { port } = server;
    server.kill();
    await within(Promise.all(losses), "the loss", patient);
    await within(server.exited, "the end of the server");
    server = await start(port);
    await Promise.all(
      pages.map(async (page, number) => {
        await page.comesBack();
        assert.equal(page.hello.id, ids[number]);
        const [event, gap] = JSON.parse((await page.session.next()).slice(2));
        assert.deepEqual([event, gap.reason], ["signaler-gap", "restart"]);
        const { ok, role } = await page.opensItsRoom();
        assert.deepEqual([ok, role], [true, "owner"]);
      }),
    );
    await server.statsBecome({ rooms: crowd, sockets: crowd, held_sessions: 0 });
    const totals = await server.totals();
    assert.deepEqual([totals.wrong_claims, totals.refused_connections], [0, 0]);
    for (const { session } of pages) session.vanishes();
    await server.statsBecome({ held_sessions: crowd, connections: 0 }, patient);
    await server.stop();
  });
});
