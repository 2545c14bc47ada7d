// Makes report.md and its plots from report/results.jsonl. Measures nothing.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { curves, growths } from "./growth.mjs";
import { bounds, race } from "./race.mjs";
import { reasons } from "./reasons.mjs";
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

/** What has missed its bound so far: [what it is, the key of its reason]. */
const misses = [];
function verdict(isGood, what, key) {
  if (!isGood) misses.push([what, key]);
  return isGood ? "yes" : "**no**";
}

/** The ratio of costs of two servers in a row, and whether it keeps its bound. */
function compared({ label, name }, one, other, isGood) {
  const ratio = find(label, one)?.ratios[other];
  const what = `${name}, ${one} / ${other}`;
  return ratio ? `${spread(ratio)}: ${verdict(isGood(ratio.median), what, `${label} ${one}/${other}`)}` : "not measured";
}

function raceTable() {
  const rows = race.map((row) => [
    row.name,
    ...["ours", "floor", "socket.io"].map((server) => spread(find(row.label, server)?.cpu_us)),
    `${compared(row, "ours", "floor", (value) => value <= row.floor)} (at most ${row.floor})`,
    `${compared(row, "socket.io", "ours", (value) => value >= row.rival)} (at least ${row.rival})`,
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
  const ratio = bytes("ours") / bytes("floor");
  const answer = ratio > 0 ? verdict(ratio <= bounds.idle, "memory of an idle connection", "idle") : "not measured";
  return `${table(head, rows)}\n\nAt most ${bounds.idle} times the floor's: ${answer}.`;
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
        ? `${digits(sooner)} times sooner than socket.io: ${verdict(sooner >= bounds.storm, `storm, ${what}`, label)} (at least ${bounds.storm}); failed handshakes: ${digits(failed)}: ${verdict(failed === 0, `storm, ${what}: failed handshakes`, `${label} failed`)} (none)`
        : "not measured",
    ];
  });
  const awake = servers.map((server) => median("parked-1000", server, "last_awake_ms"));
  rows.push([
    "1,000 parked: the last one awake after, ms",
    ...awake.map((value) => digits(value)),
    awake[0] ? `${verdict(awake[0] <= bounds.lastAwakeMs, "1,000 parked", "parked-1000")} (at most ${bounds.lastAwakeMs} ms)` : "not measured",
  ]);
  const parked = servers.map((server) => median("parked-1000", server, "cpu_us_per_joiner_and_second_parked"));
  rows.push([
    "1,000 parked: µs of CPU a second for each, while they wait",
    ...parked.map((value) => digits(value)),
    parked[0] >= 0
      ? `${verdict(parked[0] <= bounds.parkedCpu, "CPU while parked", "parked-cpu")} (none; below ${bounds.parkedCpu} nothing can be told)`
      : "not measured",
  ]);
  return table(["what", "ours", "floor", "socket.io", "bound"], rows);
}

/** One line for each curve: what an operation costs, and how much more the dearest is than the first. */
function growthTable() {
  const rows = growths.flatMap((growth) =>
    curves(results, growth)
      .filter(({ points }) => points.length > 1)
      .map(({ server, points, factor }) => [
        growth.title,
        server,
        points.map(([count, cost]) => `${digits(count, 5)}: ${digits(cost)}`).join(", "),
        digits(factor),
        server === "ours"
          ? `${growth.wanted}: ${verdict(factor <= growth.most, growth.title, growth.prefix)} (at most ${growth.most})`
          : "",
      ]),
  );
  const head = ["what", "server", "µs of CPU for an operation, by number", "the dearest in times the first", "wanted"];
  return rows.length ? table(head, rows) : "Not measured: `bench/run.sh --quick` has no such rows.";
}

const missed = () =>
  misses.length
    ? misses.map(([what, key]) => `- ${what}: ${reasons[key] ?? "not explained yet."}`).join("\n")
    : "None.";

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

