// Who takes part in chaos: pages with signaler.js and stock clients, in one room each, behind a proxy
// each. They remember what they heard, and say what is wrong with it.
import { io } from "socket.io-client";
import { usualDeadline, within } from "../../../tests/e2e/support/deadline.js";
import { Page } from "./page.js";

/** Milliseconds until everybody must be where he wants to be: only for what never comes. */
export const longestWait = 12 * usualDeadline;

/** What one participant heard, in order: messages {from, n}, and places where some may be missing. */
class Timeline {
  #items = [];

  hears({ from, n }) {
    this.#items.push({ from, n });
  }

  isToldOfGap(reason) {
    this.#items.push({ gap: reason });
  }

  get gaps() {
    return this.#items.filter((item) => item.gap).map((item) => item.gap);
  }

  has(from, n) {
    return this.#items.some((item) => item.from === from && item.n === n);
  }

  /**
   * Sentences about what `from`, who said 1 to `last`, was not heard to say as it should be.
   * `mayLose`: what the speaker said may be missing. `mayRepeat`: after a gap the hearer may be told
   * again, from some point on, what it has had.
   */
  faults(from, last, { mayLose, mayRepeat }) {
    const faults = [];
    let [before, gapSince] = [0, false];
    for (const item of [...this.#items, { from, n: last + 1 }]) {
      if (item.gap) gapSince = true;
      if (item.from !== from) continue;
      if (item.n <= before && !(gapSince && mayRepeat))
        faults.push(`${from} ${item.n} came after ${before}`);
      else if (item.n > before + 1 && !gapSince && !mayLose)
        faults.push(`${from} ${before + 1} to ${item.n - 1} are missing without a gap`);
      [before, gapSince] = [item.n, false];
    }
    return faults;
  }
}

/** A page with signaler.js: promises to lose nothing and to say so if it must. */
export class ChaoticPage {
  isReliable = true;
  timeline = new Timeline();
  said = 0;

  constructor(name, proxy, polls) {
    this.name = name;
    this.proxy = proxy;
    const transports = polls ? ["polling"] : ["websocket", "polling"];
    // What is said to a room is not for those who have lost theirs.
    this.page = new Page(proxy.url, name, { io: { transports }, seatWaitMs: Infinity });
    this.page.socket.on("message", (message) => this.timeline.hears(message));
    this.page.signaler.on("gap", ({ reason }) => this.timeline.isToldOfGap(reason));
  }

  enters(room, owns) {
    const way = owns ? "createNewRoomOnServer" : "getRoomFromServer";
    return within(this.page.signaler[way](room), `seat of ${this.name}`, longestWait);
  }

  says() {
    this.page.says({ from: this.name, n: (this.said += 1) });
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
 * until it is answered. What it hears is not lost; after a crash of the server it may come twice.
 */
export class StockClient {
  isReliable = false;
  timeline = new Timeline();
  said = 0;
  complaints = [];
  #room = null;
  #isSeated = false;
  #onSeated;
  #connects = 0;

  constructor(name, proxy, polls) {
    this.name = name;
    this.proxy = proxy;
    this.socket = io(proxy.url, {
      forceNew: true,
      transports: polls ? ["polling"] : ["websocket"],
      reconnectionDelay: 50,
      reconnectionDelayMax: 500,
    });
    this.socket.on("message", (message) => this.timeline.hears(message));
    this.socket.on("connect", () => this.#onConnect());
    this.socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") this.complaints.push("told to stay away");
    });
  }

  #onConnect() {
    this.#connects += 1;
    if (this.#connects > 1 && !this.socket.recovered) {
      this.timeline.isToldOfGap("not recovered");
      this.#isSeated = false;
    }
    this.#ask();
  }

  #ask() {
    if (!this.#room || this.#isSeated || !this.socket.connected) return;
    this.socket.emit("get-session-info", this.#room, () => {
      this.#isSeated = true;
      this.#onSeated();
    });
  }

  enters(room) {
    this.#room = room;
    const seated = new Promise((resolve) => (this.#onSeated = resolve));
    this.#ask();
    return within(seated, `seat of ${this.name}`, longestWait);
  }

  says() {
    if (this.socket.connected) this.socket.emit("message", { from: this.name, n: (this.said += 1) });
  }

  get isSettled() {
    return this.socket.connected && this.#isSeated;
  }

  leaves() {
    this.socket.disconnect();
  }
}
