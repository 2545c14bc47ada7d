// The demos with the libraries of 2015: windows that talk to each other peer to peer.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { visiting } from "../support/browser.js";
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
      // Peer to peer means that the server never saw it.
      assert.doesNotMatch(alice.frames + bob.frames, /from (alice|bob)/);
    }));
  }

  it("keeps two rooms apart, on the wire too", visiting(async (visit) => {
    const [a1, a2, b1, b2] = await windows(visit, "datachannel", 4);
    await Promise.all([orders["opener first"](a1, a2, "north"), orders["joiner first"](b1, b2, "south")]);
    await a1.says("for the north");
    await b1.says("for the south");
    await Promise.all([a2.reads("for the north"), b2.reads("for the south")]);
    for (const one of [a1, a2]) assert.doesNotMatch(one.frames, /south/);
    for (const one of [b1, b2]) assert.doesNotMatch(one.frames, /north/);
    assert.deepEqual([(await a2.heard()).length, (await b2.heard()).length], [1, 1]);
  }));

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
