// The browser script alone, in pages, without anybody's library.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { visiting } from "../support/browser.js";
import { Probe } from "../support/probe.js";
import { startSite } from "../support/site.js";

describe("browser.api", () => {
  // One for each test, which counts what there is: pages of the one before may still be on their way out.
  let server;
  beforeEach(async () => (server = await startSite()));
  afterEach(() => server.stop());

  const probe = async (visit, name) => Probe.on(await visit.page(server.url), name);

  it("answers callbacks with the right arguments, exactly once", visiting(async (visit) => {
    const alice = await probe(visit, "alice");
    const bob = await probe(visit, "bob");
    await bob.joins("r1");
    await alice.opens("r1");
    const [joined, opened] = [await bob.answers("join r1"), await alice.answers("open r1")];
    await alice.opens("r1");
    await bob.joins("r1");
    await bob.until(() => window.probe.answers["join r1"].length === 2);
    assert.deepEqual(joined.map(({ args }) => args), [["r1"]]);
    assert.deepEqual(opened.map(({ args }) => args), [[]]);
    const { roomid, isInitiator } = await alice.page.evaluate(() => window.probe.connection);
    assert.deepEqual([roomid, isInitiator], ["r1", true]);
  }));

  it("answers a parked joiner within 100 ms of the opening", visiting(async (visit) => {
    const alice = await probe(visit, "alice");
    const bob = await probe(visit, "bob");
    const delays = { parked: [], opening: [], mark: [] };
    for (const room of ["p1", "p2", "p3", "p4", "p5"]) {
      await bob.joins(room);
      // What bob asks next is answered after the question has been parked.
      const marked = await bob.opens(`mark ${room}`);
      const [mark] = await bob.answers(`open mark ${room}`);
      const asked = await alice.opens(room);
      const [{ at }] = await bob.answers(`join ${room}`);
      const [opened] = await alice.answers(`open ${room}`);
      delays.parked.push(at - asked);
      delays.opening.push(opened.at - asked);
      delays.mark.push(mark.at - marked);
    }
    const median = (values) => values.sort((a, b) => a - b)[2];
    // A busy machine is slow with everything: then a few times what answers took that each asked for himself.
    const allowed = Math.max(100, 5 * median(delays.opening), 5 * median(delays.mark));
    assert.ok(median(delays.parked) < allowed, JSON.stringify(delays));
  }));

  it("stops waiting when it is told to, and is not answered later", visiting(async (visit) => {
    const alice = await probe(visit, "alice");
    const bob = await probe(visit, "bob");
    await bob.page.evaluate(() => window.probe.joinPatiently("a1"));
    await server.statsBecome({ parked: 1 });
    await bob.page.evaluate(() => window.probe.patience.abort());
    await server.statsBecome({ parked: 0 });
    await alice.opens("a1");
    await alice.answers("open a1");
    // An answer on its way would be here before this one.
    await bob.joins("a1");
    await bob.answers("join a1");
    const { rejections, answers } = await bob.page.evaluate(() => window.probe);
    assert.deepEqual([rejections, answers["join a1"].length], [["AbortError"], 1]);
  }));

  it("keeps two signalers of one page apart", visiting(async (visit) => {
    const page = await visit.page(server.url);
    const alice = await Probe.on(page, "alice");
    await alice.opens("t1");
    await alice.answers("open t1");
    const { sockets } = await server.stats();
    const heard = await page.evaluate(async () => {
      const other = initReliableSignaler({ userid: "the other" });
      const words = new Promise((resolve) => other.socket.on("message", resolve));
      await other.getRoomFromServer("t1");
      window.probe.socket.emit("message", "from one to the other");
      window.other = other;
      return words;
    });
    assert.equal(heard, "from one to the other");
    await server.statsBecome({ sockets: sockets + 1 });
    assert.deepEqual(await page.evaluate(() => window.probe.messages), []);
    await page.evaluate(() => window.other.close());
    await server.statsBecome({ sockets });
    assert.equal(await alice.its("state"), "connected");
  }));

  it("carries messages and custom channels between members alone", visiting(async (visit) => {
    const [alice, bob] = [await probe(visit, "alice"), await probe(visit, "bob")];
    const [carol, dave] = [await probe(visit, "carol"), await probe(visit, "dave")];
    for (const [opener, joiner, room] of [[alice, bob, "left"], [carol, dave, "right"]]) {
      await opener.opens(room);
      await joiner.joins(room);
      await joiner.answers(`join ${room}`);
    }
    await alice.says("for the left");
    await carol.says("for the right");
    assert.deepEqual(await bob.hears(), ["for the left"]);
    assert.deepEqual(await dave.hears(), ["for the right"]);
    const onTheWire = (person) => person.page.frames.join("\n");
    for (const person of [alice, bob]) assert.doesNotMatch(onTheWire(person), /right/);
    for (const person of [carol, dave]) assert.doesNotMatch(onTheWire(person), /left/);
    assert.match(onTheWire(bob), /for the left/);
  }));

  it("treats names of object members as room ids", visiting(async (visit) => {
    const alice = await probe(visit, "alice");
    const bob = await probe(visit, "bob");
    for (const room of ["__proto__", "constructor", "toString"]) {
      const answer = bob.page.evaluate((id) => window.probe.signaler.getRoomFromServer(id), room);
      await alice.page.evaluate((id) => window.probe.signaler.createNewRoomOnServer(id), room);
      assert.equal(await answer, room);
    }
  }));

  it("gives its seat up when the page goes, and finds the room anew after a reload", visiting(async (visit) => {
    const alice = await probe(visit, "alice");
    const bob = await probe(visit, "bob");
    await alice.opens("r2");
    await bob.joins("r2");
    await bob.answers("join r2");
    const { seats } = await server.stats();
    await bob.page.reload();
    await server.statsBecome((seen) => seen.seats === seats - 1);
    const again = await Probe.on(bob.page, "bob");
    await again.joins("r2");
    await again.answers("join r2");
    await alice.says("hello again");
    assert.deepEqual(await again.hears(), ["hello again"]);
  }));

  it("leaves the page's own io alone, and gives one to a page without", visiting(async (visit) => {
    const page = await visit.page(server.url);
    await page.addScriptTag({ url: "/socket.io/socket.io.js" });
    await page.evaluate(() => (window.theirs = io));
    await page.addScriptTag({ url: "/reliable-signaler/signaler.js" });
    assert.equal(await page.evaluate(() => io === window.theirs), true);
    const other = await visit.page(server.url);
    await other.addScriptTag({ url: "/reliable-signaler/signaler.js" });
    assert.equal(await other.evaluate(() => typeof io), "function");
    // The other order: whatever `io` is then, the script has its own.
    await other.addScriptTag({ url: "/socket.io/socket.io.js" });
    const alice = await Probe.on(other, "alice", { script: { content: "// It is there already." } });
    await alice.opens("either order");
    await alice.answers("open either order");
  }));
});

