// The tables of the report that compare with bounds: each function makes one from `data` (data.mjs).
import { digits, quotient, spread, table } from "./format.mjs";
import { curves, growths } from "./growth.mjs";
import { bounds, race } from "./race.mjs";
import { reasons, stormCap } from "./reasons.mjs";

const three = ["ours", "floor", "socket.io"];
const notMeasured = "not measured";

/** The ratio of costs of two servers in a row, and whether it keeps its bound. */
function compared(data, { label, name }, one, other, keeps, bound) {
  const ratio = data.find(label, one)?.ratios[other];
  if (!ratio) return notMeasured;
  if (!bound) return `${spread(ratio)} (no bound)`;
  const answer = data.verdict(ratio, keeps, `${name}, ${one} / ${other}`, `${label} ${one}/${other}`);
  return `${spread(ratio)}: ${answer} (${bound})`;
}

export function raceTable(data) {
  const rows = race.map((row) => [
    `\`${row.label}\``,
    row.name,
    ...three.map((server) => spread(data.find(row.label, server)?.cpu_us)),
    compared(data, row, "ours", "floor", (value) => value <= row.floor, row.floor && `at most ${row.floor}`),
    compared(data, row, "socket.io", "ours", (value) => value >= row.rival, row.rival && `at least ${row.rival}`),
  ]);
  const head = ["row", "scenario", "ours, µs", "floor, µs", "socket.io, µs", "ours / floor", "socket.io / ours"];
  return table(head, rows);
}

export function twoThreads(data) {
  const ratio = data.find("two-threads", "two-threads")?.ratios.ours;
  if (!ratio) return notMeasured;
  const answer = data.verdict(ratio, (value) => value <= bounds.twoThreads, "two threads instead of one", "two-threads");
  return `${spread(ratio)} times (at most ${bounds.twoThreads}: ${answer})`;
}

/** Bytes of each connection between the first and the last weighing: a heap that grew once does not count. */
function slope(curve) {
  if (!curve || curve.length < 2) return undefined;
  const [[few, light], [many, heavy]] = [curve[0], curve.at(-1)];
  return (heavy - light) / (many - few);
}

export function idleTable(data) {
  const there = three.filter((server) => data.find("idle", server));
  const each = (server) => slope(data.find("idle", server)?.curve);
  const rows = there.map((server) => [
    server,
    digits(each(server), 4),
    digits(each(server) / each("floor")),
    digits(data.figure("idle", server, "bytes_per_connection")?.median, 4),
    digits(data.figure("idle", server, "cpu_us_per_connection_and_second")?.median),
  ]);
  const curve = data.find("idle", "ours")?.curve;
  const count = curve ? `${digits(curve.at(-1)[0], 5)} connections, two in each room. ` : "";
  const from = curve ? ` (from ${digits(curve[0][0], 5)} to ${digits(curve.at(-1)[0], 5)})` : "";
  const ratio = each("ours") / each("floor");
  const answer =
    ratio > 0 ? data.verdict(ratio, (value) => value <= bounds.idle, "memory of an idle connection", "idle") : notMeasured;
  const head = ["server", "bytes of each further one", "times the floor's", "all bytes / all of them", "µs of CPU a second, at rest"];
  return `${count}Private memory: what each further connection takes${from}, and all that the server has grown by, over all of them, \
which holds also what a heap grows by once.

${table(head, rows)}

Each further one, at most ${bounds.idle} times the floor's: ${answer}.`;
}

const milliseconds = (duration) => {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(duration ?? "") ?? [];
  return number && Number(number) * { ms: 1, s: 1000 }[unit];
};

function stormRow(data, label, drop) {
  const times = three.map((server) => data.figure(label, server, "all_back_ms"));
  // Where not all were back in time, what was measured is the patience of the harness.
  const isCapped = (server) => {
    const median = data.figure(label, server, "all_back_ms")?.median;
    return median >= milliseconds(data.option(data.find(label, server), "patience"));
  };
  const clients = data.option(data.find(label, "ours"), "connections");
  const what = `storm${clients ? ` of ${digits(Number(clients), 5)}` : ""}, ${drop}`;
  const sooner = quotient(times[2], times[0]);
  const failed = data.figure(label, "ours", "failed_handshakes");
  const bound = () =>
    `${isCapped("socket.io") ? "at least " : ""}${spread(sooner)} times sooner than socket.io: ` +
    `${data.verdict(sooner, (value) => value >= bounds.storm, what, label, "quartile against quartile")} (at least ${bounds.storm}); ` +
    `failed handshakes: ${digits(failed.median)}: ${data.verdict(failed, (value) => value === 0, `${what}: failed handshakes`, `${label} failed`)} (none)`;
  return [
    `\`${label}\``,
    `${what}: all back after, ms`,
    ...three.map((server, index) => (isCapped(server) ? `more than ${digits(times[index].median)}` : spread(times[index]))),
    sooner && failed ? bound() : notMeasured,
  ];
}

/** How long the servers computed until all were back: the rest of the time they waited. */
function stormWork(data, label) {
  const work = three
    .map((server) => data.find(label, server))
    .filter((result) => result?.cpu_us && result.operations)
    .map(({ server, cpu_us: cpu, operations, rounds }) => `${server} ${digits((cpu.median * operations) / rounds / 1e6)} s`);
  return work.length ? `CPU of the server in a round of \`${label}\`: ${work.join(", ")}; the rest of the time it waits.` : "";
}

