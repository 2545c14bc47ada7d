// Who takes part in chaos: pages with signaler.js and stock clients, in one room each, behind a proxy
// each. They remember what they heard, and say what is wrong with it.
import { io } from "socket.io-client";
import { usualDeadline, within } from "../../../tests/e2e/support/deadline.js";
import { Page } from "./page.js";

/** Milliseconds until everybody must be where he wants to be: only for what never comes. */
export const longestWait = 12 * usualDeadline;

const transportsOf = (kind) => {
  if (kind.startsWith("polling")) return ["polling"];
  return kind.startsWith("upgrading") ? ["polling", "websocket"] : ["websocket"];
};

/** What one participant heard, in order: messages {from, n}, and places where some may be missing. */
class Timeline {
  #items = [];

  hears({ from, n }) {
    this.#items.push({ from, n });
  }

  /** Until it is back where it was, it hears what is said in the lobby at most. */
  isToldOfGap(reason) {
    this.#items.push({ gap: reason });
  }

  isBack() {
    this.#items.push({ back: true });
  }

  /** From now on, or no longer, it may hear again what it has had. */
  mayHearAgain(may) {
    this.#items.push({ again: may });
  }

  get gaps() {
    return this.#items.filter((item) => item.gap).map((item) => item.gap);
  }

  has(from, n) {
    return this.#items.some((item) => item.from === from && item.n === n);
  }

  /**
   * Sentences about what the speaker was not heard to say as it should be. `mayRepeat`: after a gap the hearer
   * may be told again, from some point on, what it has had.
   */
  faults({ name, said, mayHaveLost }, { mayRepeat }) {
    const faults = [];
    let [before, gapSince, away, again] = [0, false, false, false];
    for (const item of [...this.#items, { from: name, n: said + 1 }]) {
      if (item.gap) gapSince = away = true;
      if (item.back) away = false;
      if (item.again !== undefined) again = item.again;
      if (item.from !== name) continue;
      const mayComeAgain = again || (gapSince && mayRepeat);
      if (item.n <= before && !mayComeAgain) faults.push(`${name} ${item.n} came after ${before}`);
      const missing = [];
      for (let n = before + 1; n < item.n && !gapSince; n += 1) if (!mayHaveLost(n)) missing.push(n);
      if (missing.length > 0) faults.push(`${name} ${missing} are missing without a gap`);
      [before, gapSince] = [item.n, away];
    }
    return faults;
  }
}

/** A page with signaler.js: promises to lose nothing and to say so if it must. */
export class ChaoticPage {
  isReliable = true;
  timeline = new Timeline();
  said = 0;

  constructor(name, proxy, kind) {
    this.name = name;
    this.proxy = proxy;
    const transports = kind === "page" ? ["websocket", "polling"] : transportsOf(kind);
    // What is said to a room is not for those who have lost theirs.
    this.page = new Page(proxy.url, name, { io: { transports }, seatWaitMs: Infinity });
    this.page.socket.on("message", (message) => this.timeline.hears(message));
    this.page.signaler.on("gap", ({ reason }) => this.timeline.isToldOfGap(reason));
    this.page.signaler.on("recovered", () => this.timeline.isBack());
  }

  enters(room, owns) {
    const way = owns ? "createNewRoomOnServer" : "getRoomFromServer";
    return within(this.page.signaler[way](room), `seat of ${this.name}`, longestWait);
  }

  says() {
    this.page.says({ from: this.name, n: (this.said += 1) });
  }

  mayHaveLost = () => false;

  get losses() {
    return this.page.disconnected.all.length;
  }

  get isSettled() {
    return this.page.signaler.state === "connected" && this.page.signaler.queued === 0;
  }

  /** What must never happen to it. */
  get complaints() {
    const about = (what) => this.page[what].all.map((item) => `${what}: ${JSON.stringify(item)}`);
    return [...about("refused"), ...about("dropped"), ...about("closed")];
  }

  leaves() {
    this.page.leaves();
  }
}

/**
 * A stock client: what it says while its connection breaks may be lost, its questions too, so it asks
 * until it is answered. What it hears is not lost; after a crash of the server it may come twice, as may what it
 * heard on connections that broke before they were connections.
 */
export class StockClient {
  isReliable = false;
  timeline = new Timeline();
  said = 0;
  losses = 0;
  complaints = [];
  #room = null;
  #question;
  #isSeated = false;
  #onSeated;
  #connects = 0;
  #opens = 0; // since it was connected last
  #taken = 0; // this and all before it has been taken by the server, or is lost
  #lost = new Set(); // what may be

  constructor(name, proxy, kind) {
    this.name = name;
    this.proxy = proxy;
    this.socket = io(proxy.url, {
      forceNew: true,
      transports: transportsOf(kind),
      reconnectionDelay: 50,
      reconnectionDelayMax: 500,
    });
    this.socket.on("message", (message) => this.timeline.hears(message));
    this.socket.on("connect", () => this.#onConnect());
    this.socket.on("disconnect", (reason) => this.#onDisconnect(reason));
    // What an earlier one of these has brought is still kept, and comes with what this one brings.
    this.socket.io.on("open", () => (this.#opens += 1) > 1 && this.timeline.mayHearAgain(true));
  }

  #onConnect() {
    this.#opens = 0;
    this.timeline.mayHearAgain(false);
    this.#connects += 1;
    if (this.#connects > 1 && !this.socket.recovered) {
      this.timeline.isToldOfGap("not recovered");
      this.#isSeated = false;
    }
    this.#ask();
  }

  #onDisconnect(reason) {
    this.losses += 1;
    if (reason === "io server disconnect") this.complaints.push("told to stay away");
    while (this.#taken < this.said) this.#lost.add((this.#taken += 1));
  }

  #ask() {
    if (!this.#room || this.#isSeated || !this.socket.connected) return;
    this.socket.emit(this.#question, this.#room, () => {
      this.#isSeated = true;
      this.timeline.isBack();
      this.#onSeated();
    });
  }

  enters(room, owns) {
    this.#room = room;
    this.#question = owns ? "keep-in-server" : "get-session-info";
    const seated = new Promise((resolve) => (this.#onSeated = resolve));
    this.#ask();
    return within(seated, `seat of ${this.name}`, longestWait);
  }

  says() {
    const { socket } = this;
    if (!socket.connected) return;
    const n = (this.said += 1);
    if (!this.#isSeated) this.#lost.add(n); // in the lobby
    socket.emit("message", { from: this.name, n });
    // The server takes events in their order: what is answered came after what it has taken.
    socket.emit("cancel-wait", "a room that nobody waits for", () => (this.#taken = Math.max(this.#taken, n)));
  }

  /** Whether this may have got lost with a connection, on its way to the server. */
  mayHaveLost = (n) => this.#lost.has(n);

  get isSettled() {
    return this.socket.connected && this.#isSeated;
  }

  leaves() {
    this.socket.disconnect();
  }
}