describe("browser.files", () => {
  let server;
  before(async () => (server = await startSite()));
  after(() => server.stop());

  const scripts = [
    "/reliable-signaler/signaler.js",
    "/reliable-signaler/signaler.esm.js",
    "/socket.io/socket.io.js",
    "/socket.io/socket.io.min.js",
    "/socket.io/socket.io.esm.min.js",
    "/socket.io/socket.io.msgpack.min.js",
  ];
  for (const script of scripts) {
    it(`are served with a source map and for caches: ${script}`, async () => {
      const response = await fetch(server.url + script);
      assert.equal(response.status, 200);
      assert.match(response.headers.get("content-type"), /^text\/javascript/);
      const etag = response.headers.get("etag");
      const text = await response.text();
      const [, map] = /sourceMappingURL=(\S+)/.exec(text);
      assert.equal((await fetch(new URL(map, server.url + script))).status, 200);
      const again = await fetch(server.url + script, { headers: { "If-None-Match": etag } });
      assert.equal(again.status, 304);
    });
  }

  it("are the stock client's own, byte for byte", async () => {
    const { readFile } = await import("node:fs/promises");
    const dist = new URL("../../../web/node_modules/socket.io-client/dist/", import.meta.url);
    const served = await (await fetch(`${server.url}/socket.io/socket.io.min.js`)).text();
    assert.equal(served, await readFile(new URL("socket.io.min.js", dist), "utf8"));
  });
});
