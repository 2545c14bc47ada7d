// When the page asks for a new token: long before the one that it has expires. Sends nothing itself.

/** Half of the day for which a token is good, where the server does not say how long that is. */
export const renewAfterMs = 12 * 3_600_000;

const shortestMs = 1000;
const longestTimerMs = 2 ** 31 - 1;

export class Renewal {
  #ask;
  #timer = null;
  #since = 0;
  #afterMs = renewAfterMs;

  constructor(ask) {
    this.#ask = ask;
  }

  /** There is a new token, good for `lifeMs`. */
  begin(lifeMs) {
    const halfMs = Number.isFinite(lifeMs) ? lifeMs / 2 : renewAfterMs;
    this.#afterMs = Math.min(Math.max(halfMs, shortestMs), longestTimerMs);
    this.#wait();
  }

  #wait() {
    this.end();
    this.#since = Date.now();
    this.#timer = setTimeout(() => this.#renew(), this.#afterMs);
  }

  /** The machine may have slept, and this timer with it. */
  wake() {
    if (this.#timer && Date.now() - this.#since >= this.#afterMs) this.#renew();
  }

  /** There is no connection: the next one comes with a token. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A server that does not answer is not asked again before it is time for the next one. */
  #renew() {
    this.#wait();
    this.#ask();
  }
}
