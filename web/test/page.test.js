// What a signaler has to do with its page, in a window made of two event targets.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Page } from "./support/page.js";
import { PlainServer } from "./support/plain_server.js";

const heard = ["online", "pageshow", "pagehide", "resume", "visibilitychange"];

describe("web.page", () => {
  let server;

  beforeEach(async () => {
    server = await PlainServer.start();
    globalThis.window = new EventTarget();
    globalThis.document = new EventTarget();
  });

  afterEach(async () => {
    delete globalThis.window;
    delete globalThis.document;
    await server.stop();
  });

  const listeners = () =>
    heard.filter((name) => [window, document].some((one) => getEventListeners(one, name).length > 0));

  it("is listened to as long as the signaler is not closed", async (t) => {
    const intervals = new Set();
    const { setInterval, clearInterval } = globalThis;
    t.after(() => Object.assign(globalThis, { setInterval, clearInterval }));
    globalThis.setInterval = (...args) => {
      const timer = setInterval(...args);
      intervals.add(timer);
      return timer;
    };
    globalThis.clearInterval = (timer) => {
      intervals.delete(timer);
      clearInterval(timer);
    };
    const alice = await Page.load(server.url, "alice");
    t.after(() => alice.leaves());
    alice.signaler.off("closed");
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual([listeners(), intervals.size], [heard, 1]);
      alice.signaler.close();
      assert.deepEqual([listeners(), intervals.size], [[], 0]);
      await alice.opens("r1"); // whoever wants something is there again
    }
    for (const one of [window, document])
      for (const name of heard) assert.ok(getEventListeners(one, name).length < 2, name);
  });
});
