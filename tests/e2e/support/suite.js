// What every suite shares: one server for its tests, a pair of bystanders who must never notice
// what the tests do, and after each test the proof that nothing was left behind.
import assert from "node:assert/strict";
import { after, afterEach, before, describe } from "node:test";
import { Peer } from "./peer.js";
import { Server } from "./server.js";

/** Two stock clients in a room of their own: one polls, one has a WebSocket. */
class Bystanders {
  #count = 0;

  static async meet(server) {
    const pair = new Bystanders();
    pair.one = await Peer.connect(server, "bystander one", { transport: "polling" });
    pair.two = await Peer.connect(server, "bystander two", { transport: "websocket" });
    await pair.one.opens("the bystanders' room");
    await pair.two.asksFor("the bystanders' room");
    return pair;
  }

  /** One message each way; each must be the very next thing the other hears. */
  async exchange() {
    const number = (this.#count += 1);
    this.one.says({ from: "one", number });
    assert.deepEqual(await this.two.hears(), { from: "one", number });
    this.two.says({ from: "two", number });
    assert.deepEqual(await this.one.hears(), { from: "two", number });
    assert.deepEqual([this.one.refusals.all, this.two.refusals.all], [[], []]);
  }

  leave() {
    return Promise.all([this.one.leaves(), this.two.leaves()]);
  }
}

class Scene {
  #peers = [];
  #onEnd = [];

  async begin(options, { bystanders, launched, lasting = [] }) {
    const given = typeof options === "function" ? options() : options;
    this.server = await Server.start(given, launched);
    this.lasting = lasting;
    this.empty = await this.#gauges();
    if (bystanders) this.bystanders = await Bystanders.meet(this.server);
    await this.bystanders?.exchange();
    await this.server.statsBecome({ queued_bytes: 0 });
    this.baseline = await this.#gauges();
  }

  async #gauges() {
    const seen = Object.entries(await this.server.gauges());
    return Object.fromEntries(seen.filter(([name]) => !this.lasting.includes(name)));
  }

  /** With `through` the client speaks to that proxy. */
  async connect(name, { through, ...options } = {}) {
    const peer = await Peer.connect(through ?? this.server, name, options);
    this.#peers.push(peer);
    return peer;
  }

  /** Registers what must be ended when the test is over, however it went. */
  atEnd(action) {
    this.#onEnd.push(action);
  }

  async settle() {
    await Promise.all(this.#peers.splice(0).map((peer) => peer.leaves()));
    for (const action of this.#onEnd.splice(0)) await action();
    assert.ok(this.server.isRunning, `the server ended: ${this.server.noise.join("\n")}`);
    await this.bystanders?.exchange();
    await this.server.statsBecome(this.baseline);
  }

  async end() {
    if (!this.server) return;
    try {
      await this.bystanders?.leave();
      if (this.empty && this.server.isRunning) await this.server.statsBecome(this.empty);
      await this.server.stop();
    } finally {
      this.server.kill();
    }
  }
}

/**
 * A `describe` with a server of its own, started with `options` (an object, or a function that
 * returns one). `body` gets the scene; its `server` exists once the tests run. `lasting`: gauges that
 * are rightly not back where they were when a test ends. `launched`: what to start, see Server.
 */
export function withServer(name, options, body, more = {}) {
  const { bystanders = true, launched, lasting } = more;
  describe(name, () => {
    const scene = new Scene();
    before(() => scene.begin(options, { bystanders, launched, lasting }));
    afterEach(() => scene.settle());
    after(() => scene.end());
    body(scene);
  });
}
