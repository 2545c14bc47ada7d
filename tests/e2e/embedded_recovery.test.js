// Recovery in a program of one's own: several namespaces on one connection, what is volatile, and who is told to go.
import assert from "node:assert/strict";
import { it } from "node:test";
import { behindProxy, defaults, hasOffset, timer } from "./support/comebacks.js";
import { Inbox, within } from "./support/deadline.js";
import { transports } from "./support/peer.js";
import { embeddingCommand, isReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const launched = embeddingCommand();

const connected = (socket) => within(new Promise((resolve) => socket.once("connect", resolve)), "connect");

/** Resolves to the first argument of the acknowledgement. */
const asks = (socket, ...args) =>
  within(new Promise((resolve) => socket.emit(...args, resolve)), `answer to ${args[0]}`);

/** All that a socket hears, but for greetings, as [event, ...arguments] without its name at the end. */
function storyOf(socket) {
  const story = new Inbox(`story of ${socket.nsp}`);
  socket.onAny((...event) => event[0] !== "signaler-hello" && story.push(event.slice(0, -1)));
  return story;
}

function namespaces(scene, transport) {
  const { comesBack, connect, isCutOff } = behindProxy(scene, transport);

  it("all namespaces of one connection are recovered, each with its own data and what it has missed", async () => {
    const alice = await scene.connect("alice");
    const { peer: bob, proxy } = await connect("bob");
    const { io: manager } = bob.socket;
    const others = [
      manager.socket("/guarded", { auth: { token: "bob's" } }),
      manager.socket("/room-7"),
      manager.socket("/actor"),
    ];
    const sockets = [bob.socket, ...others];
    await Promise.all(others.map(connected));
    await Promise.all(sockets.map((socket) => hasOffset({ socket })));
    await asks(bob.socket, "join", "a");
    await asks(alice.socket, "join", "a");
    const ids = sockets.map(({ id }) => id);
    const stories = sockets.map(storyOf);
    for (let round = 0; round < 3; round += 1) {
      await isCutOff(bob, proxy);
      alice.socket.emit("to rooms", ["a"], [], `to the room ${round}`);
      alice.socket.emit("whisper", ids[0], `to himself ${round}`);
      await asks(alice.socket, "echo", 1);
      const back = others.map((socket) => {
        const again = connected(socket);
        socket.connect();
        return again;
      });
      await Promise.all([comesBack(bob), ...back]);
      assert.deepEqual(sockets.map(({ recovered }) => recovered), sockets.map(() => true));
      assert.deepEqual(sockets.map(({ id }) => id), ids);
      assert.equal(await asks(others[0], "whoami"), "bob's");
      const missed = [["told", `to the room ${round}`], ["told", `to himself ${round}`]];
      assert.deepEqual((await stories[0].take(2)).sort(), missed.sort());
    }
    // Those who greet everybody do so again: the connect handlers run each time.
    for (const [story, event] of [[stories[2], "in"], [stories[3], "welcome"]])
      assert.deepEqual((await story.take(3)).map(([name]) => name), [event, event, event]);
    assert.deepEqual(stories.map(({ all }) => all.length), [6, 0, 3, 3]);
  });
}

if (!isReference) {
  for (const transport of transports)
    withServer(`a program's clients that come back over ${transport}`, defaults, (scene) => {
      namespaces(scene, transport);
    }, { ...timer, launched });

  withServer("a program's clients that come back", defaults, (scene) => {
    const { comesBack, connect, isCutOff } = behindProxy(scene);

    it("hear again what they say they have not heard, but nothing that was volatile", async () => {
      const { peer: bob, proxy } = await connect("bob");
      await hasOffset(bob);
      const story = storyOf(bob.socket);
      const { _lastOffset: before } = bob.socket;
      assert.equal(await asks(bob.socket, "snow", 2, 1), 2);
      bob.socket.emit("echo", "lasting");
      const own = [["flake", 0, "*"], ["flake", 1, "*"], ["echoed", "lasting"]];
      assert.deepEqual(await story.take(3), own);
      await isCutOff(bob, proxy);
      bob.socket._lastOffset = before; // as if they had been lost on their way
      await comesBack(bob);
      assert.equal(bob.socket.recovered, true);
      assert.equal(await asks(bob.socket, "echo", 1), 1);
      assert.deepEqual(story.all.slice(3), [["echoed", "lasting"]]);
    });

    for (const how of ["end namespace", "end connection"])
      it(`have nothing to come back to after the server's "${how}"`, async () => {
        const { peer: bob } = await connect("bob");
        await asks(bob.socket, "join", "a");
        await hasOffset(bob);
        const { id, _pid: pid, _lastOffset: offset } = bob.socket;
        bob.socket.emit(how);
        assert.equal(await within(bob.disconnected, "the end"), "io server disconnect");
        await scene.server.statsBecome({ sockets: scene.baseline.sockets, seats: scene.baseline.seats });
        Object.assign(bob.socket, { _pid: pid, _lastOffset: offset });
        await comesBack(bob);
        assert.equal(bob.socket.recovered, false);
        assert.notEqual(bob.socket.id, id);
        assert.deepEqual(await asks(bob.socket, "rooms"), []);
      });
  }, { ...timer, launched });
}
