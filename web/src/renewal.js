// When the page asks for a new token: long before the one that it has expires. Sends nothing itself.

/** Half of the day for which a token is good. */
export const renewAfterMs = 12 * 3_600_000;

export class Renewal {
  #ask;
  #timer = null;
  #since = 0;

  constructor(ask) {
    this.#ask = ask;
  }

  /** There is a new token. */
  begin() {
    this.end();
    this.#since = Date.now();
    this.#timer = setTimeout(() => this.#renew(), renewAfterMs);
  }

  /** The machine may have slept, and this timer with it. */
  wake() {
    if (this.#timer && Date.now() - this.#since >= renewAfterMs) this.#renew();
  }

  /** There is no connection: the next one comes with a token. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** A server that does not answer is not asked again before it is time for the next one. */
  #renew() {
    this.begin();
    this.#ask();
  }
}
