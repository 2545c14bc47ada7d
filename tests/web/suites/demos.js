// The demos with the libraries of 2015: windows that talk to each other peer to peer.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { visiting, visitingWithCache } from "../support/browser.js";
import { orders, Window } from "../support/demo.js";
import { startSite } from "../support/site.js";

let site;
before(async () => (site = await startSite()));
after(() => site.stop());

const windows = (visit, demo, count) =>
  Promise.all(Array.from({ length: count }, () => Window.open(visit, site, demo)));

describe("browser.demos, text chat", () => {
  for (const [order, come] of Object.entries(orders)) {
    it(`talks both ways, ${order}`, visiting(async (visit) => {
      const [alice, bob] = await windows(visit, "datachannel", 2);
      await come(alice, bob, `text ${order}`);
      await alice.says("from alice");
      await bob.reads("from alice");
      await bob.says("from bob");
      await alice.reads("from bob");
      for (const one of [alice, bob]) one.assertServerNeverSaw(/from (alice|bob)/);
    }));
  }

  it("connects ten windows with each other", visiting(async (visit) => {
    const all = await windows(visit, "datachannel", 10);
    const [first, ...others] = all;
    await first.opens("a crowd");
    for (const [index, one] of others.entries()) {
      await one.joins("a crowd");
      // One after the other, as people come: the library loses some who come in the same instant.
      const there = all.slice(0, index + 2);
      const text = there.length - 1 === 1 ? "Connected to 1 other" : `to ${there.length - 1} other`;
      await Promise.all(there.map((each) => each.reads(text)));
    }
    await Promise.all(all.map((one, index) => one.says(`greetings from ${index};`)));
    for (const [index, one] of all.entries()) {
      for (let from = 0; from < all.length; from += 1) {
        if (from !== index) await one.reads(`greetings from ${from};`);
      }
      assert.equal((await one.heard()).length, 9);
    }
  }));
});

describe("browser.demos, text, files and video", () => {
  for (const [order, come] of Object.entries(orders)) {
    it(`types and sends a file, ${order}`, visiting(async (visit) => {
      const [alice, bob] = await windows(visit, "rtcmulticonnection", 2);
      await come(alice, bob, `data ${order}`);
      await alice.says("from alice");
      await bob.reads("from alice");
      await bob.says("from bob");
      await alice.reads("from bob");
      for (const one of [alice, bob]) one.assertServerNeverSaw(/from (alice|bob)/);
      const buffer = Buffer.alloc(100_000, "0123456789");
      const file = { name: "numbers.txt", mimeType: "text/plain", buffer };
      await alice.page.locator("#file").setInputFiles(file);
      const link = bob.page.locator("#log a", { hasText: "numbers.txt" });
      await link.waitFor();
      const size = await link.evaluate(async (a) => (await (await fetch(a.href)).blob()).size);
      assert.equal(size, buffer.length);
    }));
  }

  it("shows each other's camera", visiting(async (visit) => {
    const [alice, bob] = await windows(visit, "rtcmulticonnection", 2);
    await orders["opener first"](alice, bob, "cameras", { camera: true });
    await Promise.all([alice.sees(2), bob.sees(2)]);
  }));
});

describe("browser.demos, video conference", () => {
  for (const [order, come] of Object.entries(orders)) {
    it(`shows everybody to everybody, ${order}`, visiting(async (visit) => {
      const [alice, bob, carol] = await windows(visit, "conference", 3);
      await come(alice, bob, `conference ${order}`);
      await Promise.all([alice.sees(2), bob.sees(2)]);
      await carol.joins(`conference ${order}`);
      await Promise.all([alice.sees(3), bob.sees(3), carol.sees(3)]);
    }));
  }
});

/** What shows that somebody is connected. */
const arrives = {
  datachannel: (window) => window.reads("Connected to 1 other"),
  rtcmulticonnection: (window) => window.page.locator("#text:enabled").waitFor(),
  conference: (window) => window.sees(2),
  meet: (window) => window.reads(/ is here\.$/), // who comes in reads of whoever "is here"
};

describe("browser.demos, two rooms at once", () => {
  for (const [demo, arrival] of Object.entries(arrives)) {
    it(`hear nothing of each other, on the wire neither: ${demo}`, visiting(async (visit) => {
      const all = await windows(visit, demo, 4);
      const name = (which) => (demo === "meet" ? { name: which } : {});
      await Promise.all([
        orders["opener first"](all[0], all[1], "north", name("northerner")),
        orders["joiner first"](all[2], all[3], "south", name("southerner")),
      ]);
      await Promise.all(all.map(arrival));
      for (const [index, one] of all.entries()) {
        const [own, other] = index < 2 ? [/north/, /south/] : [/south/, /north/];
        // Those of one's own room are messages of the other window in it, not only answers of the server.
        const messages = one.page.frames.filter((frame) => frame.includes('["message",'));
        assert.match(messages.join("\n"), own);
        assert.doesNotMatch(one.frames, other);
      }
      if (demo === "conference") return;
      await all[0].says("for the northern room");
      await all[2].says("for the southern room");
      await Promise.all([all[1].reads("for the northern room"), all[3].reads("for the southern room")]);
      assert.deepEqual([(await all[1].heard()).length, (await all[3].heard()).length], [1, 1]);
    }));
  }
});

describe("browser.demos, windows that go elsewhere", () => {
  // One for each test: pages that end with their browser may have no time for a goodbye.
  let lasting;
  beforeEach(async () => (lasting = await startSite({ grace: undefined })));
  afterEach(() => lasting.stop());

  for (const [demo, arrival] of Object.entries(arrives)) {
    it(`give up their seats at once: ${demo}`, visitingWithCache(async (visit) => {
      const [alice, bob] = [await Window.open(visit, lasting, demo), await Window.open(visit, lasting, demo)];
      await orders["opener first"](alice, bob, "a room");
      await Promise.all([alice, bob].map(arrival));
      await lasting.statsBecome({ seats: 2 });
      await bob.page.locator(".home").click();
      await lasting.statsBecome({ seats: 1, sockets: 1, held_sessions: 0 });
    }));
  }

  it("open another one in the same room", visiting(async (visit) => {
    const alice = await Window.open(visit, lasting, "datachannel");
    await alice.opens("tea & biscuits");
    const popup = alice.page.waitForEvent("popup");
    await alice.page.locator("#invitation").click();
    const other = await popup;
    await other.locator("#state[data-state=connected]").waitFor();
    assert.equal(await other.locator("#room").inputValue(), "tea & biscuits");
    await other.locator("#join").click();
    await alice.reads("Connected to 1 other window");
  }));

  for (const demo of Object.keys(arrives)) {
    it(`are invited by any address: ${demo}`, visiting(async (visit) => {
      for (const [address, room] of [["#100%", "100%"], ["#tea%20time", "tea time"]]) {
        const page = await visit.page(`${lasting.url}/demos/${demo}/${address}`);
        await page.locator("#state[data-state=connected]").waitFor();
        assert.equal(await page.locator("#room").inputValue(), room);
      }
    }));
  }
});
