// Bounds on waiting. Tests wait for events; a deadline turns a wait for nothing into a failure.

/** Slow builds (sanitizers) multiply every deadline with SIGNALER_PATIENCE. */
export const patience = Number(process.env.SIGNALER_PATIENCE ?? 1);
/** Nobody waits for it but who waits for nothing: so it is long enough for a machine with much else to do. */
export const usualDeadline = 30_000 * patience;

/**
 * What `promise` resolves to; fails naming `what` when that takes longer than the deadline.
 * Infinity is for whoever has a deadline elsewhere.
 */
export async function within(promise, what, deadline = usualDeadline) {
  if (deadline === Infinity) return promise;
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${deadline} ms`)), deadline);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks `probe` again and again until it returns something truthy. For facts that can only be asked
 * for and announce themselves nowhere, such as the numbers of /stats and of /proc.
 */
export async function eventually(what, probe, deadline = usualDeadline) {
  const end = performance.now() + deadline;
  let answer;
  do {
    answer = await probe();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while (performance.now() < end);
  const detail = typeof what === "function" ? what() : what;
  throw new Error(`not ${detail} within ${deadline} ms`);
}

/** Things that arrive one by one; `next` waits for the next one that nobody took yet. */
export class Inbox {
  #name;
  #untaken = [];
  #waiting = [];
  #ended = null;

  /** Everything that ever arrived, for assertions about what did not. */
  all = [];

  constructor(name) {
    this.#name = name;
  }

  push(item) {
    this.all.push(item);
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(item);
    else this.#untaken.push(item);
  }

  /** No more will come: whoever waits, now or later, fails at once instead of at its deadline. */
  end(reason) {
    this.#ended = new Error(`${this.#name}: ${reason}`);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#ended);
  }

  next(what = "item", deadline = usualDeadline) {
    if (this.#untaken.length > 0) return Promise.resolve(this.#untaken.shift());
    if (this.#ended) return Promise.reject(this.#ended);
    const arrival = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return within(arrival, `${what} for ${this.#name}`, deadline);
  }

  async take(count, what) {
    const items = [];
    while (items.length < count) items.push(await this.next(what));
    return items;
  }
}
