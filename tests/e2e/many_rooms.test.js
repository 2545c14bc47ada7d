// Clients with seats in three rooms that live on two threads, and connections that break again and again in the
// middle of what they have missed: in order, once, and nothing lost.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "node:test";
import { Page } from "../../web/test/support/page.js";
import { Proxy } from "../../web/test/support/proxy.js";
import { defaults, timer } from "./support/comebacks.js";
import { eventually, Inbox } from "./support/deadline.js";
import { mode, unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const rooms = ["r1", "r2", "r3"];
const breaks = 8;
const missedEach = 40;
const text = "x".repeat(8000);
const eventType = 2; // of Socket.IO's packets

/** How often each thread of the process has waited and was woken. */
function wakings(pid) {
  const folder = `/proc/${pid}/task`;
  const count = (id) => {
    const status = readFileSync(`${folder}/${id}/status`, "utf8");
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)[1]);
  };
  return new Map(readdirSync(folder).map((id) => [id, count(id)]));
}

/** The thread that serves a client, when nobody else says anything: the one that wakes for its words. */
async function threadOf(peer, { pid }) {
  const before = wakings(pid);
  for (let i = 0; i < 30; i += 1) await peer.isInStep();
  const woken = [...wakings(pid)].map(([id, count]) => [count - (before.get(id) ?? count), id]);
  return woken.sort(([one], [other]) => other - one)[0][1];
}

/** Counts the events that came on each connection, and tells when one has ended: until mended there is no other. */
class Watch {
  ends = new Inbox("ends of connections");
  isOver = false;

  constructor({ socket }, proxy) {
    let events = null;
    socket.io.on("open", () => (events = 0));
    socket.io.on("packet", ({ type }) => (events += type === eventType));
    socket.io.on("close", () => {
      if (events === null || this.isOver) return; // it never was open, or ends with a goodbye
      proxy.cut();
      this.ends.push(events);
      events = null;
    });
  }
}

/** The numbers of each sender, in the order in which they were heard. */
function numbersOf(messages) {
  const heard = new Map();
  for (const { from, n } of messages) heard.set(from, [...(heard.get(from) ?? []), n]);
  return heard;
}

const from = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** An unmodified client hears the part that had come once more after each such break, and at last all of it. */
function assertRepeatsOnly(numbers, last, what) {
  const [first, ...others] = numbers;
  assert.equal(first, 1, what);
  const runs = [];
  for (const n of others) {
    if (n === 2) runs.push([]);
    runs.at(-1).push(n);
  }
  for (const run of runs) assert.deepEqual(run, from(2, run.at(-1)), what);
  assert.equal(runs.at(-1).at(-1), last, what);
  assert.ok(runs.length <= breaks + 1, `${what}: ${runs.length} times`);
}

