// What the page has emitted and the server has not got yet: bounded, in order. Sends nothing itself.

export const defaultQueueLimit = 1000; // emits

/** One emit: `args` begins with the event's name; `ack` is the page's callback, if it gave one. */
export class Emission {
  /** The number under which our server knows it; 0 as long as it has none. */
  number = 0;
  #timer;

  constructor(args, { timeout, compress } = {}) {
    this.args = args;
    this.compress = compress;
    if (typeof args.at(-1) === "function") this.ack = args.pop();
    this.wantsError = Boolean(this.ack?.withError) || timeout !== undefined;
    if (this.ack && timeout !== undefined) {
      this.#timer = setTimeout(() => this.fail(new Error("operation has timed out")), timeout);
    }
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

  #end() {
    clearTimeout(this.#timer);
    this.ack = undefined;
  }
}

export class Outgoing {
  #limit;
  #transmit;
  #onDrop;
  #isOpen = false;
  #kept = [];
  #sent = 0; // how many of those kept went out on this connection

  /**
   * `transmit(emission)` hands over one emission and says whether it must be kept until settle().
   * `onDrop(emission)` hears of the oldest one when more than `limit` are kept.
   */
  constructor({ limit = defaultQueueLimit, transmit, onDrop }) {
    this.#limit = limit;
    this.#transmit = transmit;
    this.#onDrop = onDrop;
  }

  get length() {
    return this.#kept.length;
  }

  get isOpen() {
    return this.#isOpen;
  }

  add(emission) {
    this.#kept.push(emission);
    if (this.#isOpen) this.#flush();
    while (this.#kept.length > this.#limit) {
      this.#sent = Math.max(0, this.#sent - 1);
      this.#onDrop(this.#kept.shift());
    }
  }

  /** The way is free: everything kept goes out, and from now on each emission as it comes. */
  open() {
    this.#isOpen = true;
    this.#flush();
  }

  /** The connection is gone: whatever is kept will go out again on the next one. */
  close() {
    this.#isOpen = false;
    this.#sent = 0;
  }

  /** This emission has arrived. */
  settle(emission) {
    const index = this.#kept.indexOf(emission);
    if (index < 0) return;
    this.#kept.splice(index, 1);
    if (index < this.#sent) this.#sent -= 1;
  }

  /** Forgets those for which `isDone` holds. */
  settleWhere(isDone) {
    for (const emission of this.#kept.filter(isDone)) this.settle(emission);
  }

  /** Takes their numbers away: they were given in a session that is no more. */
  forgetNumbers() {
    for (const emission of this.#kept) emission.number = 0;
  }

  clear() {
    this.#sent = 0;
    return this.#kept.splice(0);
  }

  #flush() {
    while (this.#isOpen && this.#sent < this.#kept.length) {
      const emission = this.#kept[this.#sent];
      this.#sent += 1;
      if (!this.#transmit(emission)) this.settle(emission);
    }
  }
}
