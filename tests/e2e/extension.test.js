// Our extension of Socket.IO against the real binary: numbered events, tokens, a server that is
// killed and started anew. The script of web/ speaks it; here a stock client does, by hand.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Proxy } from "../../web/test/support/proxy.js";
import { Inbox, within } from "./support/deadline.js";
import { Peer } from "./support/peer.js";
import { RawWebSocket } from "./support/raw_session.js";
import { isReference, run, Server, unlessReference } from "./support/server.js";

const skip = unlessReference("does not speak it");

/** A client that announces itself, with the token of its last hello. */
class Speaker {
  hellos = new Inbox("hellos");
  gaps = new Inbox("gaps");
  number = 0;

  static async connect(server, name, v = 1) {
    const speaker = new Speaker();
    const auth = (send) => send({ signaler: { v, token: speaker.token } });
    speaker.peer = new Peer(server, name, "websocket", { auth });
    speaker.peer.socket.on("signaler-hello", (hello) => {
      speaker.token = hello.token;
      speaker.hellos.push(hello);
    });
    speaker.peer.socket.on("signaler-gap", (gap) => speaker.gaps.push(gap));
    await within(speaker.peer.connected, `connection of ${name}`);
    speaker.hello = await speaker.hellos.next();
    return speaker;
  }

  /** Speaks to another server from now on, as after a restart on the same port. */
  async returnsTo(server) {
    this.peer.socket.io.uri = server.url;
    this.peer.socket.connect();
    this.hello = await this.hellos.next();
  }

  /** As by a network that fails, and comes back. */
  async isCutOff() {
    const gone = new Promise((resolve) => this.peer.socket.once("disconnect", resolve));
    this.peer.socket.io.engine.close();
    await within(gone, "the loss");
  }

  says(content, more = {}) {
    this.number += 1;
    return within(this.peer.emits("message", content, { n: this.number, ...more }), "word of it");
  }
}

