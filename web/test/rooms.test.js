// What the page holds and waits for, against a server made of a list of requests.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { within } from "../../tests/e2e/support/deadline.js";
import { Rooms } from "../src/rooms.js";

function world({ askWaitMs } = {}) {
  const happened = [];
  const requests = []; // [event, id], in their order
  const answers = []; // what answers each
  let onHeard = () => {};
  const tell = (what) => () => happened.push(what);
  const on = {
    seated: tell("seated"),
    heard: () => onHeard(),
    homeless: tell("homeless"),
    refused: ({ code }) => happened.push(`refused ${code}`),
  };
  const rooms = new Rooms(on, askWaitMs);
  const request = (event, id, token, onAnswer) => {
    requests.push(`${event} ${id}`);
    answers.push(onAnswer);
  };
  const waiter = (name) => ({
    resolve: tell(`${name} resolved`),
    reject: ({ code, name: kind }) => happened.push(`${name} rejected: ${code && kind === "SignalerError" ? code : kind}`),
  });
  return {
    rooms, happened, requests, answers, waiter,
    connect: (kept = false, forgot = !kept) => rooms.resume(request, { kept, forgot }),
    heard: () => within(new Promise((resolve) => (onHeard = resolve)), "word about rooms"),
  };
}

describe("web.rooms, an opening that is taken back", () => {
  it("leaves a member a member, whatever the server answers meanwhile", () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    answers[0]({ ok: true });
    const patience = new AbortController();
    rooms.open("r", waiter("open"), patience.signal);
    patience.abort();
    assert.deepEqual(happened, ["ask resolved", "open rejected: AbortError"]);
    assert.deepEqual(requests.slice(1), ["keep-in-server r", "leave-room r", "get-session-info r"]);
    answers[1]({ ok: true, token: "mine" });
    assert.equal(rooms.maySpeak, false);
    answers[3]({ ok: true });
    assert.deepEqual([rooms.maySpeak, rooms.ids], [true, ["r"]]);
    rooms.suspend();
    connect();
    assert.deepEqual(requests.slice(4), ["get-session-info r"]);
  });

  it("leaves who waits waiting", () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    const patience = new AbortController();
    rooms.open("r", waiter("open"), patience.signal);
    patience.abort();
    answers[1]({ ok: true });
    assert.deepEqual(happened, ["open rejected: AbortError"]);
    assert.equal(requests.at(-1), "get-session-info r");
    answers.at(-1)({ ok: true });
    assert.deepEqual(happened.slice(1), ["ask resolved"]);
  });

  it("leaves an owner an owner", () => {
    const { rooms, requests, answers, waiter, connect } = world();
    connect();
    rooms.open("r", waiter("open"));
    answers[0]({ ok: true });
    const patience = new AbortController();
    rooms.open("r", waiter("again"), patience.signal);
    patience.abort();
    rooms.suspend();
    connect();
    assert.deepEqual(requests, Array(3).fill("keep-in-server r"));
  });

  it("gives the room back when nobody else wants it", () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    const patience = new AbortController();
    rooms.open("r", waiter("open"), patience.signal);
    patience.abort();
    assert.deepEqual(requests, ["keep-in-server r", "leave-room r"]);
    answers[0]({ ok: true });
    assert.deepEqual([rooms.ids, happened[0]], [[], "open rejected: AbortError"]);
  });
});

