// How cost grows with rooms, connections and joiners: one line for each server, with a verdict.
import { quotient } from "./format.mjs";

const cpu = ({ cpu_us: values }) => values;
/** Older results do not have it. */
const parking = ({ figures }) => figures.cpu_us_per_joiner_parking;
/** Of the time until the last is awake, the share of each joiner, in microseconds. */
const awake = ({ figures }, joiners) => {
  const values = figures.last_awake_ms;
  return values && Object.fromEntries(Object.entries(values).map(([name, ms]) => [name, (ms * 1000) / joiners]));
};

/** Rows are called `prefix` and a number. `most`: between no two of them may cost grow by more. */
export const growths = [
  {
    name: "relay-rooms",
    prefix: "relay-rooms-",
    title: "Relay: cost of a message over rooms",
    xTitle: "rooms of two",
    yTitle: "µs of server CPU",
    wanted: "flat",
    value: cpu,
    most: 1.25,
  },
  {
    name: "churn-beside",
    prefix: "churn-beside-",
    title: "Churn: cost of a connection over idle ones",
    xTitle: "idle connections beside",
    yTitle: "µs of server CPU",
    wanted: "flat",
    value: cpu,
    most: 1.25,
  },
  {
    name: "parking",
    prefix: "parked-",
    title: "Parking joiners: cost of each",
    xTitle: "joiners who ask",
    yTitle: "µs of server CPU",
    wanted: "linear, that is, the same for each of them",
    value: parking,
    most: 1.25,
  },
  {
    name: "parked",
    prefix: "parked-",
    title: "Waking parked joiners: cost of each",
    xTitle: "joiners waiting",
    yTitle: "µs of server CPU",
    wanted: "linear, that is, the same for each of them",
    value: cpu,
    most: 1.25,
  },
  {
    name: "parked-awake",
    prefix: "parked-",
    title: "Waking parked joiners: time until the last is awake, for each",
    xTitle: "joiners waiting",
    yTitle: "µs",
    wanted: "linear, that is, the same for each of them",
    value: awake,
    most: 1.25,
  },
];

/** The largest rise from one point to any later one: { from, to, factor (a spread) }. */
function steepest(points) {
  const rises = points.flatMap(([from, one], index) =>
    points.slice(index + 1).map(([to, other]) => ({ from, to, factor: quotient(other, one) })),
  );
  return rises.reduce((worst, rise) => (!worst || rise.factor.median > worst.factor.median ? rise : worst), undefined);
}

/** [{ server, points: [[number, spread], ...], rise }] of one growth, without servers that have one point only. */
export function curves(results, { prefix, value }) {
  const servers = new Map();
  for (const result of results) {
    if (!result.label?.startsWith(prefix)) continue;
    const number = Number(result.label.slice(prefix.length));
    const values = value(result, number);
    if (!values) continue;
    if (!servers.has(result.server)) servers.set(result.server, []);
    servers.get(result.server).push([number, values]);
  }
  return [...servers]
    .filter(([, points]) => points.length > 1)
    .map(([server, points]) => {
      points.sort(([a], [b]) => a - b);
      return { server, points, rise: steepest(points) };
    });
}