const much = { "replay-bytes": 16_000_000, "max-outbound-bytes": 16_000_000 };
const soon = { "backoff-min": "20ms", "backoff-max": "100ms" };
withServer("who sits in three rooms, and loses the connection in the middle of what was missed", { ...defaults, ...much, ...soon }, (scene) => {
  /** Owners of the rooms, which live where their owners do: on both threads, where there are two. */
  async function owners() {
    if (mode !== "two-threads") return Promise.all(rooms.map((room) => scene.connect(`owner of ${room}`)));
    const found = new Map();
    while (found.size < 2) {
      assert.ok(scene.server.isRunning);
      const peer = await scene.connect(`candidate on ${found.size} threads`);
      const thread = await threadOf(peer, scene.server);
      if (found.has(thread)) await peer.leaves();
      else found.set(thread, peer);
    }
    return [...found.values(), await scene.connect("owner of the third room")];
  }

  async function network() {
    const proxy = await Proxy.start(scene.server.port);
    scene.atEnd(async () => {
      await scene.server.statsBecome({ sockets: scene.baseline.sockets }); // a goodbye may be on its way
      await proxy.stop();
    });
    return proxy;
  }

  it("hears each sender in order: a page once, an unmodified client the broken part again", {
    skip: unlessReference("rooms are its application's"),
  }, async () => {
    const [one, two, three] = await owners();
    const speakers = [one, two, three, await scene.connect("who sits in all")];
    await Promise.all(rooms.map((room, at) => speakers[at].opens(room)));
    for (const room of rooms) await speakers[3].asksFor(room);
    let page;
    scene.atEnd(() => page?.leaves());
    const networks = [await network(), await network()];
    // By polling all that was missed comes as one answer, of which a part is nothing.
    page = await Page.load(networks[0].url, "page", { io: { transports: ["websocket"] } });
    const stock = await scene.connect("stock", { through: networks[1] });
    for (const room of rooms) await Promise.all([page.joins(room), stock.asksFor(room)]);
    const watches = [page, stock].map((client, at) => new Watch(client, networks[at]));
    let said = 0;
    let pageSaid = 0;
    const everybodySays = async (more) => {
      said += 1;
      for (const [at, speaker] of speakers.entries()) speaker.says({ from: at, n: said, ...more });
      await Promise.all(speakers.map((speaker) => speaker.isInStep()));
    };

    await everybodySays();
    const heardAll = (client, count) => () => client.messages.all.length >= count;
    await eventually("the first words", heardAll(page, speakers.length));
    await eventually("the first words", heardAll(stock, speakers.length));
    for (const proxy of networks) proxy.cut();
    for (const { ends } of watches) await ends.next("loss");
    for (let i = 0; i < missedEach; i += 1) await everybodySays({ text });

    // A page keeps what had come, and misses less with each break: it may have a little only, up to 64 KiB more.
    const bounds = [() => 20_000, (round) => 30_000 + round * 130_000];
    for (let round = 0; round < breaks; round += 1) {
      page.says({ from: "page", n: (pageSaid += 1) });
      for (const [at, proxy] of networks.entries()) {
        proxy.endAfter(bounds[at](round));
        proxy.mend();
      }
      stock.socket.connect(); // the page does so by itself
      for (const [at, { ends }] of watches.entries()) {
        const events = await ends.next("break");
        const isMiddle = events > 0 && events < said * speakers.length;
        assert.ok(isMiddle, `${events} events for ${["the page", "the client"][at]} in round ${round}`);
      }
      await everybodySays();
    }
    for (const watch of watches) watch.isOver = true;
    for (const proxy of networks) {
      proxy.endAfter(Infinity);
      proxy.mend();
    }
    stock.socket.connect();
    await everybodySays();

    const isLast = (heard, who, n) => heard.some((message) => message.from === who && message.n === n);
    const everybody = [...speakers.keys()];
    await eventually("all of it for the page", () => everybody.every((at) => isLast(page.messages.all, at, said)));
    const words = stock.messages.all;
    await eventually("all of it for the client", () => everybody.every((at) => words.some(([x]) => x.from === at && x.n === said)));
    const heard = numbersOf(page.messages.all);
    for (const at of everybody) assert.deepEqual(heard.get(at), from(1, said), `the page of ${at}`);
    assert.deepEqual([page.gap.all, page.dropped.all, page.closed.all], [[], [], []]);
    const repeated = numbersOf(words.map(([message]) => message));
    for (const at of everybody) assertRepeatsOnly(repeated.get(at), said, `the client of ${at}`);
    assert.equal(stock.socket.recovered, true);
    // What the page said meanwhile has reached everybody once, in order.
    for (const speaker of speakers) {
      const heardOfPage = () => speaker.messages.all.map(([x]) => x).filter((x) => x.from === "page");
      await eventually("all that the page said", () => heardOfPage().length >= pageSaid);
      await speaker.isInStep();
      assert.deepEqual(heardOfPage().map(({ n }) => n), from(1, pageSaid));
    }
  });
}, timer);
