// What a client has sent just before it goes, when the server learns of both at once.
import assert from "node:assert/strict";
import { it } from "node:test";
import { RawWebSocket } from "./support/raw_session.js";
import { withServer } from "./support/suite.js";
import { frame, RawFrames } from "./support/tcp.js";

// Nobody else may notice that the server stands still, nor do pings find out who is gone.
const alone = { bystanders: false };
const options = { "ping-interval": "60s" };

// Each has happened when its promise is fulfilled.
const ends = {
  "closes the connection": ({ socket }) => new Promise((resolve) => socket.end(resolve)),
  "resets the connection": (connection) => {
    connection.socket.resetAndDestroy();
    return connection.isClosed();
  },
};

const test = (scene) => {
  for (const [what, end] of Object.entries(ends)) {
    it(`are heard, and its end is noticed, when it ${what} in the same breath`, async () => {
      const bob = await RawWebSocket.open(scene.server);
      scene.atEnd(() => bob.end());
      await bob.joinsNamespace();
      await bob.opens("r1");
      const others = await scene.server.stats();
      const alice = await RawFrames.open(scene.server);
      scene.atEnd(() => alice.end());
      await alice.sendText("40");
      await alice.next();
      await alice.sendText('42["get-session-info","r1"]');
      await scene.server.statsBecome({ seats: others.seats + 1 });
      process.kill(scene.server.pid, "SIGSTOP");
      try {
        await alice.send(frame('42["message","bye"]'));
        await end(alice.connection);
      } finally {
        process.kill(scene.server.pid, "SIGCONT");
      }
      assert.equal(await bob.next(), '42["message","bye"]');
      await scene.server.statsBecome({ sessions: others.sessions, connections: others.connections });
    });
  }
};
withServer("a client's last words", options, test, alone);
