// Stock clients that come back by themselves: to a server that was full, and to one that was told to stop.
import assert from "node:assert/strict";
import { it } from "node:test";
import { patience, within } from "./support/deadline.js";
import { Peer, transports } from "./support/peer.js";
import { Server, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

/** They try again by themselves, and soon. */
const persistent = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 100 };

const next = (emitter, event) =>
  within(new Promise((resolve) => emitter.once(event, resolve)), `"${event}"`);

// As places come free one by one, a client may have its handshake and be refused its next connection:
// it tries again with a new session, and the one it gave up ends with its heartbeat.
const beat = `${2 * patience}s`;
const full = { "max-connections": 3, "ping-interval": beat, "ping-timeout": beat };
withServer("a server that is full", full, (scene) => {
  for (const transport of transports)
    it(`lets a client in that kept trying, when there is room again: ${transport}`, {
      skip: unlessReference("has no limit"),
    }, async () => {
      const hogs = [];
      for (const name of ["one", "two", "three"]) hogs.push(await scene.connect(`hog ${name}`));
      const before = await scene.server.totals();
      const late = new Peer(scene.server, "late", transport, persistent);
      scene.atEnd(() => late.leaves());
      await assert.rejects(within(late.connected, "a first answer"), /error/);
      await next(late.socket.io, "reconnect_attempt");
      const { refused_connections, refused_sessions } = await scene.server.totals();
      assert.ok(refused_connections + refused_sessions > before.refused_connections + before.refused_sessions);
      assert.equal(late.socket.connected, false);
      const opened = new Promise((resolve) => {
        late.socket.on("connect", () => late.emits("keep-in-server", "r1").then(resolve));
      });
      await Promise.all(hogs.map((hog) => hog.leaves()));
      assert.deepEqual(await within(opened, "room for who is late"), []);
    });
}, { bystanders: false });

const skip = unlessReference("is not told to stop like that");
for (const transport of transports)
  it(`a client whose server is told to stop goes on with the next one: ${transport}`, { skip }, async () => {
    const options = { grace: undefined };
    let server = await Server.start(options);
    const [alice, bob] = ["alice", "bob"].map((name) => new Peer(server, name, transport, persistent));
    try {
      await within(Promise.all([alice.connected, bob.connected]), "two connections");
      await alice.opens("r1");
      await bob.asksFor("r1");
      const { id } = bob.socket;
      const { port } = server;
      await server.stop();
      const reasons = await within(Promise.all([alice.disconnected, bob.disconnected]), "two ends");
      for (const reason of reasons) assert.match(reason, /^transport (close|error)$/);
      const back = [alice, bob].map(({ socket }) => next(socket, "connect"));
      server = await Server.start({ ...options, port });
      await Promise.all(back);
      assert.equal(bob.socket.recovered, false);
      assert.notEqual(bob.socket.id, id);
      const asked = bob.asksFor("r1");
      await alice.opens("r1");
      assert.deepEqual(await asked, ["r1"]);
      alice.says("again");
      assert.equal(await bob.hears(), "again");
      assert.deepEqual([alice.refusals.all, bob.refusals.all], [[], []]);
    } finally {
      await Promise.all([alice.leaves(), bob.leaves()]);
      server.kill();
    }
  });
