// What happens to pages: they go, sleep, are put aside and come back, and lose their network.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { visiting, visitingWithCache } from "../support/browser.js";
import { startSite } from "../support/site.js";
import { Stage } from "../support/stage.js";

/** A server that tells pages to wait so long: whoever comes back all the same has been woken. */
const patient = { "backoff-min": "10min", "backoff-max": "10min" };

describe("browser.lifecycle", () => {
  let site, stage;
  before(async () => (site = await startSite()));
  afterEach(() => stage.clear());
  after(() => site.stop());

  /** A page that has lost its connection and will not try again by itself. */
  async function stranded(visit) {
    stage = await Stage.set(site, patient);
    const alice = await stage.load(visit, "alice");
    await alice.opens("r1");
    await alice.answers("open r1");
    await stage.cut({ alice });
    await alice.sees("reconnecting");
    stage.network("alice").mend();
    return alice;
  }

  const wakers = {
    "the browser says that it is online": () => window.dispatchEvent(new Event("online")),
    "the page is visible again": () => document.dispatchEvent(new Event("visibilitychange")),
    "a frozen page thaws": () => document.dispatchEvent(new Event("resume")),
    "the page is shown again": () =>
      window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
  };
  for (const [when, wake] of Object.entries(wakers)) {
    it(`tries at once when ${when}`, visiting(async (visit) => {
      const alice = await stranded(visit);
      await alice.page.evaluate(wake);
      await alice.sees("recovered");
    }));
  }

  it("looks for a new connection when the machine wakes up", visiting(async (visit) => {
    // Silence alone would not end the connection before the test has ended.
    stage = await Stage.set(site, { "ping-interval": "10min" });
    const page = await visit.page(site.url);
    await page.clock.install();
    const alice = await stage.load(visit, "alice", { page });
    await alice.opens("r1");
    await alice.answers("open r1");
    stage.network("alice").freeze(); // what is there hangs, and nobody is told
    await page.clock.fastForward(40_000);
    await alice.sees("recovered");
    assert.deepEqual((await alice.seen("connected")).map(({ recovered }) => recovered), [false, true]);
  }));

  const ways = {
    "is closed": (page) => page.close({ runBeforeUnload: false }),
    "is loaded anew": (page) => page.reload(),
    "goes elsewhere": (page) => page.goto(`${site.url}/demos/icon.svg`),
  };
  for (const [how, transports] of Object.entries({ "": undefined, ", having polled": ["polling"] })) {
    for (const [way, go] of Object.entries(ways)) {
      it(`leaves its rooms at once when it ${way}${how}`, visiting(async (visit) => {
        stage = await Stage.set(site);
        const [alice, bob] = await stage.meet(visit, { io: { transports } });
        await stage.server.statsBecome({ sockets: 2, seats: 2 });
        await go(bob.page);
        await stage.server.statsBecome({ sockets: 1, seats: 1, held_sessions: 0 });
        await alice.says("still here");
      }));
    }
  }

  it("keeps the seats of a page that may come back, and brings it back", visitingWithCache(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    await bob.page.goto(`${site.url}/demos/icon.svg`);
    await stage.server.statsBecome({ held_sessions: 1, seats: 2 });
    await alice.says("said while Bob was elsewhere");
    await alice.until(() => window.probe.signaler.queued === 0);
    await bob.page.goBack({ waitUntil: "commit" }); // it is loaded already
    await bob.sees("recovered");
    assert.deepEqual(await bob.hears(), ["said while Bob was elsewhere"]);
    assert.equal((await bob.answers("join r1")).length, 1);
    assert.deepEqual(await bob.seen("gap"), []);
  }));

  it("leaves its rooms when it has peers, with which browsers keep no page", visitingWithCache(async (visit) => {
    stage = await Stage.set(site);
    const [, bob] = await stage.meet(visit);
    await bob.page.evaluate(() => (window.probe.connection.peers = new Map([["alice", "a connection"]])));
    await bob.page.goto(`${site.url}/demos/icon.svg`);
    await stage.server.statsBecome({ sockets: 1, seats: 1, held_sessions: 0 });
    // Should a browser keep it all the same, as it does here, it comes back as somebody who was away.
    await bob.page.goBack({ waitUntil: "commit" });
    await bob.sees("recovered");
    await stage.server.statsBecome({ sockets: 2, seats: 2, held_sessions: 0 });
    assert.equal((await bob.answers("join r1")).length, 1);
  }));
});
