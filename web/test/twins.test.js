// Two pages with one token: the one that connects last is it, the other is told to stay away.
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { io } from "socket.io-client";
import { within } from "../../tests/e2e/support/deadline.js";
import { Dialogue } from "../src/extension.js";
import { areBack, newWorld } from "./support/world.js";

const world = newWorld();

/** A page that announces itself as the script does, with the token of another's hello. */
class Twin {
  #dialogue = new Dialogue();

  constructor(hello) {
    this.#dialogue.begin(hello);
    this.socket = io(world.server.url, { forceNew: true, reconnection: false, auth: (send) => send(this.#auth) });
    const greeted = new Promise((resolve, reject) => {
      this.socket.on("signaler-hello", resolve);
      this.socket.on("connect_error", reject);
    });
    this.greeted = within(greeted, "a greeting of the twin");
  }

  get #auth() {
    return { signaler: this.#dialogue.announcement() };
  }
}

describe("web.twins", () => {
  beforeEach(() => world.restart({ grace: undefined }));

  it("the later one has the session, also when the earlier one has connected many times before", async () => {
    const page = await world.loadApart("page");
    let hello;
    page.socket.on("signaler-hello", (one) => (hello = one));
    for (let round = 0; round < 3; round += 1) {
      page.network.cut();
      await page.disconnected.next("cut");
      page.network.mend();
      await areBack(page);
    }
    const twin = new Twin(hello);
    assert.equal((await twin.greeted).id, page.signaler.id);
    assert.deepEqual(await page.closed.next("end"), { reason: "io server disconnect", error: undefined });
    page.signaler.connect(); // which is what a person would do
    await page.connected.next("connection");
    assert.equal(page.signaler.id, hello.id);
    await within(new Promise((resolve) => twin.socket.once("disconnect", resolve)), "end of the twin");
    assert.deepEqual(page.refused.all, []);
  });
});
