// What pages get back from a server that remembers them, and after a crash from one that knows them
// by their tokens.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { visiting } from "../support/browser.js";
import { startSite } from "../support/site.js";
import { Stage } from "../support/stage.js";

const upTo = (last) => Array.from({ length: last }, (_, index) => index + 1);

describe("browser.recovery", () => {
  let site, stage;
  before(async () => (site = await startSite()));
  afterEach(() => stage.clear());
  after(() => site.stop());

  const isComplete = async (probe) => {
    assert.deepEqual(await probe.seen("gap"), []);
    assert.deepEqual(await probe.seen("dropped"), []);
  };

  it("delivers what is under way when connections break, in order and once", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    const count = 300;
    await Promise.all([alice.chatters(count), bob.chatters(count)]);
    for (const who of [{ alice }, { bob }, { alice, bob }, { bob }]) {
      await stage.cut(who);
      await stage.mend(who);
    }
    assert.deepEqual(await bob.hears(count), upTo(count));
    assert.deepEqual(await alice.hears(count), upTo(count));
    for (const one of [alice, bob]) await isComplete(one);
    assert.equal((await bob.answers("join r1")).length, 1);
    assert.equal((await alice.answers("open r1")).length, 1);
    await stage.server.statsBecome({ sockets: 2, seats: 2, held_sessions: 0 }); // nothing has piled up
  }));

  it("replays what was said while a page was away, in order and once", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    await alice.says("before");
    await bob.hears();
    for (const round of [1, 2]) {
      await stage.cut({ bob });
      await alice.says(`${round} a`, `${round} b`, `${round} c`);
      await alice.until(() => window.probe.signaler.queued === 0);
      await stage.mend({ bob });
    }
    await alice.says("after");
    const heard = await bob.hearsThat("after");
    assert.deepEqual(heard, ["before", "1 a", "1 b", "1 c", "2 a", "2 b", "2 c", "after"]);
    await isComplete(bob);
    assert.deepEqual((await bob.seen("connected")).map(({ recovered }) => recovered), [false, true, true]);
  }));

  it("tells a page that missed more than is kept, and who is there now", visiting(async (visit) => {
    stage = await Stage.set(site, { "replay-bytes": 2000 });
    const [alice, bob] = await stage.meet(visit);
    await stage.cut({ bob });
    await alice.says(...upTo(100).map((n) => `${n} `.padEnd(100, ".")));
    await alice.until(() => window.probe.signaler.queued === 0);
    await stage.mend({ bob });
    await bob.sees("gap");
    const [gap] = await bob.seen("gap");
    assert.deepEqual([gap.reason, gap.rooms.map(({ room }) => room)], ["window", ["r1"]]);
    const ids = [await alice.its("id"), await bob.its("id")];
    assert.deepEqual(gap.rooms[0].members.sort(), ids.sort());
    await alice.says("after");
    const heard = await bob.hearsThat("after");
    assert.equal(new Set(heard).size, heard.length);
    assert.deepEqual(await alice.seen("gap"), []);
    await bob.says("still seated");
    assert.deepEqual(await alice.hears(), ["still seated"]);
  }));

  it("keeps the older of two pages with one token away, without a fight", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    for (let round = 0; round < 2; round += 1) {
      await stage.cut({ bob });
      await stage.mend({ bob });
    }
    const retries = await bob.seen("reconnecting");
    const copy = await visit.page(site.url);
    await copy.addScriptTag({ url: "/socket.io/socket.io.js" });
    const token = await bob.page.evaluate(() => window.probe.hellos[0].token);
    await copy.evaluate(([url, shown]) => {
      window.heard = [];
      window.socket = io(url, { auth: { signaler: { v: 1, attempt: Date.now(), token: shown } } });
      window.socket.on("message", (message) => window.heard.push(message));
      window.greeted = new Promise((resolve) => window.socket.on("signaler-hello", resolve));
    }, [stage.network("bob").url, token]);
    assert.equal((await copy.evaluate(() => window.greeted)).id, await bob.its("id"));
    await bob.sees("closed");
    assert.deepEqual((await bob.seen("closed")).map(({ reason }) => reason), ["io server disconnect"]);
    // What wakes a page that waits must not wake one that was told to stay away.
    await bob.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await alice.says("to whoever is Bob");
    await copy.waitForFunction(() => window.heard.includes("to whoever is Bob"));
    assert.deepEqual(await bob.page.evaluate(() => window.probe.messages), []);
    assert.deepEqual([await bob.its("state"), await bob.seen("reconnecting")], ["closed", retries]);
    assert.equal(await copy.evaluate(() => window.socket.connected), true);
  }));

  it("knows its pages after a crash, and tells them of the gap", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    const ids = [await alice.its("id"), await bob.its("id")];
    await stage.crash();
    await Promise.all([alice.sees("reconnecting"), bob.sees("reconnecting")]);
    await bob.says("said to nobody");
    await stage.restart();
    await Promise.all([alice.sees("recovered"), bob.sees("recovered")]);
    assert.deepEqual([await alice.its("id"), await bob.its("id")], ids);
    assert.deepEqual(await alice.hears(), ["said to nobody"]);
    for (const one of [alice, bob]) {
      await one.sees("gap");
      assert.deepEqual((await one.seen("gap")).map(({ reason }) => reason), ["restart"]);
    }
  }));

  it("survives three crashes in a row while everybody talks", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice, bob] = await stage.meet(visit);
    const count = 300;
    await Promise.all([alice.chatters(count), bob.chatters(count)]);
    for (let crashes = 0; crashes < 3; crashes += 1) {
      await stage.crash();
      await stage.restart();
    }
    await Promise.all([alice.isSettled(count), bob.isSettled(count)]);
    await alice.says("afterwards");
    await bob.says("afterwards too");
    await Promise.all([bob.hearsThat("afterwards"), alice.hearsThat("afterwards too")]);
    for (const one of [alice, bob]) {
      const heard = (await one.hears()).filter((message) => typeof message === "number");
      assert.deepEqual(heard, [...new Set(heard)].sort((a, b) => a - b), "once and in order");
      // What a dead server had taken may be lost: then it is said.
      const gaps = (await one.seen("gap")).length;
      assert.ok(heard.length === count || gaps > 0, `${heard.length} and ${gaps} gaps`);
    }
    for (const [one, words] of [[bob, "afterwards"], [alice, "afterwards too"]]) {
      const heard = await one.hearsThat(words);
      assert.equal(heard.filter((message) => message === words).length, 1);
    }
    const carol = await stage.load(visit, "carol");
    await carol.joins("r1");
    assert.deepEqual((await carol.answers("join r1")).map(({ args }) => args), [["r1"]]);
  }));

  it("tells the page where it stands, step by step", visiting(async (visit) => {
    stage = await Stage.set(site);
    const [alice] = await stage.meet(visit);
    await stage.cut({ alice });
    await alice.sees("reconnecting");
    assert.equal(await alice.its("state"), "reconnecting");
    await stage.mend({ alice });
    assert.equal(await alice.its("state"), "connected");
    const steps = await alice.page.evaluate(() => window.probe.events);
    const { details: retry } = steps.find(({ event }) => event === "reconnecting");
    assert.deepEqual([retry.attempt, retry.delayMs >= 0, retry.reason], [1, true, "transport close"]);
    const expected = ["connected", "disconnected", "reconnecting", "connected", "recovered"];
    // Attempts that fail while the network is cut add to the third.
    const names = steps.map(({ event }) => event);
    assert.deepEqual(names.filter((name, index) => name !== names[index - 1]), expected);
    assert.deepEqual(steps.filter(({ event }) => event === "connected").map(({ details }) => details), [
      { first: true, recovered: false },
      { first: false, recovered: true },
    ]);
    assert.deepEqual(await alice.seen("recovered"), [{ rooms: ["r1"] }]);
  }));
});
