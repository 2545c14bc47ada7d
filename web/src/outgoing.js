// What the page has emitted and the server has not got yet: bounded, in order. Sends nothing itself.
import { callPage } from "./call_page.js";

/** Emits that were never sent: beyond it the oldest of them is dropped. */
export const defaultQueueLimit = 1000;
/** Emits on their way without a word from the server: beyond it sending pauses. */
export const defaultSentLimit = 10_000;

/** One emit: `args` begins with the event's name; `ack` is the page's callback, if it gave one. */
export class Emission {
  /** The number under which our server knows it; 0 as long as it has none. */
  number = 0;
  /** Whether it ever went out: then nobody can say that it did not arrive. */
  wasSent = false;
  hasTimedOut = false;
  /** Given up while it was on its way: it is not sent again. */
  isGivenUp = false;
  /** For whoever keeps it: the page has given up waiting for its answer. */
  onTimeout = () => {};
  #timer;

  constructor(args, { timeout, compress, volatile } = {}) {
    this.args = args;
    this.compress = compress;
    this.isVolatile = Boolean(volatile);
    if (typeof args.at(-1) === "function") this.ack = args.pop();
    this.isQuestion = this.ack !== undefined;
    this.wantsError = Boolean(this.ack?.withError) || timeout !== undefined;
    if (this.isQuestion && timeout !== undefined)
      this.#timer = setTimeout(() => this.#timeOut(), timeout);
  }

  /** Gives the answer to the page, once. */
  answer(values) {
    const { ack } = this;
    this.#end();
    if (this.wantsError) ack?.(null, ...values);
    else ack?.(...values);
  }

  /** Tells a page that asked to be told; others hear nothing, as with the stock client. */
  fail(error) {
    const { ack } = this;
    this.#end();
    if (this.wantsError) ack?.(error);
  }

  #timeOut() {
    this.hasTimedOut = true;
    this.fail(new Error("operation has timed out"));
    this.onTimeout();
  }

  #end() {
    clearTimeout(this.#timer);
    this.ack = undefined;
  }
}

export class Outgoing {
  #limit;
  #sentLimit;
  #transmit;
  #mayGo;
  #faultOf;
  #onDrop;
  #isOpen = false;
  #isFlushing = false;
  #waiting = []; // not sent on this connection; those that were on an earlier one come first
  #sent = new Set(); // sent on this connection and not settled, in that order
  #unheardOf = []; // those of them that came after all of which the server has said something
  #places = 0; // how many went out on this connection

  /**
   * `transmit(emission)` hands over one emission and says whether it must be kept until settle(); it throws if it
   * could not, which drops it ("malformed"): listeners of the page hear of what is handed over, and it is encoded.
   * `mayGo(emission)`: not, as long as it would not reach those for whom it is meant. `faultOf(emission)`: why
   * it can never be taken, if so; asked when it would be sent, each time. `onDrop(emission, reason)` hears of those, of
   * the oldest one when more than `limit` wait ("full"), and of what drop() takes out.
   */
  constructor({ limit = defaultQueueLimit, sentLimit = defaultSentLimit, transmit, mayGo, faultOf, onDrop }) {
    this.#limit = limit;
    this.#sentLimit = sentLimit;
    this.#transmit = transmit;
    this.#mayGo = mayGo ?? (() => true);
    this.#faultOf = faultOf ?? (() => undefined);
    this.#onDrop = onDrop;
  }

  get length() {
    return this.#waiting.length + this.#sent.size;
  }

  add(emission) {
    emission.onTimeout = () => this.#forget(emission);
    this.#waiting.push(emission);
    this.flush();
    if (emission.isVolatile) this.#forget(emission);
    this.#trim();
  }

  /** The way is free: everything kept goes out, and from now on each emission as it comes. */
  open() {
    this.#isOpen = true;
    this.flush();
  }

  /** The connection is gone: whatever is kept will go out again on the next one, before the rest. */
  close() {
    this.#isOpen = false;
    const again = [...this.#sent].filter((one) => !one.isVolatile && !one.hasTimedOut);
    this.#waiting = again.concat(this.#waiting);
    this.#sent.clear();
    this.#unheardOf = [];
  }

  /** This emission has arrived. */
  settle(emission) {
    this.#forget(emission);
    if (!this.#sent.delete(emission)) return;
    // The server takes them in their order. Those it has seen and not acknowledged it may never.
    const ahead = this.#unheardOf.findIndex(({ place }) => place > emission.place);
    this.#unheardOf.splice(0, ahead < 0 ? this.#unheardOf.length : ahead);
    this.flush();
  }

  /** Forgets those for which `isDone` holds. */
  settleWhere(isDone) {
    for (const emission of [...this.#sent, ...this.#waiting].filter(isDone)) this.settle(emission);
  }

  /** Takes those out for which `isMeant` holds and which wait; those on their way are given up. */
  drop(isMeant, reason) {
    for (const emission of this.#sent) emission.isGivenUp ||= isMeant(emission);
    for (const emission of this.#waiting.filter(isMeant)) {
      this.#forget(emission);
      this.#onDrop(emission, reason);
    }
  }

  /** Takes their numbers away: they were given in a session that is no more. */
  forgetNumbers() {
    for (const emission of [...this.#sent, ...this.#waiting]) emission.number = 0;
  }

  clear() {
    this.close();
    return this.#waiting.splice(0);
  }

  /**
   * Sends what may go now. Those for which mayGo() does not hold are overtaken by the others, unless they
   * have a number: the server takes a number that was overtaken for given up.
   */
  flush() {
    if (this.#isFlushing) return; // a listener for what goes out has emitted something
    this.#isFlushing = true;
    try {
      this.#sendWhatMay();
    } finally {
      this.#isFlushing = false;
    }
  }

  #sendWhatMay() {
    for (let i = 0; this.#isOpen && i < this.#waiting.length; ) {
      if (this.#unheardOf.length >= this.#sentLimit) break;
      const emission = this.#waiting[i];
      if (this.#mayGo(emission)) this.#send(...this.#waiting.splice(i, 1));
      else if (emission.number) break;
      else i += 1;
    }
  }

  #send(emission) {
    const fault = this.#faultOf(emission);
    if (fault) return this.#onDrop(emission, fault);
    emission.wasSent = true;
    emission.place = this.#places += 1;
    // Kept before: whoever hears of it on its way may break the connection.
    this.#sent.add(emission);
    // A question may be answered late or never, which says nothing of the way.
    if (!emission.isQuestion) this.#unheardOf.push(emission);
    callPage(() => this.#handOver(emission));
  }

  #handOver(emission) {
    let [isKept, isDone] = [false, false];
    try {
      isKept = this.#transmit(emission);
      isDone = true;
    } finally {
      if (!isKept) this.#takeBack(emission);
      if (!isDone) this.#onDrop(emission, "malformed");
    }
  }

  #takeBack(emission) {
    this.#forget(emission);
    this.#sent.delete(emission);
    if (this.#unheardOf.at(-1) === emission) this.#unheardOf.pop();
  }

  /** What waits is not sent any more. */
  #forget(emission) {
    const index = this.#waiting.indexOf(emission);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #trim() {
    if (this.#waiting.length <= this.#limit) return;
    const first = this.#waiting.findIndex((one) => !one.wasSent);
    if (first < 0 || this.#waiting.length - first <= this.#limit) return;
    this.#onDrop(...this.#waiting.splice(first, 1), "full");
  }
}