describe("web.rooms, what is given up while nobody is there to be told", () => {
  /** A question, answered if `answer` says how, or an opening; then the connection breaks. */
  function cutOff(want, answer) {
    const all = world();
    const { rooms, answers, waiter, connect } = all;
    connect();
    rooms[want]("r", waiter(want), (all.patience = new AbortController()).signal);
    if (answer) answers[0](answer);
    rooms.suspend();
    return all;
  }

  it("is left when the server may have it, though it does not have all", async () => {
    const { rooms, requests, answers, connect } = cutOff("ask", { ok: true });
    const left = rooms.leave("r");
    connect(false, false);
    assert.deepEqual(requests.slice(1), ["leave-room r"]);
    rooms.suspend();
    connect(true);
    assert.deepEqual(requests.slice(2), ["leave-room r"], "as long as it is not answered");
    answers.at(-1)({ ok: true });
    await within(left, "leaving");
    rooms.suspend();
    connect(true);
    assert.equal(requests.length, 3);
  });

  it("needs no leaving when the server knows nothing of before", async () => {
    const { rooms, requests, connect } = cutOff("ask", { ok: true });
    const left = rooms.leave("r");
    connect(false, true);
    await within(left, "leaving");
    assert.equal(requests.length, 1);
  });

  for (const want of ["ask", "open"]) {
    it(`is left, too, when the answer may have been lost: ${want}`, () => {
      const { patience, requests, connect } = cutOff(want);
      patience.abort();
      connect(true);
      assert.deepEqual(requests.slice(1), ["leave-room r"]);
    });
  }

  it("is a member's seat again when an opening was taken back", () => {
    const { rooms, requests, answers, waiter, connect } = cutOff("ask", { ok: true });
    connect(true);
    answers[1]({ ok: true });
    const patience = new AbortController();
    rooms.open("r", waiter("open"), patience.signal);
    rooms.suspend();
    patience.abort();
    connect(true);
    assert.deepEqual(requests.slice(2), ["keep-in-server r", "leave-room r", "get-session-info r"]);
  });

  it("is left before it is asked for again, and after what a token of before still proves", () => {
    const { rooms, requests, answers, waiter, connect } = world();
    connect();
    for (const id of ["left", "mine"]) rooms.open(id, waiter(id));
    for (const answer of answers) answer({ ok: true, token: "proof" });
    rooms.suspend();
    rooms.leave("left");
    rooms.ask("left", waiter("again"));
    connect(false, false);
    const expected = ["keep-in-server mine", "leave-room left", "get-session-info left"];
    assert.deepEqual(requests.slice(2), expected);
  });

  it("is left each time that it is left", async () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    answers[0]({ ok: true });
    rooms.leave("r").then(() => happened.push("left"));
    rooms.ask("r", waiter("again"));
    rooms.leave("r").then(() => happened.push("left again"));
    assert.deepEqual(requests.slice(1), ["leave-room r", "get-session-info r", "leave-room r"]);
    answers[1]({ ok: true });
    await Promise.resolve();
    assert.equal(happened.at(-1), "left");
    rooms.suspend();
    connect(true);
    assert.deepEqual(requests.slice(4), ["leave-room r"]);
  });

  it("is left until that is answered also when the seat came too late", () => {
    const { rooms, requests, answers, connect, waiter } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    rooms.cancel("r");
    answers[1]({ ok: true }); // it has not waited any more:
    answers[0]({ ok: true });
    rooms.suspend();
    connect(true);
    assert.deepEqual(requests.slice(2), ["leave-room r", "leave-room r"]);
  });
});

describe("web.rooms, the end", () => {
  it("answers everybody once, also who asks again because of it", () => {
    const { rooms, requests, waiter, connect, happened } = world();
    connect();
    let times = 0;
    const again = { ...waiter("first"), reject: () => (times += 1) < 5 && rooms.ask("r", waiter("again")) };
    rooms.ask("r", again);
    rooms.close(new Error("over"));
    connect();
    assert.deepEqual([times, happened], [1, []]);
    assert.deepEqual(requests, Array(2).fill("get-session-info r"));
  });
});

