// Makes results.jsonl of what a run has measured, or puts that into one: called by ../run.sh.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ofRun, putInto, readResults, writeResults } from "./results.mjs";

const text = { type: "string", default: "" };
const list = { type: "string", multiple: true, default: [] };
const { values: options } = parseArgs({
  options: {
    folder: text, // with report/measured.jsonl
    into: { type: "boolean" }, // into the report/results.jsonl that is there
    order: text, // all rows' names
    mode: text,
    load: text,
    commit: text,
    command: text,
    server: list, // name=command
    failed: list,
    micro: { type: "boolean", default: false },
  },
});

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
const machine = () =>
  `${os.cpus()[0].model}, ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}; ` +
  `${version("g++", "--version")}; Node ${process.version}, socket.io ${socketIo()}`;

const split = (pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
const run = {
  run: 0, // known when it is put into its place
  commit: options.commit || "unknown",
  date: new Date().toISOString().slice(0, 10),
  mode: options.mode,
  machine: machine(),
  load: options.load,
  command: options.command,
  servers: Object.fromEntries(options.server.map(split).sort()),
  micro: options.micro,
  failed: options.failed,
};

const file = path.join(options.folder, "report", "results.jsonl");
const { results: rows } = readResults(path.join(options.folder, "report", "measured.jsonl"));
const order = options.order.split(" ").filter(Boolean);
if (options.into) {
  writeResults(file, putInto(readResults(file), run, rows, order));
} else {
  const whole = { ...run, run: 1, micro: run.micro && !run.failed.includes("micro") };
  writeResults(file, { runs: [whole], results: rows.map((row) => ofRun(row, 1)) });
}