/** What must be known of storms whose time is none, or whose servers were not alike. */
function stormNotes(data) {
  const storms = data.results.filter(({ scenario }) => scenario === "storm");
  const short = storms.filter(({ errors }) => errors > 0);
  const capped = short.map(
    ({ label, server, errors, rounds }) => `in ${errors} of ${rounds} rounds of \`${label}\` not all were back with ${server}`,
  );
  const notes = storms.filter(({ note }) => note).map(({ label, server, note }) => `\`${label}\`, ${server}: ${note}.`);
  const work = ["storm-reset", "storm-kill"].map((label) => stormWork(data, label));
  return [...work, capped.length ? `Within the patience of the harness, ${capped.join(", ")}. ${stormCap}` : "", ...notes]
    .filter(Boolean)
    .map((line) => `- ${line}`)
    .join("\n");
}

/** What is bounded in other units than CPU time. */
export function promiseTable(data) {
  const rows = [stormRow(data, "storm-reset", "reset of all"), stormRow(data, "storm-kill", "crash and restart")];
  const parkedRow = (figure, what, holds, name, key, bound) => {
    const each = three.map((server) => data.figure("parked-1000", server, figure));
    const verdict = each[0] ? `${data.verdict(each[0], holds, name, key)} (${bound})` : notMeasured;
    rows.push(["`parked-1000`", what, ...each.map((values) => spread(values)), verdict]);
  };
  parkedRow(
    "last_awake_ms",
    "1,000 parked: the last one awake after, ms",
    (value) => value <= bounds.lastAwakeMs,
    "1,000 parked",
    "parked-1000",
    `at most ${bounds.lastAwakeMs} ms`,
  );
  parkedRow(
    "cpu_us_per_joiner_and_second_parked",
    "1,000 parked: µs of CPU a second for each, while they wait",
    (value) => value <= bounds.parkedCpu,
    "CPU while parked",
    "parked-cpu",
    `none; below ${bounds.parkedCpu} nothing can be told`,
  );
  return [table(["row", "what", "ours", "floor", "socket.io", "bound"], rows), stormNotes(data)].filter(Boolean).join("\n\n");
}

/** What recovery costs: on every message, and when somebody comes back. */
export function recoveryTable(data) {
  const relays = ["recovery-1", "recovery-4"].map((label) => {
    const ratio = data.find(label, "ours")?.ratios["without-recovery"];
    const what = `relay, 100 pairs, ${label.slice("recovery-".length)} under way: on / off`;
    const answer = ratio && data.verdict(ratio, (value) => value <= bounds.recovery, what, label);
    return [what, spread(data.find(label, "ours")?.cpu_us), spread(ratio), ratio ? `${answer} (at most ${bounds.recovery})` : notMeasured];
  });
  const anew = data.find("resume-anew", "ours")?.cpu_us;
  const resumes = [["resume-0", 0], ["resume-5", 5], ["resume", 10]].map(([label, count]) => {
    const cost = data.find(label, "ours")?.cpu_us;
    const what = `a client back after ${count} missed messages / a new one`;
    const ratio = quotient(cost, anew);
    const isBounded = count < 10;
    const answer =
      ratio && isBounded && data.verdict(ratio, (value) => value <= bounds.resume, what, label, "quartile against quartile");
    return [what, spread(cost), spread(ratio), !ratio ? notMeasured : isBounded ? `${answer} (at most ${bounds.resume})` : ""];
  });
  return `${table(["what", "µs", "times", "bound"], [...relays, ...resumes])}\n\nA new one: ${spread(anew)} µs.`;
}

const inTimes = (points) => ([, values]) => digits(values.median / points[0][1].median);

/** One line for each curve: what an operation costs at each point, and where that rises most. */
export function growthTable(data) {
  const rows = growths.flatMap((growth) =>
    curves(data.results, growth).map(({ server, points, rise }) => [
      growth.title,
      server,
      points.map((point, index) => `${digits(point[0], 5)}: ${digits(point[1].median)}${index ? ` (${inTimes(points)(point)})` : ""}`).join(", "),
      `${digits(rise.from, 5)} to ${digits(rise.to, 5)}: ${spread(rise.factor)}`,
      server === "ours"
        ? `${growth.wanted}: ${data.verdict(rise.factor, (value) => value <= growth.most, growth.title, growth.name, "quartile against quartile")} (at most ${growth.most})`
        : "",
    ]),
  );
  const head = ["what", "server", "µs, by number (in times of the first)", "the largest rise between two", "wanted"];
  return rows.length ? table(head, rows) : "Not measured: `bench/run.sh --quick` has no such rows.";
}

/** How parking is measured, if it was. */
export function parkingText(data) {
  const isThere = growths.some((growth) => growth.name === "parking" && curves(data.results, growth).length > 0);
  return isThere
    ? "CPU of joiners who park is counted from their questions until the server is at rest, since nothing acknowledges that a question waits; they are connected before.\n"
    : "";
}

/** Plainly, how much later the last of many joiners is awake. */
export function awakeText(data) {
  const few = data.figure("parked-1000", "ours", "last_awake_ms")?.median;
  const many = data.figure("parked-5000", "ours", "last_awake_ms")?.median;
  if (!few || !many) return "";
  return ` The last of 5,000 is awake after ${digits(many)} ms, the last of 1,000 after ${digits(few)}: ${digits(many / few)} times as long for 5 times as many.`;
}

/** All tables must be there before: they find what has missed its bound. */
export function missed(data) {
  const times = (name, server) => {
    const growth = growths.find((each) => each.name === name);
    const points = curves(data.results, growth).find((curve) => curve.server === server)?.points;
    return points ? points.map((point) => `${digits(point[0], 5)}: ${inTimes(points)(point)}`).join(", ") : "was not measured";
  };
  const why = (key) => (typeof reasons[key] === "function" ? reasons[key]({ times }) : (reasons[key] ?? "not explained yet."));
  return data.misses.length ? data.misses.map(([what, key]) => `- ${what}: ${why(key)}`).join("\n") : "None.";
}
