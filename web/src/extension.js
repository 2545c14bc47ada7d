// The private dialogue with a reliable-signaler server, version 1: announced at CONNECT, spoken only
// after the server has answered with `signaler-hello`. No sockets, no timers.

export const version = 1;
const rememberedSenders = 4096;

export class Dialogue {
  /** Whether the server of this connection speaks it. */
  isActive = false;
  /** Whether any server has, since the page was loaded: then an answer is worth waiting for. */
  isExpected = false;

  #id;
  #token; // in memory only: a page that is loaded anew, or duplicated, is somebody else
  #attempt = 0; // of the last CONNECT
  #taken = 0; // the last number of which the server has said that it arrived
  #sent = 0; // the last number sent on this connection
  #highest = 0; // the highest number ever given
  #heard = new Map(); // sender -> the last of its numbers that arrived

  /** The public id by which the server tells others of this page, once it has said so. */
  get id() {
    return this.#id;
  }

  /**
   * What the CONNECT packet says under `signaler`. `left`: ids of rooms of which the server may not know yet that
   * the page has left them; it would take these seats again before it could be told. `attempt` grows with each
   * CONNECT, so that one which the network delivers late is known; it is the time where that grows, since another
   * page may show the same token.
   */
  announcement(left = [], now = Date.now()) {
    this.#attempt = Math.max(this.#attempt + 1, now);
    const token = this.#token;
    return { v: version, attempt: this.#attempt, ...(token && { token }), ...(left.length > 0 && { left }) };
  }

  /** The server has answered; false for a version that this page cannot speak. */
  begin(hello) {
    this.isActive = hello?.v === version;
    if (!this.isActive) return false;
    this.isExpected = true;
    if (hello.id !== this.#id) this.#highest = 0;
    this.#id = hello.id;
    this.#token = hello.token ?? this.#token;
    this.#sent = this.#taken = Number.isSafeInteger(hello.taken) ? hello.taken : 0;
    this.#highest = Math.max(this.#highest, this.#sent);
    return true;
  }

  /** Takes the answer of a server that was asked for a new token; false if it holds none. */
  renew(answer) {
    if (answer?.ok !== true || typeof answer.token !== "string") return false;
    this.#token = answer.token;
    return true;
  }

  /** The server said nothing: plain Socket.IO, as with any other server. */
  beginPlain() {
    this.isActive = false;
  }

  /** Whether this hello belongs to the session in which `emission` got its number. */
  isSameSession(hello) {
    return hello.id === this.#id;
  }

  /** Whether the server has said that this emission arrived, with or without its answer. */
  hasTaken({ number }) {
    return number > 0 && number <= this.#taken;
  }

  /**
   * The argument that numbers an emission. One that goes out again keeps its number; another has it when it has
   * gone, and that is said by sent(): the server takes nothing behind a number that never comes.
   */
  tagOf(emission) {
    const n = emission.number || this.#highest + 1;
    const skipped = n - this.#sent - 1;
    return skipped > 0 ? { n, skipped } : { n };
  }

  /** It has gone out with this tag. */
  sent(emission, { n }) {
    emission.number = n;
    this.#sent = Math.max(this.#sent, n);
    this.#highest = Math.max(this.#highest, n);
  }

  /**
   * Whether an event has been here before. Its last argument is its id, `epoch.sender.number`; the
   * server keeps the order of each sender, so a number that is not higher is a repetition. What the
   * server has counted itself, `_` behind the epoch, comes once.
   */
  isRepetition(args) {
    if (!this.isExpected) return false;
    const id = /^([^.\s]+)\.([^.\s]+)\.(\d+)$/.exec(String(args.at(-1)));
    if (!id || id[1].endsWith("_")) return false;
    // The server's own events, sender `s`, are numbered anew by every process.
    const sender = id[2] === "s" ? `${id[1]}.s` : id[2];
    const number = Number(id[3]);
    if (number <= (this.#heard.get(sender) ?? -1)) return true;
    this.#heard.delete(sender);
    this.#heard.set(sender, number);
    if (this.#heard.size > rememberedSenders) this.#heard.delete(this.#heard.keys().next().value);
    return false;
  }
}