/** Google Benchmark's own JSON, of those programs that were run, and what callgrind counted. */
function microTable() {
  const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined);
  const rows = ["wire", "delivery"].flatMap((name) => {
    const timed = read(path.join(plots, `micro-${name}.json`));
    const counted = read(path.join(plots, `instructions-${name}.json`));
    return (timed?.benchmarks ?? []).map((one) => [
      one.name,
      digits(counted?.[one.name], 4),
      digits(one.cpu_time),
      digits(one.bytes_per_second && one.bytes_per_second / 2 ** 20),
    ]);
  });
  return rows.length ? table(["what", "instructions", "ns", "MiB/s"], rows) : "Not measured.";
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

function plotGrowth(growth) {
  const series = curves(results, growth).map(({ server, points }) => ({ name: server, points }));
  const axes = { xTitle: growth.xTitle, yTitle: "µs of server CPU" };
  if (series.length) plot(growth.prefix.replace(/-$/, ""), growth.title, lines(growth.title, series, axes));
}

const version = (command, ...args) => {
  try {
    return execFileSync(command, args, { encoding: "utf8" }).split("\n")[0];
  } catch {
    return `${command}: not there`;
  }
};
const socketIo = () => {
  const about = new URL("../node_modules/socket.io/package.json", import.meta.url);
  return existsSync(about) ? JSON.parse(readFileSync(about)).version : "not there";
};

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
growths.forEach(plotGrowth);

function twoThreads() {
  const ratio = find("two-threads", "two-threads")?.ratios.ours;
  if (!ratio) return "not measured";
  const answer = verdict(ratio.median <= bounds.twoThreads, "two threads instead of one", "two-threads");
  return `${spread(ratio)} times (at most ${bounds.twoThreads}: ${answer})`;
}

/** What recovery costs: on every message, and when somebody comes back. */
function recoveryTable() {
  const relays = ["recovery-1", "recovery-4"].map((label) => {
    const ratio = find(label, "ours")?.ratios["without-recovery"];
    const what = `relay, 100 pairs, ${label.slice("recovery-".length)} under way: on / off`;
    const answer = ratio && verdict(ratio.median <= bounds.recovery, what, label);
    return [what, spread(find(label, "ours")?.cpu_us), spread(ratio), ratio ? `${answer} (at most ${bounds.recovery})` : "not measured"];
  });
  const anew = find("resume-anew", "ours")?.cpu_us;
  const resumes = [["resume-0", 0], ["resume-5", 5], ["resume", 10]].map(([label, count]) => {
    const cost = find(label, "ours")?.cpu_us;
    const what = `a client back after ${count} missed messages / a new one`;
    const ratio = cost && anew && cost.median / anew.median;
    const bounded = count < 10;
    const answer = ratio && bounded && verdict(ratio <= bounds.resume, what, label);
    return [what, spread(cost), digits(ratio), !ratio ? "not measured" : bounded ? `${answer} (at most ${bounds.resume})` : ""];
  });
  return `${table(["what", "µs", "times", "bound"], [...relays, ...resumes])}\n\nA new one: ${spread(anew)} µs.`;
}

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

Two threads instead of one, CPU for a relayed message: ${twoThreads()}.
Two cores leave no room to show throughput: the load needs one of them.

## Idle connections

${idleTable()}

## Coming back, and waiting

${promiseTable()}

## What recovery costs

Relayed messages: the same server with \`--grace=0\`, in the same windows. Clients that come back: connection, Socket.IO's CONNECT,
and the question for their room, in rows one after the other.

${recoveryTable()}

## How cost grows

${growthTable()}

## Bounds that were missed, and why

${missed()}

## Other figures

${figureTable()}

## Latencies

In microseconds. In a closed loop they say how long the queue is, not how quick the server: look at the open loop.
The load's own CPU for one operation must stay well below the server's.

${latencyTable()}

## Parts

Single steps, without a server ([micro/](micro)): validating and decoding messages, encoding one, giving it to so many
receivers, replaying so many missed events. Instructions are counted under callgrind: the same on every run and under any load.

${microTable()}

## Plots

${written.join("\n\n")}
`,
);
