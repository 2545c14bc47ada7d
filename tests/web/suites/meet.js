// Our own demo: plain RTCPeerConnection, and what happens to it when servers and networks fail.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Proxy } from "../../../web/test/support/proxy.js";
import { visiting } from "../support/browser.js";
import { orders, Window } from "../support/demo.js";
import { crash, startSite } from "../support/site.js";

describe("browser.meet", () => {
  let site, proxy;

  beforeEach(async () => {
    site = await startSite();
    proxy = await Proxy.start(site.port);
  });

  afterEach(async () => {
    await proxy.stop();
    await crash(site);
  });

  const open = (visit) => Window.open(visit, proxy, "meet");

  async function talk(alice, bob, about) {
    await alice.says(`${about}, says alice`);
    await bob.reads(`${about}, says alice`);
    await bob.says(`${about}, says bob`);
    await alice.reads(`${about}, says bob`);
  }

  const meet = async (visit, come = orders["opener first"]) => {
    const [alice, bob] = [await open(visit), await open(visit)];
    await come(alice, bob, "a room", {});
    await Promise.all([alice.reads("guest is here"), bob.reads("guest is here")]);
    return [alice, bob];
  };

  for (const [order, come] of Object.entries(orders)) {
    it(`talks both ways, ${order}`, visiting(async (visit) => {
      const [alice, bob] = await meet(visit, come);
      await talk(alice, bob, "weather");
      for (const one of [alice, bob]) one.assertServerNeverSaw(/weather/);
    }));
  }

  it("shows cameras, also when both are switched on at once", visiting(async (visit) => {
    const [alice, bob] = await meet(visit);
    await Promise.all([alice, bob].map((one) => one.page.locator("#camera").click()));
    await Promise.all([alice.sees(2), bob.sees(2)]);
    await alice.page.locator("#camera").click();
    await bob.sees(1);
  }));

  it("goes on while the server is dead, and finds newcomers when it is back", visiting(async (visit) => {
    const [alice, bob] = await meet(visit);
    const { port } = site;
    await crash(site);
    await Promise.all([alice, bob].map((one) => one.reads("connection to the server is lost")));
    await talk(alice, bob, "no server");
    site = await startSite({ port });
    await Promise.all([alice.reads("Back in a room"), bob.reads("Back in a room")]);
    const carol = await open(visit);
    await carol.joins("a room", { name: "carol" });
    await Promise.all([alice.reads("carol is here"), bob.reads("carol is here")]);
    await carol.says("who are you?");
    await Promise.all([alice.reads("who are you?"), bob.reads("who are you?")]);
    assert.equal((await alice.heard()).filter((text) => text.includes("who are you?")).length, 1);
  }));

  it("takes somebody in again who loads the page anew", visiting(async (visit) => {
    const [alice, bob] = await meet(visit);
    await bob.page.reload();
    await alice.reads("guest has left");
    await bob.page.locator("#state[data-state=connected]").waitFor();
    await bob.joins("a room", { name: "bob again" });
    await alice.reads("bob again is here");
    await talk(alice, bob, "the second time");
  }));

  it("connects two who open their windows to each other during an outage", visiting(async (visit) => {
    const [alice, bob] = [await open(visit), await open(visit)];
    proxy.cut();
    for (const one of [alice, bob]) {
      await one.page.locator("#state[data-state=reconnecting]").waitFor();
    }
    await alice.opens("a room");
    await bob.joins("a room");
    proxy.mend();
    await Promise.all([alice.reads("guest is here"), bob.reads("guest is here")]);
    await talk(alice, bob, "afterwards");
  }));

  it("stops opening a room when it is told to", visiting(async (visit) => {
    const alice = await open(visit);
    proxy.cut();
    await alice.page.locator("#state[data-state=reconnecting]").waitFor();
    await alice.opens("a room");
    await alice.reads("Opening the room");
    await alice.page.locator("#cancel").click();
    await alice.page.locator("#open:enabled").waitFor();
    proxy.mend();
    await alice.page.locator("#state[data-state=connected]").waitFor();
    await alice.opens("another room");
    await alice.reads("You are in");
    await site.statsBecome({ rooms: 1, seats: 1 });
  }));

  it("lets go of a room that nobody opened", visiting(async (visit) => {
    const alice = await open(visit);
    await alice.joins("nobody's room");
    await alice.reads("Waiting for the room");
    await alice.page.locator("#cancel").click();
    await alice.opens("my own room");
    await alice.reads("You are in");
    await alice.says("hello?");
    await alice.reads("Nobody else is here yet");
  }));
});
