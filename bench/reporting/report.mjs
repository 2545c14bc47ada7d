// Makes report.md and its plots from report/results.jsonl. Measures nothing.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bounds, race } from "./race.mjs";
import { bars, lines } from "./svg.mjs";

const text = { type: "string", default: "" };
const { values: options } = parseArgs({
  options: { folder: text, mode: text, load: text, commit: text, failed: text },
});
const plots = path.join(options.folder, "report");
const results = readFileSync(path.join(plots, "results.jsonl"), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

const find = (label, server) =>
  results.find((result) => result.label === label && result.server === server);
const digits = (value, count = 3) =>
  value === undefined || value === null ? "-" : Number(value.toPrecision(count)).toLocaleString("en");
const spread = (values, count) =>
  values ? `${digits(values.median, count)} (${digits(values.q1, count)}–${digits(values.q3, count)})` : "-";
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const verdict = (isGood) => (isGood ? "yes" : "**no**");

/** The ratio of costs of two servers in a row, and whether it keeps its bound. */
function compared(label, one, other, isGood) {
  const ratio = find(label, one)?.ratios[other];
  return ratio ? `${spread(ratio)}: ${verdict(isGood(ratio.median))}` : "not measured";
}

function raceTable() {
  const rows = race.map(({ label, name, floor, rival }) => [
    name,
    ...["ours", "floor", "socket.io"].map((server) => spread(find(label, server)?.cpu_us)),
    `${compared(label, "ours", "floor", (value) => value <= floor)} (at most ${floor})`,
    `${compared(label, "socket.io", "ours", (value) => value >= rival)} (at least ${rival})`,
  ]);
  const head = ["scenario", "ours, µs", "floor, µs", "socket.io, µs", "ours / floor", "socket.io / ours"];
  return table(head, rows);
}

const figure = (label, server, name) => find(label, server)?.figures[name];

function idleTable() {
  const bytes = (server) => figure("idle", server, "bytes_per_connection")?.median;
  const rows = ["ours", "floor", "socket.io"]
    .filter((server) => find("idle", server))
    .map((server) => [
      server,
      digits(bytes(server), 4),
      digits(bytes(server) / bytes("floor")),
      digits(figure("idle", server, "cpu_us_per_connection_and_second")?.median),
    ]);
  const head = ["server", "bytes of private memory", "times the floor's", "µs of CPU a second, at rest"];
  const limit = `At most ${bounds.idle} times the floor's: `;
  return `${table(head, rows)}\n\n${limit}${verdict(bytes("ours") / bytes("floor") <= bounds.idle)}.`;
}

/** What is bounded in other units than CPU time. */
function promiseTable() {
  const servers = ["ours", "floor", "socket.io"];
  const median = (label, server, name) => figure(label, server, name)?.median;
  const rows = [["storm-reset", "reset of all"], ["storm-kill", "crash and restart"]].map(([label, what]) => {
    const times = servers.map((server) => median(label, server, "all_back_ms"));
    const sooner = times[2] / times[0];
    const failed = median(label, "ours", "failed_handshakes");
    return [
      `storm, ${what}: all back after, ms`,
      ...servers.map((server, index) => (find(label, server)?.errors ? "more than " : "") + digits(times[index])),
      sooner > 0
        ? `${digits(sooner)} times sooner than socket.io: ${verdict(sooner >= bounds.storm)} (at least ${bounds.storm}); failed handshakes: ${digits(failed)}`
        : "not measured",
    ];
  });
  const awake = servers.map((server) => median("parked-1000", server, "last_awake_ms"));
  rows.push([
    "1,000 parked: the last one awake after, ms",
    ...awake.map((value) => digits(value)),
    awake[0] ? `${verdict(awake[0] <= bounds.lastAwakeMs)} (at most ${bounds.lastAwakeMs} ms)` : "not measured",
  ]);
  return table(["what", "ours", "floor", "socket.io", "bound"], rows);
}

/** Latencies in microseconds, for every row that has some. */
function latencyTable() {
  const rows = results
    .filter(({ latency_us: latency }) => latency)
    .map(({ label, server, rate, latency_us: latency, errors, load_cpu_us: load, partial }) => [
      label + (partial ? " (partial)" : ""),
      server,
      digits(rate?.median, 4),
      ...["p50", "p90", "p99", "p99.9", "max"].map((name) => digits(latency[name])),
      digits(load?.median),
      errors,
    ]);
  const head = ["row", "server", "a second", "p50", "p90", "p99", "p99.9", "max", "load's CPU", "errors"];
  return table(head, rows);
}

/** Figures that only some scenarios have. */
function figureTable() {
  const rows = results.flatMap(({ label, server, figures }) =>
    Object.entries(figures)
      .filter(([, { q3 }]) => label !== "idle" && q3 > 0)
      .map(([name, values]) => [label, server, name.replaceAll("_", " "), spread(values)]),
  );
  return rows.length ? table(["row", "server", "figure", "median (quartiles)"], rows) : "None.";
}

/** Google Benchmark's own JSON, of those programs that were run. */
function microTable() {
  const rows = ["wire", "delivery"].flatMap((name) => {
    const file = path.join(plots, `micro-${name}.json`);
    if (!existsSync(file)) return [];
    return JSON.parse(readFileSync(file, "utf8")).benchmarks.map((one) => [
      one.name,
      digits(one.cpu_time),
      digits(one.bytes_per_second && one.bytes_per_second / 2 ** 20),
    ]);
  });
  return rows.length ? table(["what", "ns", "MiB/s"], rows) : "Not measured.";
}

const written = [];
function plot(name, title, svg) {
  writeFileSync(path.join(plots, `${name}.svg`), svg);
  written.push(`![${title}](report/${name}.svg)`);
}

function plotRatios() {
  const rows = race
    .map(({ label, name, floor }) => ({ name, limit: floor, ratio: find(label, "ours")?.ratios.floor }))
    .filter(({ ratio }) => ratio)
    .map(({ name, limit, ratio }) => ({ name, limit, value: ratio.median, low: ratio.q1, high: ratio.q3 }));
  const title = "Server CPU for one operation, in times of the plain Beast server's";
  if (rows.length) plot("ratios", title, bars(title, rows, "times the floor; dashed: the bound"));
}

function plotLatencies(label, name) {
  const nines = (share) => -Math.log10(1 - Math.min(share, 0.99999));
  const series = results
    .filter((result) => result.label === label && result.latency_us)
    .map((result) => ({
      name: result.server,
      points: result.latency_us.curve
        .filter(([share, value]) => value > 0 && share < 1)
        .map(([share, value]) => [nines(share), value]),
    }));
  const xTicks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999].map((share) => [nines(share), `${share * 100} %`]);
  const axes = { xTitle: "share of operations", yTitle: "µs", logY: true, xTicks };
  const title = `Latency: ${name}`;
  if (series.length) plot(`latency-${label}`, title, lines(title, series, axes));
}

