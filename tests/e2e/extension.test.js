// Our extension of Socket.IO against the real binary: numbered events, tokens, a server that is
// killed and started anew. The script of web/ speaks it; here a stock client does, by hand.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync, chmodSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Inbox, within } from "./support/deadline.js";
import { Peer } from "./support/peer.js";
import { isReference, run, Server, unlessReference } from "./support/server.js";

const skip = unlessReference("does not speak it");

/** A client that announces itself, with the token of its last hello. */
class Speaker {
  hellos = new Inbox("hellos");
  gaps = new Inbox("gaps");
  number = 0;

  static async connect(server, name) {
    const speaker = new Speaker();
    const auth = (send) => send({ signaler: { v: 1, token: speaker.token } });
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
    for (const [file, why] of [[open, /others may read it/], [folder, /cannot be read/]]) {
      const { code, stderr } = await run(["--port=0", `--secret-file=${file}`]);
      assert.equal(code, 2);
      assert.match(stderr, /^reliable-signaler: --secret-file .*\n$/);
      assert.match(stderr, why);
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
});
