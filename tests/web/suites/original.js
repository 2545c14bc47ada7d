// The original package's own script, unmodified, with the stock client that our server serves.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { visiting } from "../support/browser.js";
import { Probe } from "../support/probe.js";
import { startSite } from "../support/site.js";

const original = createRequire(import.meta.url).resolve("reliable-signaler/signaler.js");

describe("browser.original", () => {
  let server;
  before(async () => (server = await startSite()));
  after(() => server.stop());

  /** Its result has no events of its own; the probe then listens to nothing. */
  async function load(visit, name) {
    const page = await visit.page(server.url);
    await page.addScriptTag({ url: "/socket.io/socket.io.js" });
    await page.addScriptTag({ path: original });
    await page.evaluate(() => {
      const init = window.initReliableSignaler;
      window.initReliableSignaler = (connection, url) => ({ ...init(connection, url), on() {} });
    });
    return Probe.on(page, name, { script: { content: "// It is there already." } });
  }

  it("opens, joins and exchanges messages", visiting(async (visit) => {
    const alice = await load(visit, "alice");
    const bob = await load(visit, "bob");
    await bob.joins("r1");
    await alice.opens("r1");
    const answers = [await alice.answers("open r1"), await bob.answers("join r1")];
    assert.deepEqual(answers.map(([{ args }]) => args), [[], ["r1"]]);
    await alice.page.evaluate(() => {
      window.probe.connection.openSignalingChannel({ channel: "c", onmessage() {} }).send({ sdp: 1 });
    });
    assert.deepEqual(await bob.hears(), [{ sender: "alice", channel: "c", message: { sdp: 1 } }]);
    await bob.says({ channel: "c", message: "back" });
    assert.deepEqual(await alice.hears(), [{ channel: "c", message: "back" }]);
  }));

  it("and ours meet in one room", visiting(async (visit) => {
    const alice = await load(visit, "alice");
    const bob = await Probe.on(await visit.page(server.url), "bob");
    await alice.opens("r2");
    await bob.joins("r2");
    await bob.answers("join r2");
    await bob.says("hello");
    assert.deepEqual(await alice.hears(), ["hello"]);
  }));
});
