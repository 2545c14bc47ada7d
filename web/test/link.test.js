// The one connection: which transport it takes, and what it does when one fails half-way.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "../../tests/e2e/support/deadline.js";
import { PlainServer } from "./support/plain_server.js";
import { newWorld } from "./support/world.js";

const pollingFirst = { io: { transports: ["polling", "websocket"] } };

/** WebSockets that are asked for and not answered: they end before their server can. */
let swallowed;
beforeEach(() => (swallowed = []));
afterEach(() => swallowed.forEach((socket) => socket.destroy()));

const world = newWorld(() => PlainServer.start());
const { load, visit } = world;

const transportOf = (page) => page.socket.io.engine.transport.name;

/** WebSockets that are asked for are met with silence. */
function swallowWebSockets() {
  world.server.http.removeAllListeners("upgrade");
  world.server.http.on("upgrade", (request, socket) => swallowed.push(socket.on("error", () => {})));
}

/** The WebSocket to which this page is about to change breaks, once. */
function breakUpgrade(page) {
  page.socket.io.engine.once("upgrading", (transport) => transport.close());
}

describe("web.link", () => {
  it("takes a WebSocket at once where it can", async () => {
    assert.equal(transportOf(await load("alice")), "websocket");
  });

  it("polls where the network refuses WebSockets", async () => {
    world.server.http.removeAllListeners("upgrade");
    world.server.http.on("upgrade", (request, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const alice = await load("alice");
    assert.deepEqual([transportOf(alice), alice.reconnecting.all], ["polling", []]);
  });

  it("polls after a network that swallows WebSockets let the first attempt time out", async () => {
    swallowWebSockets();
    const alice = await load("alice", { io: { timeout: 100 } });
    assert.deepEqual([transportOf(alice), alice.reconnecting.all[0].reason], ["polling", "timeout"]);
    await alice.opens("r1");
  });

  it("comes back when the change to a WebSocket fails half-way", async () => {
    const alice = visit("alice", pollingFirst);
    breakUpgrade(alice);
    await alice.reconnecting.next("attempt");
    assert.equal(await alice.opens("r1"), "r1");
    assert.equal(transportOf(alice), "websocket");
  });

  it("ends at once also when it was about to change to a WebSocket that fails", async () => {
    const alice = visit("alice", pollingFirst);
    const { engine } = alice.socket.io;
    engine.once("upgrading", () => {
      engine.write("1"); // a goodbye, which waits for the change
      alice.leaves();
    });
    breakUpgrade(alice);
    await eventually("the end", () => engine.readyState === "closed");
    assert.equal(alice.signaler.state, "closed");
  });

  it("waits longer each time when connections break at once, and not when they have lasted", async (t) => {
    let now = Date.now(); // stands still: what breaks at once breaks at once on a slow machine, too
    t.mock.method(Date, "now", () => now);
    const alice = await load("alice");
    const breaks = async () => {
      world.server.breakConnections();
      await alice.disconnected.next("loss");
      await alice.connected.next("connection");
    };
    for (let i = 0; i < 3; i += 1) await breaks();
    now += 60_000_000;
    alice.socket.io.engine._pingTimeoutTime += 60_000_000; // the ping has not been missed
    await breaks();
    assert.deepEqual(alice.reconnecting.all.map(({ attempt }) => attempt), [1, 2, 3, 1]);
  });

  it("has one connection at a time, however often it is asked to connect", async () => {
    const alice = await load("alice");
    for (const ask of ["connect", "connect"]) alice.signaler[ask]();
    alice.socket.connect();
    alice.signaler.close();
    alice.signaler.connect();
    alice.socket.open();
    await alice.connected.next("connection");
    assert.equal(await alice.socket.emitWithAck("echo", 1), 1);
    await eventually("one session", () => world.server.io.engine.clientsCount === 1);
  });
});