describe("the extension", { skip }, () => {
  let folder, secretFile, server;
  const start = () => Server.start({ grace: undefined, "secret-file": secretFile });

  before(async () => {
    if (isReference) return;
    folder = mkdtempSync(path.join(os.tmpdir(), "signaler-"));
    secretFile = path.join(folder, "secret");
    server = await start();
  });
  after(() => {
    server?.kill();
    if (folder) rmSync(folder, { recursive: true });
  });

  it("keeps the secret for the owner's eyes only, and refuses one that others may read", async () => {
    assert.equal(statSync(secretFile).mode & 0o777, 0o600);
    const open = path.join(folder, "open");
    writeFileSync(open, "x".repeat(40));
    chmodSync(open, 0o644);
    for (const [file, why] of [[open, /others may read it/], [folder, /is not a file/]]) {
      const { code, stderr } = await run(["--port=0", `--secret-file=${file}`]);
      assert.equal(code, 2);
      assert.match(stderr, /^reliable-signaler: --secret-file .*\n$/);
      assert.match(stderr, why);
    }
  });

  it("answers a version that it does not know with the newest that it knows", async () => {
    for (const v of [0, 2, 2 ** 40]) {
      const { peer, hello } = await Speaker.connect(server, `version ${v}`, v);
      assert.deepEqual([hello.v, typeof hello.token], [1, "string"]);
      await peer.leaves();
    }
  });

  it("acknowledges what is taken, and repetitions again", async () => {
    const alice = await Speaker.connect(server, "alice");
    const bob = await Speaker.connect(server, "bob");
    const [opened] = await alice.peer.opens("r1");
    assert.deepEqual([opened.ok, opened.room, opened.role], [true, "r1", "owner"]);
    const [seated] = await bob.peer.asksFor("r1");
    assert.deepEqual(seated, { ok: true, room: "r1", role: "member" });
    assert.deepEqual(await alice.says("one"), []);
    assert.deepEqual(await bob.peer.messages.next(), ["one", `${bob.hello.epoch}.${alice.hello.id}.1`]);
    alice.number = 0;
    await alice.says("one");
    await alice.says("two");
    assert.equal(await bob.peer.hears(), "two");
    await Promise.all([alice.peer.leaves(), bob.peer.leaves()]);
  });

  it("takes the highest attempt that JavaScript can count for the last, and refuses a lower one", async () => {
    const alice = await Speaker.connect(server, "alice");
    const shows = (attempt) =>
      Peer.connect(server, `attempt ${attempt}`, { auth: { signaler: { v: 1, attempt, token: alice.token } } });
    const last = await shows(Number.MAX_SAFE_INTEGER);
    assert.equal(await within(alice.peer.disconnected, "the end of the earlier one"), "io server disconnect");
    assert.equal(last.socket.id, alice.hello.id);
    await assert.rejects(shows(Number.MAX_SAFE_INTEGER - 1), /superseded/);
    assert.equal(last.socket.connected, true);
    await Promise.all([alice.peer.leaves(), last.leaves()]);
  });

  it("carries ids and ownership over a crash of the server, and announces the gap", async () => {
    const alice = await Speaker.connect(server, "alice");
    const bob = await Speaker.connect(server, "bob");
    const [{ token }] = await alice.peer.opens("r1");
    await bob.peer.asksFor("r1");
    const { id, epoch } = alice.hello;
    await alice.says("one");
    // What was acknowledged and not delivered may be lost in a crash.
    assert.equal(await bob.peer.hears(), "one");
    const lost = [alice, bob].map(
      ({ peer }) => new Promise((resolve) => peer.socket.once("disconnect", resolve)),
    );
    server.kill();
    await within(Promise.all(lost), "the loss");
    server = await start();
    await alice.returnsTo(server);
    assert.equal(alice.hello.id, id);
    assert.deepEqual([alice.hello.taken, alice.hello.recovered], [0, false]);
    assert.notEqual(alice.hello.epoch, epoch);
    assert.deepEqual(await alice.gaps.next(), { reason: "restart", rooms: [] });
    await bob.returnsTo(server);
    const [again] = await within(alice.peer.emits("keep-in-server", "r1", { token }), "the room");
    assert.deepEqual([again.ok, again.role], [true, "owner"]);
    await bob.peer.asksFor("r1");
    await alice.says("two", { skipped: 1 });
    assert.equal(await bob.peer.hears(), "two");
    await Promise.all([alice.peer.leaves(), bob.peer.leaves()]);
  });

  it("gives a page of a server with another secret a new id, and its rooms when it asks", async () => {
    const others = await Server.start({ grace: undefined, "secret-file": path.join(folder, "other") });
    try {
      const alice = await Speaker.connect(server, "alice");
      const [{ token }] = await alice.peer.opens("r1");
      const { id } = alice.hello;
      await alice.isCutOff();
      await alice.returnsTo(others);
      assert.notEqual(alice.hello.id, id);
      assert.equal(alice.hello.recovered, false);
      const { event, code } = await alice.peer.refusals.next();
      assert.deepEqual([event, code], ["connect", "token-refused"]);
      const [again] = await within(alice.peer.emits("keep-in-server", "r1", { token }), "the room");
      assert.deepEqual([again.ok, again.role], [true, "owner"]);
      await alice.peer.leaves();
    } finally {
      others.kill();
    }
  });

  it("gives a page whose seats were given up the same id, and its rooms when it asks", async () => {
    const small = await Server.start({ grace: undefined, "max-held": 1 });
    try {
      const alice = await Speaker.connect(small, "alice");
      await alice.peer.opens("r1");
      const { id } = alice.hello;
      await alice.isCutOff();
      await small.statsBecome({ held_sessions: 1, seats: 1 });
      const bob = await Speaker.connect(small, "bob");
      await bob.isCutOff(); // one too many is away
      await small.statsBecome({ held_sessions: 1, seats: 0, rooms: 0 });
      await alice.returnsTo(small);
      assert.deepEqual([alice.hello.id, alice.hello.recovered], [id, false]);
      assert.deepEqual(await alice.gaps.next(), { reason: "window", rooms: [] });
      const [again] = await alice.peer.opens("r1");
      assert.deepEqual([again.ok, again.role], [true, "owner"]);
      await alice.peer.leaves();
    } finally {
      small.kill();
    }
  });

  it("tells a page that was closed since it reads too slowly of the gap", async () => {
    const few = { "max-payload": 200_000, "max-outbound-bytes": 1_000_000 };
    const impatient = await Server.start({ grace: undefined, ...few });
    const proxy = await Proxy.start(impatient.port);
    try {
      const alice = await Speaker.connect(impatient, "alice");
      const bob = await Speaker.connect(proxy, "bob");
      await alice.peer.opens("r1");
      await bob.peer.asksFor("r1");
      const { id } = bob.hello;
      const gone = new Promise((resolve) => bob.peer.socket.once("disconnect", resolve));
      proxy.stall();
      while ((await impatient.totals()).slow_consumers === 0) await alice.says("x".repeat(100_000));
      proxy.mend();
      await within(gone, "the loss");
      await bob.returnsTo(proxy);
      assert.deepEqual([bob.hello.id, bob.hello.recovered], [id, true]);
      const { reason, rooms } = await bob.gaps.next();
      assert.deepEqual([reason, rooms[0].room, rooms[0].members.length], ["window", "r1", 2]);
      await alice.says("now");
      assert.equal(await bob.peer.hears(), "now");
      await Promise.all([alice.peer.leaves(), bob.peer.leaves()]);
    } finally {
      await proxy.stop();
      impatient.kill();
    }
  });

  it("names no more members in the word of a gap than half of what may be queued", async () => {
    const few = { "max-payload": 1000, "max-outbound-bytes": 2000, "replay-bytes": 500 };
    const narrow = await Server.start({ grace: undefined, ...few });
    try {
      const alice = await Speaker.connect(narrow, "alice");
      const bob = await Speaker.connect(narrow, "bob");
      await alice.peer.opens("r1");
      await bob.peer.asksFor("r1");
      const others = await Promise.all(Array.from({ length: 58 }, () => RawWebSocket.open(narrow)));
      for (const one of others) {
        await one.joinsNamespace();
        await one.next(); // its greeting
        await one.asksFor("r1");
      }
      await bob.isCutOff();
      for (let i = 0; i < 10; i += 1) await alice.says("x".repeat(100));
      await bob.returnsTo(narrow);
      const gap = await bob.gaps.next();
      const { length } = JSON.stringify(gap);
      assert.ok(length > 800 && length <= 1000, `${length} bytes`);
      const [{ members, more }] = gap.rooms;
      assert.equal(members.length + more, 60);
      for (const one of others) one.end();
      await Promise.all([alice.peer.leaves(), bob.peer.leaves()]);
    } finally {
      narrow.kill();
    }
  });

  it("tells who has opened the room of another that its owner is back", async () => {
    const begin = () =>
      Server.start({ grace: undefined, "exclusive-rooms": true, "secret-file": secretFile });
    let exclusive = await begin();
    try {
      const alice = await Speaker.connect(exclusive, "alice");
      const [{ token }] = await alice.peer.opens("r1");
      await alice.isCutOff();
      exclusive.kill();
      exclusive = await begin();
      const bob = await Speaker.connect(exclusive, "bob");
      const [first] = await bob.peer.opens("r1");
      assert.equal(first.role, "owner");
      await alice.returnsTo(exclusive);
      const [again] = await within(alice.peer.emits("keep-in-server", "r1", { token }), "the room");
      assert.equal(again.role, "owner");
      const { event, room, code } = await bob.peer.refusals.next();
      assert.deepEqual([event, room, code], ["keep-in-server", "r1", "displaced"]);
      await alice.says("welcome");
      assert.equal(await bob.peer.hears(), "welcome"); // as a member
      await Promise.all([alice.peer.leaves(), bob.peer.leaves()]);
    } finally {
      exclusive.kill();
    }
  });
});
