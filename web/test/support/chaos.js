// Pages and stock clients in rooms, behind proxies that break at random, before a server that may
// be killed. Everything that anybody says is numbered; at the end it is judged who heard what.
// A seed decides what happens in which order, not how long the network and the processes take.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { eventually, within } from "../../../tests/e2e/support/deadline.js";
import { Server } from "../../../tests/e2e/support/server.js";
import { ChaoticPage, longestWait, StockClient } from "./participants.js";
import { Proxy } from "./proxy.js";

/** More than is ever said to one of them while he is away: a gap has no excuse but a dead server. */
const replayBytes = 16 * 2 ** 20;
/** Who is in which room; the first opens it. What polls and what upgrades says so, others have WebSockets. */
const casts = {
  red: ["page", "page", "polling page", "stock client", "polling stock client"],
  green: ["stock client", "page", "upgrading page", "stock client", "upgrading stock client"],
  blue: ["upgrading page", "page", "polling page", "polling stock client", "upgrading stock client"],
};
const ways = ["cuts", "stalls", "freezes"];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Mulberry32: a small generator with a state of 32 bits. */
function randomFrom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    chance: (p) => next() < p,
    below: (n) => Math.floor(next() * n),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

export class Chaos {
  /** How often each thing was done, and how many connections were lost by it. */
  done = { messages: 0, cuts: 0, stalls: 0, freezes: 0, kills: 0, losses: 0 };
  #random;
  #kills;
  #rooms = new Map(); // name -> participants
  #folder = mkdtempSync(path.join(os.tmpdir(), "signaler-chaos-"));
  #trouble = new Set(); // faults that are being mended
  #noise = []; // what dead servers said beside their logs: the reports of sanitizers

  constructor({ seed, kills }) {
    this.#random = randomFrom(seed);
    this.#kills = kills;
  }

  /** All of it: what was done and what is wrong afterwards. */
  static async run({ seconds, ...plan }) {
    const chaos = new Chaos(plan);
    try {
      await chaos.begin();
      await chaos.rage(seconds);
      const unsettled = await chaos.settle().then(() => [], ({ message }) => [message]);
      const faults = [...unsettled, ...chaos.faults()];
      chaos.done.losses = chaos.#participants.reduce((sum, { losses }) => sum + losses, 0);
      return { done: chaos.done, faults: [...faults, ...(await chaos.farewell())] };
    } finally {
      await chaos.end();
    }
  }

  get #participants() {
    return [...this.#rooms.values()].flat();
  }

  /** Everybody in their rooms, before anything breaks. */
  async begin() {
    await this.#startServer(0);
    for (const [room, cast] of Object.entries(casts)) {
      const there = [];
      for (const [index, kind] of cast.entries()) {
        const proxy = await Proxy.start(this.server.port);
        const Kind = kind.endsWith("page") ? ChaoticPage : StockClient;
        there.push(new Kind(`${room} ${index} (${kind})`, proxy, kind));
      }
      this.#rooms.set(room, there);
      await Promise.all(there.map((one, index) => one.enters(room, index === 0)));
    }
  }

  async #startServer(port) {
    this.server = await Server.start({
      port,
      threads: 2,
      grace: undefined, // the default, which other tests switch off
      "ping-interval": "1s",
      "ping-timeout": "1s",
      "replay-bytes": replayBytes,
      "max-outbound-bytes": replayBytes, // what is kept is sent at once
      "secret-file": path.join(this.#folder, "secret"),
    });
  }

  /** Talk and trouble for so long. */
  async rage(seconds) {
    const end = performance.now() + 1000 * seconds;
    while (performance.now() < end) {
      for (let i = 0; i < 10; i += 1) this.#talk();
      if (this.#random.chance(0.25)) this.#break(this.#random.pick(this.#participants));
      if (this.#kills && this.#random.chance(0.01)) await this.#killServer();
      await pause(10 + this.#random.below(30));
    }
    // A machine that is busy enough comes to nothing at random.
    for (const way of ways) if (this.done[way] === 0) this.#break(this.#random.pick(this.#participants), way);
    if (this.#kills && this.done.kills === 0) await this.#killServer();
    await Promise.all(this.#trouble);
  }

  #talk() {
    this.#random.pick(this.#participants).says();
    this.done.messages += 1;
  }

  #break({ proxy }, way = this.#random.pick(["cuts", ...ways])) {
    const [begin, end, longest] = {
      cuts: [() => proxy.cut(), () => proxy.mend(), 300],
      stalls: [() => proxy.stall(), () => proxy.mend(), 4000],
      freezes: [() => proxy.freeze(), () => proxy.thaw(), 6000],
    }[way];
    this.done[way] += 1;
    begin();
    const mended = pause(this.#random.below(longest)).then(end);
    this.#trouble.add(mended);
    mended.then(() => this.#trouble.delete(mended));
  }

  async #killServer() {
    this.done.kills += 1;
    this.server.kill();
    await within(this.server.exited, "end of the killed server");
    this.#noise.push(...this.server.noise);
    await pause(this.#random.below(500));
    await this.#startServer(this.server.port);
  }

  /** Waits until nothing is on its way, then says one thing more: those must arrive everywhere. */
  async settle() {
    const unsettled = () => this.#participants.filter((one) => !one.isSettled);
    const names = () => `settled: ${unsettled().map((one) => one.name)}`;
    await eventually(names, () => unsettled().length === 0, longestWait);
    for (const there of this.#rooms.values()) for (const one of there) one.says();
    const missing = () => {
      const list = [];
      for (const there of this.#rooms.values())
        for (const one of there)
          for (const other of there)
            if (one !== other && !other.timeline.has(one.name, one.said))
              list.push(`${one.name} by ${other.name}`);
      return list;
    };
    const what = () => `heard: the last of ${missing().join(", of ")}`;
    await eventually(what, () => missing().length === 0, longestWait);
  }

  /** Sentences about broken promises; none is what is hoped for. */
  faults() {
    const faults = [];
    for (const there of this.#rooms.values()) {
      for (const hearer of there) {
        faults.push(...hearer.complaints.map((what) => `${hearer.name}: ${what}`));
        if (!this.#kills)
          faults.push(...hearer.timeline.gaps.map((gap) => `${hearer.name}: gap "${gap}"`));
        for (const speaker of there) {
          if (speaker === hearer) continue;
          const found = hearer.timeline.faults(speaker, { mayRepeat: !hearer.isReliable });
          faults.push(...found.map((fault) => `${hearer.name}: ${fault}`));
        }
      }
    }
    return faults;
  }

  /** Everybody goes and the server is told to end: sentences about what it did not do well. */
  async farewell() {
    for (const one of this.#participants) one.leaves();
    const disorder = await this.server.stop().then(() => [], ({ message }) => [message]);
    return [...disorder, ...this.#noise, ...this.server.noise];
  }

  async end() {
    for (const one of this.#participants) one.leaves();
    await Promise.all(this.#participants.map((one) => one.proxy.stop()));
    this.server?.kill();
    rmSync(this.#folder, { recursive: true });
  }
}
