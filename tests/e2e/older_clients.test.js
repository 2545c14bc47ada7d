// Connection state recovery with the stock clients that brought it, 4.6 and 4.7: recovery.test.js tests the newest.
import assert from "node:assert/strict";
import { it } from "node:test";
import { io as io46 } from "socket.io-client-4.6";
import { io as io47 } from "socket.io-client-4.7";
import { behindProxy, defaults, timer } from "./support/comebacks.js";
import { transports } from "./support/peer.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const clients = { 4.6: io46, 4.7: io47 };

for (const [version, client] of Object.entries(clients)) {
  for (const transport of transports) {
    withServer(`client ${version} that comes back over ${transport}`, defaults, (scene) => {
      const { comesBack, connect, isCutOff } = behindProxy(scene, transport);

      it("has its id and its room, and what it missed, in order and once, each time", async () => {
        const alice = await scene.connect("alice");
        const { peer: bob, proxy } = await connect("bob", { client });
        await alice.opens("r1");
        await bob.asksFor("r1");
        const { id } = bob.socket;
        alice.says("before");
        assert.equal(await bob.hears(), "before");
        const sent = [];
        for (let round = 0; round < 4; round += 1) {
          await isCutOff(bob, proxy);
          const missed = [`${round}`, { round }, Buffer.from([round])].slice(0, round);
          for (const content of missed) alice.says(content);
          await alice.isInStep();
          await comesBack(bob);
          assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id], `round ${round}`);
          sent.push(...missed);
        }
        alice.says("after");
        assert.deepEqual(await bob.hearsTimes(sent.length + 1), [...sent, "after"]);
      });

      const skip = unlessReference("rooms are its application's");
      it("owns its room as before, and starts anew when it has said goodbye", { skip }, async () => {
        const { peer: owner, proxy } = await connect("owner", { client });
        await owner.opens("mine");
        const { id } = owner.socket;
        await isCutOff(owner, proxy);
        await comesBack(owner);
        assert.deepEqual([owner.socket.recovered, owner.socket.id], [true, id]);
        const guest = await scene.connect("guest");
        assert.deepEqual(await guest.asksFor("mine"), ["mine"]);
        owner.socket.disconnect();
        await scene.server.statsBecome((seen) => seen.seats === scene.baseline.seats + 1);
        await comesBack(owner);
        assert.equal(owner.socket.recovered, false);
        assert.notEqual(owner.socket.id, id);
      });
    }, timer);
  }
}
