// Servers that die and networks that break, seen from pages. What is lost with a server's memory, or
// on the way to a page that is away, needs the server's half of recovery and is not asked for here.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Proxy } from "../../../web/test/support/proxy.js";
import { visiting } from "../support/browser.js";
import { Probe } from "../support/probe.js";
import { crash, startSite } from "../support/site.js";

describe("browser.outages", () => {
  let site, server, proxy;

  // The pages come from one server and signal through another, which can die without them.
  beforeEach(async () => {
    site = await startSite();
    server = await startSite();
    proxy = await Proxy.start(server.port);
  });

  afterEach(async () => {
    await proxy.stop();
    await crash(server);
    await site.stop();
  });

  const load = async (visit, name) => {
    return Probe.on(await visit.page(site.url), name, { url: proxy.url });
  };

  async function meet(visit) {
    const [alice, bob] = [await load(visit, "alice"), await load(visit, "bob")];
    await alice.opens("r1");
    await bob.joins("r1");
    await bob.answers("join r1");
    return [alice, bob];
  }

  async function restart() {
    await crash(server);
    server = await startSite({ port: server.port });
  }

  it("opens and joins as soon as a server that was down is there", visiting(async (visit) => {
    await crash(server);
    const [alice, bob] = [await load(visit, "alice"), await load(visit, "bob")];
    await bob.joins("r1");
    await alice.opens("r1");
    await Promise.all([alice.sees("reconnecting"), bob.sees("reconnecting")]);
    server = await startSite({ port: server.port });
    assert.equal((await bob.answers("join r1")).length, 1);
    assert.equal((await alice.answers("open r1")).length, 1);
  }));

  it("goes on after a crash and three more, with every message once", visiting(async (visit) => {
    const [alice, bob] = await meet(visit);
    await alice.page.evaluate(() => (window.probe.first = window.probe.signaler.socket));
    for (let round = 1; round <= 4; round += 1) {
      await restart();
      await Promise.all([alice.sees("recovered", round), bob.sees("recovered", round)]);
      await alice.says({ round });
      await bob.hears(round);
      await bob.says({ answer: round });
      await alice.hears(round);
    }
    const rounds = [1, 2, 3, 4];
    assert.deepEqual(await bob.hears(4), rounds.map((round) => ({ round })));
    assert.deepEqual(await alice.hears(4), rounds.map((answer) => ({ answer })));
    const isSame = await alice.page.evaluate(() => window.probe.first === window.probe.signaler.socket);
    assert.equal(isSame, true);
    assert.equal((await bob.answers("join r1")).length, 1);
    const carol = await load(visit, "carol");
    await carol.joins("r1");
    assert.deepEqual((await carol.answers("join r1")).map(({ args }) => args), [["r1"]]);
  }));

  it("delivers once what was said during three seconds without network", visiting(async (visit) => {
    const [alice, bob] = await meet(visit);
    proxy.cut();
    await Promise.all([alice.sees("disconnected"), bob.sees("disconnected")]);
    await bob.says("said while cut");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    proxy.mend();
    await Promise.all([alice.sees("recovered"), bob.sees("recovered")]);
    await bob.says("said afterwards");
    assert.deepEqual(await alice.hears(2), ["said while cut", "said afterwards"]);
  }));
});
