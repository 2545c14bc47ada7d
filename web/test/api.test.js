// The original's API and what goes beyond it, against a server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { within } from "../../tests/e2e/support/deadline.js";
import { Server, unlessReference } from "../../tests/e2e/support/server.js";
import { initReliableSignaler, SignalerError } from "../src/index.js";
import { Page, withPages } from "./support/page.js";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const load = (name, options) => Page.load(server.url, name, options);

describe("web.api, as the original had it", () => {
  it("insists on its first argument", () => {
    assert.throws(() => initReliableSignaler(), /"connection" argument is required/);
  });

  it("sets roomid, isInitiator and userid when a room is opened", withPages(async (keep) => {
    const page = keep(await load("alice"));
    delete page.connection.userid;
    const answer = new Promise((resolve) => {
      page.signaler.createNewRoomOnServer("r1", (...args) => resolve(args));
    });
    assert.deepEqual(await within(answer, "callback"), []);
    const { roomid, isInitiator, userid } = page.connection;
    assert.deepEqual([roomid, isInitiator, typeof userid], ["r1", true, "string"]);
  }));

  it("opens the connection's channel when no room is named", withPages(async (keep) => {
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    alice.connection.channel = "the channel";
    await alice.opens(undefined);
    assert.equal(await bob.joins("the channel"), "the channel");
  }));

  it("gives a parked joiner the room id, once", withPages(async (keep) => {
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    const answers = [];
    const answered = new Promise((resolve) => {
      bob.signaler.getRoomFromServer("r2", (...args) => resolve(answers.push(args)));
    });
    await alice.opens("r2");
    await within(answered, "callback");
    await alice.opens("r2");
    await bob.joins("r2");
    assert.deepEqual(answers, [["r2"]]);
  }));

  it("multiplexes channels over the messages of one socket", withPages(async (keep) => {
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    await alice.opens("r3");
    await bob.joins("r3");
    const heard = new Promise((resolve) => {
      bob.connection.openSignalingChannel({ channel: "x", onmessage: resolve });
    });
    const opened = new Promise((onopen) => {
      const channel = alice.connection.openSignalingChannel({ channel: "x", onopen, onmessage() {} });
      assert.equal(channel.channel, "x");
      channel.send({ sdp: 1 });
    });
    assert.deepEqual(await within(heard, "message on the channel"), { sdp: 1 });
    await within(opened, "onopen");
    assert.deepEqual(bob.messages.all, [{ sender: "alice", channel: "x", message: { sdp: 1 } }]);
  }));

  it("answers everybody who waits, also behind one whose callback throws", withPages(async (keep) => {
    const reported = [];
    globalThis.reportError = (error) => reported.push(error.message);
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    bob.signaler.getRoomFromServer("throws", () => {
      throw new Error("mine");
    });
    const second = bob.joins("throws");
    await alice.opens("throws");
    assert.equal(await second, "throws");
    delete globalThis.reportError;
    assert.deepEqual(reported, ["mine"]);
  }));

  it("throws nothing at a page that asks without a callback and is refused", withPages(async (keep) => {
    const unhandled = [];
    const hear = (error) => unhandled.push(error.message);
    process.on("unhandledRejection", hear);
    const page = keep(await load("alice"));
    page.signaler.createNewRoomOnServer("");
    page.signaler.getRoomFromServer("nobody's room");
    page.leaves();
    await new Promise(setImmediate); // those are told before
    process.off("unhandledRejection", hear);
    assert.deepEqual([page.refused.all.length, unhandled], [1, []]);
  }));

  for (const room of ["__proto__", "constructor", "toString", "hasOwnProperty", "\u{1F600}", "0"]) {
    it(`treats ${room} as a room id like any other`, withPages(async (keep) => {
      const alice = keep(await load("alice"));
      const bob = keep(await load("bob"));
      const answer = bob.joins(room);
      alice.connection.openSignalingChannel({ channel: room, onmessage() {} });
      await alice.opens(room);
      assert.equal(await answer, room);
    }));
  }
});

describe("web.api, beyond the original", () => {
  it("stops waiting when it is told to", withPages(async (keep) => {
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    const patience = new AbortController();
    const wait = bob.signaler.getRoomFromServer("r4", { signal: patience.signal });
    patience.abort();
    await assert.rejects(wait, { name: "AbortError" });
    await alice.opens("r4");
    assert.equal(await bob.joins("r4"), "r4");
  }));

  it("refuses what is no room id, by promise and by event", withPages(async (keep) => {
    const page = keep(await load("alice"));
    for (const bad of ["", null, undefined, {}, true]) {
      await assert.rejects(page.signaler.getRoomFromServer(bad), { code: "invalid-room-id" });
    }
    page.signaler.getRoomFromServer("", () => assert.fail("no answer was due"));
    assert.equal(page.refused.all.length, 6);
  }));

  const skip = unlessReference("names no room in its refusal");
  it("rejects with the server's own code", { skip }, withPages(async (keep) => {
    const page = keep(await load("alice"));
    const error = await page.opens("x".repeat(10_000)).catch((reason) => reason);
    assert.ok(error instanceof SignalerError, String(error));
    assert.deepEqual([error.event, typeof error.code], ["keep-in-server", "string"]);
    assert.equal(await page.opens("r5"), "r5");
  }));

  it("leaves one room and stays in the others", withPages(async (keep) => {
    const alice = keep(await load("alice"));
    const bob = keep(await load("bob"));
    const carol = keep(await load("carol"));
    await alice.opens("r6");
    await alice.opens("r7");
    await Promise.all([bob.joins("r6"), carol.joins("r7")]);
    await within(alice.signaler.leaveRoom("r6"), "leaving");
    await alice.opens("r7");
    alice.says("to r7");
    assert.equal(await carol.hears(), "to r7");
    carol.says("again");
    assert.equal(await alice.hears(), "again");
    assert.deepEqual(bob.messages.all, []);
  }));

  it("tells those who wait that it was closed", withPages(async (keep) => {
    const page = keep(await load("alice"));
    const wait = page.signaler.getRoomFromServer("never");
    page.signaler.close();
    await assert.rejects(wait, { code: "closed" });
    assert.equal(page.signaler.state, "closed");
    assert.equal(await page.opens("r8"), "r8");
  }));

  it("tells of an event that does not exist", withPages(async (keep) => {
    const page = keep(await load("alice"));
    assert.throws(() => page.signaler.on("conected", () => {}), /no event "conected"/);
  }));
});
