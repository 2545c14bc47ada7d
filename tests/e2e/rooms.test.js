// Opening rooms and asking for them with stock socket.io-client, over every transport.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { transports } from "./support/peer.js";
import { RawPolling, RawWebSocket } from "./support/raw_session.js";
import { withServer } from "./support/suite.js";

for (const transport of transports) {
  withServer(`rooms over ${transport}`, {}, (scene) => {
    const connect = (name) => scene.connect(name, { transport });

    it("acknowledges the opening of a room without arguments", async () => {
      const alice = await connect("alice");
      assert.deepEqual(await alice.opens("r1"), []);
    });

    it("answers who asks for an open room with its id", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
    });

    it("answers everybody who asked too early when the room opens", async () => {
      const joiners = await Promise.all(["bob", "carol", "dave"].map(connect));
      const answers = Promise.all(joiners.map((joiner) => joiner.asksFor("r1")));
      await scene.server.statsBecome((seen) => seen.parked === 3);
      const alice = await connect("alice");
      await alice.opens("r1");
      assert.deepEqual(await answers, [["r1"], ["r1"], ["r1"]]);
      alice.says("welcome");
      for (const joiner of joiners) assert.equal(await joiner.hears(), "welcome");
    });

    it("seats a parked joiner before anything is said in the room", async () => {
      const bob = await connect("bob");
      const answered = bob.asksFor("r1");
      await scene.server.statsBecome((seen) => seen.parked === 1);
      const alice = await connect("alice");
      alice.socket.emit("keep-in-server", "r1");
      alice.says("first words");
      assert.deepEqual(await answered, ["r1"]);
      assert.equal(await bob.hears(), "first words");
    });

    it("keeps the one place of a joiner who asks again, with the new acknowledgement", async () => {
      const bob = await connect("bob");
      const alice = await connect("alice");
      for (let turn = 0; turn < 100; turn += 1) bob.emits("get-session-info", "r1");
      const last = bob.asksFor("r1");
      await bob.isInStep();
      // What the registry has answered to Alice it has heard from Bob before.
      await alice.opens("another room");
      assert.equal((await scene.server.stats()).parked, 1);
      await alice.opens("r1");
      assert.deepEqual(await last, ["r1"]);
      const seen = await scene.server.stats();
      assert.equal(seen.parked, 0);
      assert.equal(seen.seats - scene.baseline.seats, 3);
      assert.equal(bob.refusals.all.length, 1, "more than the one that isInStep provokes");
    });

    it("answers again who asks again for a room it is in, and seats it once", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      await bob.asksFor("r1");
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
      alice.says("once");
      alice.says("end");
      assert.deepEqual(await bob.hearsTimes(2), ["once", "end"]);
    });

    it("acknowledges both of two openers, and the room outlasts the first of them", async () => {
      const alice = await connect("alice");
      const albert = await connect("albert");
      const bob = await connect("bob");
      assert.deepEqual(await Promise.all([alice.opens("r1"), albert.opens("r1")]), [[], []]);
      alice.leaves();
      await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
      assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
      albert.says("still here");
      assert.equal(await bob.hears(), "still here");
    });

    it("parks who asks after the last owner left, until somebody opens again", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      await alice.opens("r1");
      await bob.asksFor("r1");
      alice.leaves();
      await scene.server.statsBecome((seen) => seen.seats - scene.baseline.seats === 1);
      const carol = await connect("carol");
      const answered = carol.asksFor("r1");
      await scene.server.statsBecome((seen) => seen.parked === 1);
      bob.socket.emit("keep-in-server", "r1");
      assert.deepEqual(await answered, ["r1"]);
    });

    it("treats keep-session as opening", async () => {
      const alice = await connect("alice");
      const bob = await connect("bob");
      const answered = bob.asksFor("r1");
      alice.socket.emit("keep-session", "r1");
      assert.deepEqual(await answered, ["r1"]);
    });

    it("frees the places of who leaves politely and of who vanishes", async () => {
      const leaver = await connect("leaver");
      const vanisher = await connect("vanisher");
      await leaver.opens("r1");
      await vanisher.opens("r2");
      leaver.emits("get-session-info", "r3");
      vanisher.emits("get-session-info", "r4");
      await scene.server.statsBecome((seen) => seen.parked === 2);
      leaver.leaves();
      vanisher.vanishes();
      await scene.server.statsBecome(scene.baseline);
    });

    it("frees all rooms of a socket that opened several", async () => {
      const alice = await connect("alice");
      const names = Array.from({ length: 10 }, (_, index) => `r${index}`);
      await Promise.all(names.map((name) => alice.opens(name)));
      const seen = await scene.server.stats();
      assert.equal(seen.rooms - scene.baseline.rooms, 10);
      alice.leaves();
      await scene.server.statsBecome(scene.baseline);
    });
  });
}

withServer("questions without an acknowledgement", {}, (scene) => {
  it("hurt nobody, before and after the room opens", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    bob.socket.emit("get-session-info", "r1");
    await bob.isInStep();
    await alice.opens("r1");
    bob.socket.emit("get-session-info", "r1");
    bob.socket.emit("get-session-info");
    assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
  });

  it("hurt nobody when an opener wants no answer either", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    alice.socket.emit("keep-in-server", "r1");
    assert.deepEqual(await bob.asksFor("r1"), ["r1"]);
  });
});

describe("answers on the wire", () => {
  for (const [name, Transport] of Object.entries({
    polling: RawPolling,
    websocket: RawWebSocket,
  })) {
    withServer(`over ${name}`, {}, (scene) => {
      it("come exactly once for each question", async () => {
        const bob = await Transport.open(scene.server);
        scene.atEnd(() => bob.end());
        await bob.joinsNamespace();
        await bob.send('420["get-session-info","r1"]');
        await scene.server.statsBecome((seen) => seen.parked === 1);
        const alice = await scene.connect("alice");
        await alice.opens("r1");
        assert.equal(await bob.next(), '430["r1"]');
        await bob.send('421["get-session-info","r1"]');
        assert.equal(await bob.next(), '431["r1"]');
        await alice.opens("r1");
        alice.says("end");
        assert.equal(await bob.next(), '42["message","end"]');
      });

      it("go out as Socket.IO acknowledgements", async () => {
        const alice = await Transport.open(scene.server);
        scene.atEnd(() => alice.end());
        await alice.joinsNamespace();
        await alice.send('4217["keep-in-server","r1"]');
        assert.equal(await alice.next(), "4317[]");
        await alice.send('429007199254740991["get-session-info","r1"]');
        assert.equal(await alice.next(), '439007199254740991["r1"]');
      });
    });
  }
});