describe("web.rooms, refusals", () => {
  it("of an opening leave the seat of a member alone", () => {
    const { rooms, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    answers[0]({ ok: true });
    rooms.open("r", waiter("open"));
    answers[1]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual(happened.slice(1), ["refused room-taken", "open rejected: room-taken"]);
    assert.deepEqual([rooms.ids, rooms.maySpeak], [["r"], true]);
  });

  it("of a question about a seat that was held give it up, wherever it may be held still", () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    answers[0]({ ok: true });
    rooms.suspend();
    connect(true);
    answers[1]({ ok: false, error: { code: "too-many-parked" } });
    assert.deepEqual([rooms.ids, requests.slice(2)], [[], ["leave-room r"]]);
    assert.ok(happened.includes("refused too-many-parked"));
  });

  it("of an opening by who was the owner before a gap give up what may be left of it", () => {
    const { rooms, requests, answers, waiter, connect } = world();
    connect();
    rooms.open("r", waiter("open"));
    answers[0]({ ok: true });
    rooms.suspend();
    connect(false, false);
    answers[1]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual([rooms.ids, requests.slice(2)], [[], ["leave-room r"]]);
  });

  it("of a question do not void an opening that is on its way", () => {
    const { rooms, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    rooms.open("r", waiter("open"));
    answers[0]({ ok: false, error: { code: "too-many-parked" } });
    answers[1]({ ok: true });
    assert.deepEqual(happened, ["refused too-many-parked", "ask rejected: too-many-parked", "open resolved"]);
    assert.deepEqual(rooms.ids, ["r"]);
  });
});

describe("web.rooms, refusals that come late", () => {
  it("of an opening do not count once a later one was granted", () => {
    const { rooms, requests, answers, waiter, connect, happened } = world();
    connect();
    rooms.open("r", waiter("first"));
    rooms.open("r", waiter("second"));
    answers[1]({ ok: true, token: "mine" });
    answers[0]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual(happened, ["first resolved", "second resolved"]);
    rooms.suspend();
    connect(true);
    assert.deepEqual([rooms.ids, requests.slice(2)], [["r"], ["keep-in-server r"]]);
  });

  it("of an opening leave a later one its answer", () => {
    const { rooms, answers, waiter, connect, happened } = world();
    connect();
    rooms.open("r", waiter("first"));
    rooms.open("r", waiter("second"));
    answers[0]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual([happened, rooms.ids], [[], []]);
    answers[1]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual(happened.slice(-2), ["first rejected: room-taken", "second rejected: room-taken"]);
  });

  it("of an opening do not count, either, when they come beside the acknowledgement", () => {
    const { rooms, requests, answers, waiter, connect } = world();
    const refuse = () => rooms.refused({ event: "keep-in-server", room: "r", code: "room-taken" });
    connect();
    rooms.open("r", waiter("first"));
    rooms.open("r", waiter("second"));
    answers[1]({ ok: true });
    refuse();
    assert.deepEqual(rooms.ids, ["r"]);
    rooms.suspend();
    connect();
    assert.equal(requests.at(-1), "keep-in-server r");
    refuse();
    assert.deepEqual([rooms.ids, requests.at(-1)], [[], "leave-room r"], "of the one that is out they do");
  });

  it("of a question do not count once the room was granted", () => {
    const { rooms, answers, waiter, connect, happened } = world();
    connect();
    rooms.ask("r", waiter("ask"));
    rooms.open("r", waiter("open"));
    answers[1]({ ok: true });
    answers[0]({ ok: false, error: { code: "too-many-parked" } });
    assert.deepEqual([happened, rooms.ids], [["open resolved", "ask resolved"], ["r"]]);
  });
});

describe("web.rooms, an owner who is displaced", () => {
  /** An owner, and how the server tells that another has proven the room his. */
  function owner() {
    const all = world();
    const { rooms, answers, waiter, connect } = all;
    connect();
    rooms.open("r", waiter("open"));
    answers[0]({ ok: true, token: "mine" });
    const displace = () => rooms.refused({ event: "keep-in-server", room: "r", code: "displaced" });
    return { ...all, displace };
  }

  it("asks from then on", () => {
    const { rooms, requests, connect, displace } = owner();
    displace();
    rooms.suspend();
    connect();
    assert.deepEqual(requests.slice(1), ["get-session-info r"]);
  });

  it("opens again what it was granted once more", () => {
    const { rooms, requests, answers, connect, displace } = owner();
    rooms.suspend();
    connect();
    displace();
    answers[1]({ ok: true, token: "mine again" }); // the other has gone meanwhile
    rooms.suspend();
    connect();
    assert.deepEqual(requests.slice(2), ["keep-in-server r"]);
  });

  it("still has an answer to come when it waits for an opening", () => {
    const { rooms, requests, answers, waiter, connect, displace, happened } = owner();
    rooms.open("r", waiter("again"));
    displace();
    rooms.suspend();
    connect();
    assert.deepEqual(requests.slice(2), ["keep-in-server r"]);
    answers[2]({ ok: false, error: { code: "room-taken" } });
    assert.deepEqual(happened.slice(-2), ["refused room-taken", "again rejected: room-taken"]);
  });
});

describe("web.rooms, speaking", () => {
  it("waits for the first seat, however long that takes", async () => {
    const { rooms, answers, waiter, connect, heard } = world({ askWaitMs: 1 });
    assert.equal(rooms.maySpeak, true, "in the lobby");
    rooms.ask("r", waiter("ask"));
    connect();
    await heard();
    assert.equal(rooms.maySpeak, false);
    answers[0]({ ok: true });
    assert.equal(rooms.maySpeak, true);
  });

  it("waits for the answer about one more room for a while, once", async () => {
    const { rooms, requests, answers, waiter, connect, heard } = world({ askWaitMs: 1 });
    connect();
    rooms.open("mine", waiter("open"));
    answers[0]({ ok: true });
    rooms.ask("r", waiter("ask"));
    assert.equal(rooms.maySpeak, false);
    await heard();
    assert.equal(rooms.maySpeak, true);
    rooms.suspend();
    connect(true);
    assert.deepEqual([requests.at(-1), rooms.maySpeak], ["get-session-info r", true]);
  });

  it("goes on with the answer about one more room", () => {
    const { rooms, answers, waiter, connect } = world();
    connect();
    rooms.open("mine", waiter("open"));
    answers[0]({ ok: true });
    rooms.ask("r", waiter("ask"));
    assert.equal(rooms.maySpeak, false);
    answers[1]({ ok: true });
    assert.equal(rooms.maySpeak, true);
  });

  it("has nobody to address when the last room is given up", () => {
    const { rooms, waiter, happened } = world();
    rooms.ask("r", waiter("ask"));
    rooms.ask("s", waiter("other"));
    rooms.leave("r");
    assert.ok(!happened.includes("homeless"));
    rooms.cancel("s");
    assert.deepEqual(happened.filter((one) => one === "homeless"), ["homeless"]);
    assert.equal(rooms.maySpeak, true);
  });
});

describe("web.rooms, signals", () => {
  const listeners = (signal) => getEventListeners(signal, "abort").length;

  it("are not listened to any more when the wait is over", () => {
    const { rooms, answers, waiter, connect } = world();
    const { signal } = new AbortController();
    connect();
    rooms.open("r", waiter("open"), signal);
    rooms.ask("s", waiter("ask"), signal);
    rooms.ask("t", waiter("left"), signal);
    rooms.ask("u", waiter("closed"), signal);
    assert.equal(listeners(signal), 4);
    answers[0]({ ok: true });
    answers[1]({ ok: false, error: { code: "full" } });
    rooms.leave("t");
    assert.equal(listeners(signal), 1);
    rooms.close(new Error("over"));
    assert.equal(listeners(signal), 0);
  });
});
