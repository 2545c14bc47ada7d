// Server CPU and memory per operation: ours and a socket.io 4.8 server with the same rooms, both
// alive in the same run, each on core 0 in turn, the load on core 1 (see run.sh). Windows are short
// and alternate; ratios are formed inside each round, so that what the machine does besides meets
// both alike. Prints a table; --json=FILE writes the same with every round.
import { existsSync, writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { churn, idle, Pairs } from "./load.mjs";
import { ServerProcess } from "./server_process.mjs";

const text = (value) => ({ type: "string", default: value });
const { values: options } = parseArgs({
  options: {
    rounds: text("9"),
    window: text("1000"), // milliseconds
    pairs: text("100"),
    width: text("4"), // messages under way per pair
    idle: text("2000"), // connections
    json: text(""),
  },
});
const [rounds, milliseconds, pairCount, width, idleCount] = [
  options.rounds,
  options.window,
  options.pairs,
  options.width,
  options.idle,
].map(Number);

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const binary = process.env.SIGNALER_BINARY ?? here("../build/release/net/reliable-signaler");
if (!existsSync(binary)) {
  console.error(`no server at ${binary}: build it or set SIGNALER_BINARY`);
  process.exit(1);
}
const commands = {
  ours: [binary, "--threads=1"],
  peer: [process.execPath, "--expose-gc", here("peers/socketio-rooms.mjs")],
};

const startBoth = async () => ({
  ours: await ServerProcess.start("ours", commands.ours, 0),
  peer: await ServerProcess.start("peer", commands.peer, 0),
});

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Microseconds of server CPU per operation in one window. */
async function measure(server, load) {
  const before = server.cpu();
  const begun = performance.now();
  const operations = await load();
  const seconds = (performance.now() - begun) / 1000;
  return { cpu: (server.cpu() - before) / 1000 / operations, rate: operations / seconds };
}

/** Alternating windows; which server comes first alternates too. The first round only warms up. */
async function compare(loads, servers) {
  const results = [];
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 ? ["ours", "peer"] : ["peer", "ours"];
    const result = {};
    for (const name of order) result[name] = await measure(servers[name], loads[name]);
    if (round > 0) results.push({ ...result, ratio: result.peer.cpu / result.ours.cpu });
  }
  const column = (pick) => median(results.map(pick));
  return {
    unit: "µs of server CPU",
    ours: column((result) => result.ours.cpu),
    peer: column((result) => result.peer.cpu),
    ratio: column((result) => result.ratio),
    rates: { ours: column((r) => r.ours.rate), peer: column((r) => r.peer.rate) },
    results,
  };
}

async function compareCpu() {
  const servers = await startBoth();
  const each = (load) => ({ ours: () => load("ours"), peer: () => load("peer") });
  const churned = await compare(
    each((name) => churn(servers[name].port, milliseconds)),
    servers,
  );
  const pairs = {
    ours: await Pairs.meet(servers.ours.port, pairCount),
    peer: await Pairs.meet(servers.peer.port, pairCount),
  };
  const relayed = await compare(
    each((name) => pairs[name].relay(milliseconds, width)),
    servers,
  );
  for (const server of Object.values(servers)) server.stop();
  return { churned, relayed };
}

/** Bytes per idle connection, on servers that have done nothing before but serve a few. */
async function weigh() {
  const servers = await startBoth();
  const bytes = {};
  for (const [name, server] of Object.entries(servers)) {
    await idle(server.port, 10);
    await server.admin("/collect-garbage");
    const before = server.resident();
    await idle(server.port, idleCount);
    await server.admin("/collect-garbage");
    bytes[name] = (server.resident() - before) / idleCount;
  }
  for (const server of Object.values(servers)) server.stop();
  return { unit: "bytes resident", ...bytes, ratio: bytes.peer / bytes.ours };
}

const { churned, relayed } = await compareCpu();
const report = {
  machine: `${os.cpus()[0].model}, ${os.cpus().length} cores, Linux ${os.release()}`,
  node: process.version,
  options,
  "connect, open a room, disconnect": churned,
  "relay one message in a pair": relayed,
  "idle connection in a room": await weigh(),
};

const cell = (value) => value.toFixed(value < 100 ? 1 : 0).padStart(10);
console.log(`${report.machine}, node ${report.node}`);
const titles = ["ours".padStart(10), "socket.io".padStart(10), "ratio".padStart(8)];
console.log(`${"".padEnd(36)}${titles.join("")}`);
for (const [name, row] of Object.entries(report)) {
  if (!row.unit) continue;
  const ratio = row.ratio.toFixed(2).padStart(8);
  console.log(`${name.padEnd(36)}${cell(row.ours)}${cell(row.peer)}${ratio}  ${row.unit}`);
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
process.exit(0);
