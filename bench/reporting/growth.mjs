// How cost grows with rooms, connections and joiners: one line for each server, with a verdict.

/** Rows are called `prefix` and a number. `most`: from the smallest to any other, cost may grow so much. */
export const growths = [
  {
    prefix: "relay-rooms-",
    title: "Relay: cost of a message over rooms",
    xTitle: "rooms of two",
    wanted: "flat",
    most: 1.25,
  },
  {
    prefix: "churn-beside-",
    title: "Churn: cost of a connection over idle ones",
    xTitle: "idle connections beside",
    wanted: "flat",
    most: 1.25,
  },
  {
    prefix: "parked-",
    title: "Waking parked joiners: cost of each",
    xTitle: "joiners waiting",
    wanted: "linear, that is, the same for each of them",
    most: 1.25,
  },
];

/** [{ server, points: [[number, median µs], ...], factor }] of one growth. */
export function curves(results, { prefix }) {
  const servers = new Map();
  for (const { label, server, cpu_us: cpu } of results) {
    if (!label?.startsWith(prefix) || !cpu) continue;
    if (!servers.has(server)) servers.set(server, []);
    servers.get(server).push([Number(label.slice(prefix.length)), cpu.median]);
  }
  return [...servers].map(([server, points]) => {
    points.sort(([a], [b]) => a - b);
    const costs = points.map(([, cost]) => cost);
    return { server, points, factor: Math.max(...costs) / costs[0] };
  });
}
