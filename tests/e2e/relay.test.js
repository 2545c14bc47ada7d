// What a message reaches and what it does not, in which order, and with which content.
import assert from "node:assert/strict";
import { it } from "node:test";
import { transports } from "./support/peer.js";
import { withServer } from "./support/suite.js";

/** What a message may hold without blobs, as the original page and as a hostile one send it. */
const contents = {
  "the page's own envelope": { sender: "x7", channel: "random", message: { sdp: "v=0\r\n" } },
  "text outside of ASCII": "grüße 👋🏽 \u2028 \ud83d\ude00",
  "characters with a meaning on the wire": '\u001e "\\" ,/[{}] \u0000',
  "deep nesting": JSON.parse(`${'{"a":['.repeat(20)}1${"]}".repeat(20)}`),
  "numbers at the edges": [0, -1, 1.5, 1e300, 9007199254740993, 5e-324],
  "what looks like a placeholder's neighbour": { placeholder: true, num: 0 },
  "null, true and empty things": [null, true, false, "", [], {}],
  "20 kB of text": "0123456789".repeat(2000),
};

for (const transport of transports) {
  withServer(`messages over ${transport}`, {}, (scene) => {
    const connect = (name, options) => scene.connect(name, { transport, ...options });

    /** A room with an owner and members, all connected. */
    async function room(id, owner, ...members) {
      const peers = await Promise.all([owner, ...members].map((name) => connect(name)));
      await peers[0].opens(id);
      for (const member of peers.slice(1)) await member.asksFor(id);
      return peers;
    }

    it("reach all other members of the room, and not the sender", async () => {
      const [alice, bob, carol] = await room("r1", "alice", "bob", "carol");
      bob.says("from bob");
      assert.deepEqual([await alice.hears(), await carol.hears()], ["from bob", "from bob"]);
      alice.says("from alice");
      assert.deepEqual([await bob.hears(), await carol.hears()], ["from alice", "from alice"]);
      assert.deepEqual(bob.messages.all, [["from alice"]]);
    });

    it("stay in their room", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const [carol, dave] = await room("r2", "carol", "dave");
      const eve = await connect("eve");
      const zoe = await connect("zoe");
      alice.says("in r1");
      assert.equal(await bob.hears(), "in r1");
      carol.says("in r2");
      assert.equal(await dave.hears(), "in r2");
      eve.says("in the lobby");
      assert.equal(await zoe.hears(), "in the lobby");
      assert.deepEqual(bob.messages.all, [["in r1"]]);
      assert.deepEqual(dave.messages.all, [["in r2"]]);
      assert.deepEqual(zoe.messages.all, [["in the lobby"]]);
      assert.deepEqual(
        [alice, carol, eve].map((peer) => peer.messages.all),
        [[], [], []],
      );
    });

    it("reach the members of all rooms of the sender", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const carol = await connect("carol");
      await alice.opens("r2");
      await carol.asksFor("r2");
      alice.says("to both");
      assert.deepEqual([await bob.hears(), await carol.hears()], ["to both", "to both"]);
    });

    it("share a lobby between sockets that are in no room, and leave it with a room", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      const carol = await connect("carol");
      alice.says("anybody?");
      assert.deepEqual([await bob.hears(), await carol.hears()], ["anybody?", "anybody?"]);
      await carol.opens("r1");
      alice.says("who is left?");
      assert.equal(await bob.hears(), "who is left?");
      carol.says("alone in my room");
      await carol.opens("r1");
      bob.says("end");
      assert.equal(await alice.hears(), "end");
      assert.deepEqual(carol.messages.all, [["anybody?"]]);
    });

    for (const [name, content] of Object.entries(contents)) {
      it(`arrive as they were sent: ${name}`, async () => {
        const [alice, bob] = await room("r1", "alice", "bob");
        alice.says(content);
        assert.deepEqual(await bob.hears(), content);
      });
    }

    it("keep all their arguments", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      alice.says();
      alice.says(1, "two", { three: 3 }, [4]);
      assert.deepEqual(await bob.messages.next(), []);
      assert.deepEqual(await bob.messages.next(), [1, "two", { three: 3 }, [4]]);
    });

    it("carry blobs: at the top, nested, empty, and several", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const sent = [
        Buffer.from([0, 1, 254, 255]),
        { deep: [{ er: Buffer.from("nested") }, Buffer.alloc(0)], text: "beside" },
        Buffer.alloc(70000, 7),
      ];
      alice.says(...sent);
      assert.deepEqual(await bob.messages.next(), sent);
      bob.says(Buffer.from("back"));
      assert.deepEqual(await alice.hears(), Buffer.from("back"));
    });

    it("carry up to ten blobs", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const blobs = Array.from({ length: 10 }, (_, index) => Buffer.alloc(index * 50, index));
      alice.says(...blobs);
      assert.deepEqual(await bob.messages.next(), blobs);
    });

    it("with and without blobs keep their order", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const sent = Array.from({ length: 40 }, (_, index) =>
        index % 3 === 0 ? Buffer.alloc(100, index) : { index },
      );
      for (const content of sent) alice.says(content);
      assert.deepEqual(await bob.hearsTimes(40), sent);
    });

    it("keep their order: 500 from one to two", async () => {
      const [alice, bob, carol] = await room("r1", "alice", "bob", "carol");
      const sent = Array.from({ length: 500 }, (_, index) => index);
      for (const number of sent) alice.says(number);
      assert.deepEqual(await bob.hearsTimes(500), sent);
      assert.deepEqual(await carol.hearsTimes(500), sent);
    });

    it("keep their order in both directions at once", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      const sent = Array.from({ length: 300 }, (_, index) => index + 1);
      for (const number of sent) {
        alice.says(number);
        bob.says(-number);
      }
      assert.deepEqual(await bob.hearsTimes(300), sent);
      assert.deepEqual(
        await alice.hearsTimes(300),
        sent.map((number) => -number),
      );
    });

    it("that ask for an acknowledgement are relayed all the same", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      alice.socket.emit("message", "answer me", () => {});
      alice.says("next");
      assert.deepEqual(await bob.messages.next(), ["answer me"]);
      assert.deepEqual(await bob.messages.next(), ["next"]);
    });

    it("of a name nobody knows are ignored", async () => {
      const [alice, bob] = await room("r1", "alice", "bob");
      alice.socket.emit("no-such-event", "r1", Buffer.from("blob"));
      alice.socket.emit("open-room", { any: "thing" }, () => {});
      alice.says("end");
      assert.equal(await bob.hears(), "end");
    });
  });
}

