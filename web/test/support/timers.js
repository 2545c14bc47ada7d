// Timers of one length, for what a page waits for by itself: they come when a test says so, and not before.

/** Holds those that are set for `delay` ms from now on, until unwatch(); all others are as ever. */
export function watchTimers(delay) {
  const { setTimeout, clearTimeout } = globalThis;
  const actions = new Map(); // of those that have neither come nor been cleared
  globalThis.setTimeout = (action, ms, ...more) => {
    if (ms !== delay) return setTimeout(action, ms, ...more);
    const timer = {};
    actions.set(timer, () => action(...more));
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    if (!actions.delete(timer)) clearTimeout(timer);
  };
  return {
    get size() {
      return actions.size;
    },
    comeDue() {
      const due = [...actions.values()];
      actions.clear();
      for (const action of due) action();
    },
    unwatch: () => Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}
