// Engine.IO 4's heartbeat: the server pings, and who does not answer is gone.
import assert from "node:assert/strict";
import { it } from "node:test";
import { within } from "./support/deadline.js";
import { rawTransports } from "./support/raw_session.js";
import { withServer } from "./support/suite.js";

const options = { "ping-interval": "200ms", "ping-timeout": "3s" };
// A heartbeat this fast would make bystanders notice a busy machine.
const alone = { bystanders: false };

const beats = (peer, wanted) =>
  new Promise((resolve) => {
    let count = 0;
    peer.socket.io.on("ping", () => (count += 1) === wanted && resolve());
  });

for (const [name, Transport] of Object.entries(rawTransports)) {
  const test = (scene) => {
    async function open(more) {
      const session = await Transport.open(scene.server, more);
      scene.atEnd(() => session.end());
      return session;
    }

    it("is announced in the handshake", async () => {
      const { handshake } = await open();
      assert.deepEqual([handshake.pingInterval, handshake.pingTimeout], [200, 3000]);
    });

    it("goes on and on as long as it is answered", async () => {
      const session = await open();
      for (let beat = 0; beat < 4; beat += 1) {
        assert.equal(await session.packets.next(), "2");
        await session.send("3");
      }
      await session.joinsNamespace();
    });

    it("ends a session that does not answer, and leaves nothing of it", async () => {
      const session = await open();
      await session.joinsNamespace();
      await session.opens("r1");
      assert.equal(await session.packets.next(), "2");
      await session.isClosed();
      const { sessions, rooms } = scene.baseline;
      await scene.server.statsBecome({ sessions, rooms });
    });

    it("leaves stock clients connected", async () => {
      const alice = await scene.connect("alice", { transport: name });
      await within(beats(alice, 5), "five pings");
      assert.ok(alice.socket.connected);
    });
  };
  withServer(`the heartbeat over ${name}`, options, test, alone);
}

const test = (scene) => {
  it("ends a polling session that never polls", async () => {
    const session = await rawTransports.polling.open(scene.server, { listening: false });
    scene.atEnd(() => session.vanishes());
    await scene.server.statsBecome({ sessions: scene.baseline.sessions + 1 });
    await scene.server.statsBecome({ sessions: scene.baseline.sessions });
    assert.equal((await session.request("GET")).status, 400);
  });
};
withServer("the heartbeat", options, test, alone);
