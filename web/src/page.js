// What happens to a page: it goes, sleeps, is shown again, loses its network. Only in browsers.

const tickMs = 5000;
/** A tick that comes this late was late because the machine slept. */
const sleptMs = 15_000;

/**
 * Browsers say that they may keep a page with peer connections, and do not. The libraries of 2015 hang up
 * when a page goes, and cannot go on when it comes back.
 */
const isLost = ({ peers }, hasChannels) =>
  hasChannels() || (peers?.size ?? Object.keys(peers ?? {}).length) > 0;

/**
 * Ties a signaler to the life of the page, as long as it is not closed. `hasChannels()`: whether a library of
 * 2015 has opened one on `connection`.
 */
export function followPage(signaler, connection, hasChannels) {
  if (typeof window === "undefined" || !window.addEventListener) return;
  let stop;
  const start = () => (stop = follow(signaler, () => isLost(connection, hasChannels)));
  signaler.on("started", start);
  signaler.on("stopped", () => stop());
  start();
}

/** Returns what ends it. */
function follow(signaler, leaves) {
  const ends = [];
  const wake = () => signaler.wake();
  // By hand and not with a signal, which Node may forget of all but the last listener of a target.
  const on = (target, event, action) => {
    target.addEventListener(event, action);
    ends.push(() => target.removeEventListener(event, action));
  };
  on(window, "online", wake);
  on(window, "pageshow", (event) => event.persisted && wake());
  on(document, "resume", wake);
  on(document, "visibilitychange", () => document.visibilityState === "visible" && wake());
  // A page that may come back from the back/forward cache keeps its seats. Its connection would hang
  // there, or keep it from getting there.
  on(window, "pagehide", (event) => {
    if (event.persisted) signaler.rest({ leaves: leaves() });
    else signaler.goodbye();
  });
  let last = Date.now();
  const ticks = setInterval(() => {
    const now = Date.now();
    if (now - last > sleptMs) wake();
    last = now;
  }, tickMs);
  return () => {
    for (const end of ends) end();
    clearInterval(ticks);
  };
}