function plotMemory() {
  const series = ["ours", "floor", "socket.io"]
    .filter((server) => find("idle", server)?.curve)
    .map((server) => ({
      name: server,
      points: [[0, 0], ...find("idle", server).curve.map(([count, bytes]) => [count, bytes / 2 ** 20])],
    }));
  const axes = { xTitle: "idle connections, two in each room", yTitle: "MiB" };
  const title = "Private memory over connections";
  if (series.length) plot("memory", title, lines(title, series, axes));
}

/** How cost grows: rows whose label is `prefix` and a number. */
function plotGrowth(prefix, title, xTitle) {
  const servers = new Map();
  for (const { label, server, cpu_us: cpu } of results) {
    if (!label.startsWith(prefix) || !cpu) continue;
    if (!servers.has(server)) servers.set(server, []);
    servers.get(server).push([Number(label.slice(prefix.length)), cpu.median]);
  }
  const series = [...servers].map(([name, points]) => ({ name, points: points.sort(([a], [b]) => a - b) }));
  const axes = { xTitle, yTitle: "µs of server CPU" };
  if (series.length) plot(prefix.replace(/-$/, ""), title, lines(title, series, axes));
}

const version = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: "utf8" }).split("\n")[0];
  } catch {
    return `${command}: not there`;
  }
};
const socketIo = () =>
  JSON.parse(readFileSync(new URL("../node_modules/socket.io/package.json", import.meta.url))).version;

const machine = () => `${os.cpus()[0].model}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, \
Linux ${os.release()}; ${version("g++", "--version")}; Node ${process.version}, socket.io ${socketIo()}. \
Load average when the run began: ${options.load || "unknown"} (more than about 0.5 means that others were at work).`;

function partly() {
  const bad = results.filter(({ partial }) => partial).map(({ label, server }) => `${label} (${server})`);
  const missing = options.failed ? `Rows that failed: ${options.failed}. ` : "";
  return missing + (bad.length ? `Partial: ${[...new Set(bad)].join(", ")}.` : "");
}

plotRatios();
plotLatencies("open-loop", "open loop, 2,000 messages a second");
plotLatencies("storm-reset", "back in the room after a reset of all");
plotMemory();
plotGrowth("relay-rooms-", "Relay: cost of a message over rooms", "rooms of two");
plotGrowth("churn-beside-", "Churn: cost of a connection over idle ones", "idle connections beside");
plotGrowth("parked-", "Waking parked joiners: cost of each", "joiners waiting");

const two = find("two-threads", "two-threads")?.ratios.ours;
writeFileSync(
  path.join(options.folder, "report.md"),
  `# What an operation costs, measured

Made by \`bench/run.sh\` (${options.mode || "normal"} run) at ${options.commit || "an unknown commit"}, ${new Date().toISOString().slice(0, 10)}. ${partly()}

${machine()}

All servers of a row are alive at once, on core 0; the load is on core 1. Windows alternate between them, a ratio is
formed inside each round, and what stands here are medians with quartiles. \`bench/run.sh --only=ROW\` measures a row
again; [report/results.jsonl](report/results.jsonl) holds everything.

## The race: server CPU for one operation

The floor is a plain Beast server with the same handshake: \`async_write\`, no actors, no validation, no recovery. Ours
validates everything and has recovery on; the socket.io 4.8 server has the same rooms and no recovery.

${raceTable()}

Two threads instead of one, CPU for a relayed message: ${two ? `${spread(two)} times (at most ${bounds.twoThreads}: ${verdict(two.median <= bounds.twoThreads)})` : "not measured"}.
Two cores leave no room to show throughput: the load needs one of them.

## Idle connections

${idleTable()}

## Coming back, and waiting

${promiseTable()}

## Other figures

${figureTable()}

## Latencies

In microseconds. In a closed loop they say how long the queue is, not how quick the server: look at the open loop.
The load's own CPU for one operation must stay well below the server's.

${latencyTable()}

## Parts

CPU time of single steps, without a server ([micro/](micro)): validating and decoding messages, encoding one, giving it to so
many receivers, replaying so many missed events.

${microTable()}

## Plots

${written.join("\n\n")}
`,
);