withServer("messages during an upgrade", {}, (scene) => {
  it("are neither lost nor doubled nor reordered, in either direction", async () => {
    const alice = await scene.connect("alice");
    await alice.opens("r1");
    for (let round = 0; round < 5; round += 1) {
      const bob = await scene.connect("bob", { transport: "upgrade", settled: false });
      await bob.asksFor("r1");
      const sent = Array.from({ length: 200 }, (_, index) => index);
      const talk = async (peer) => {
        for (const number of sent) {
          peer.says(number);
          // Gives the upgrade its turns between the messages instead of after them.
          if (number % 20 === 19) await new Promise((resolve) => setImmediate(resolve));
        }
      };
      await Promise.all([talk(alice), talk(bob)]);
      assert.deepEqual(await bob.hearsTimes(200), sent);
      assert.deepEqual(await alice.hearsTimes(200), sent);
      await bob.upgraded;
      alice.says("end");
      assert.equal(await bob.hears(), "end");
      bob.leaves();
      await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
    }
  });
});

withServer("without a lobby", { lobby: false }, (scene) => {
  it("messages of sockets in no room reach nobody", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    alice.says("anybody?");
    await alice.isInStep();
    await alice.opens("r1");
    await bob.asksFor("r1");
    alice.says("in r1");
    assert.equal(await bob.hears(), "in r1");
    assert.deepEqual(bob.messages.all, [["in r1"]]);
  });
});
