// How long to wait before the next attempt to connect: exponential, with jitter. No timers.

export const defaultBackoff = { minMs: 250, maxMs: 5000 };

/**
 * The limit doubles with every attempt, from `minMs` up to `maxMs`; the delay is a random moment in
 * the upper half of it, so that pages cut off together do not come back together.
 */
export class Backoff {
  #bounds;
  #random;
  #attempts = 0;

  constructor(bounds = {}, random = Math.random) {
    this.#bounds = { ...defaultBackoff, ...bounds };
    this.#random = random;
  }

  /** What the next attempt is and how long to wait for it. */
  next() {
    const { minMs, maxMs } = this.#bounds;
    const limit = Math.min(maxMs, minMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return { attempt: this.#attempts, delayMs: Math.round(limit * (0.5 + this.#random() / 2)) };
  }

  reset() {
    this.#attempts = 0;
  }

  /** Bounds that the server suggests; those that are no sensible numbers are ignored. */
  suggest({ minMs, maxMs } = {}) {
    if (minMs > 0 && maxMs >= minMs && Number.isFinite(maxMs)) this.#bounds = { minMs, maxMs };
  }
}
