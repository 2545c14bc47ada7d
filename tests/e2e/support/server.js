// The server under test as a child process: started on free ports, watched through its log, its
// admin listener and /proc. Knows nothing of sockets and rooms.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { eventually, patience, usualDeadline, within } from "./deadline.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");

/**
 * SIGNALER_PEER=reference runs the suite against a socket.io 4.8 server with the same rooms: the
 * proof that a test asks for what the protocol says and not for what our server happens to do.
 */
export const isReference = process.env.SIGNALER_PEER === "reference";

/** For the `skip` of a test: reasons where the reference legitimately does something else. */
export const unlessReference = (reason) => (isReference ? `reference: ${reason}` : false);

const modes = {
  "one-thread": { threads: 1 },
  "two-threads": { threads: 2 },
  "stock-scheduler": { threads: 2, scheduler: "stock" },
};
export const modeNames = Object.keys(modes);
export const mode = process.env.SIGNALER_MODE ?? "one-thread";
if (!(mode in modes)) throw new Error(`SIGNALER_MODE is none of ${modeNames.join(", ")}`);

/** The command that starts the server, without its options. */
export function command() {
  if (isReference) {
    return [process.execPath, "--expose-gc", path.join(root, "bench/peers/socketio-rooms.mjs")];
  }
  const preset = path.join(root, "build/release/net/reliable-signaler");
  return [path.resolve(process.env.SIGNALER_BINARY ?? preset)];
}

/** The same for the program with a server in it, from the same build. */
export function embeddingCommand() {
  return [path.resolve(command()[0], "../../tests/embedding/embedding_server")];
}

const gauges = [
  "connections",
  "sessions",
  "held_sessions",
  "sockets",
  "rooms",
  "seats",
  "lobby_members",
  "parked",
  "actors",
  "timers",
  "queued_bytes",
];

/** Options as an object: `{ "ping-interval": "300ms", "exclusive-rooms": true }`. */
const flags = (options) =>
  Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));

/** Runs the binary to its end, for command lines that are not meant to serve. */
export async function run(args) {
  const [program, ...rest] = command();
  const child = spawn(program, [...rest, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  }
  const ended = new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
  try {
    return await within(ended, `exit of ${args.join(" ")}`);
  } finally {
    child.kill("SIGKILL");
  }
}

/** Those that run: none outlives the tests, however they end. */
const children = new Set();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

export class Server {
  /** Parsed log lines, and what else came on stderr: nothing, or the report of a sanitizer. */
  log = [];
  noise = [];
  /** What it tells people, on stdout. */
  said = [];

  static async start(options = {}, launched = command()) {
    const given = {
      address: "127.0.0.1",
      port: 0,
      "admin-port": 0,
      "log-format": "json",
      // What is lost is gone at once, unless a suite is about coming back.
      grace: "0ms",
      ...modes[mode],
      ...options,
    };
    const server = new Server(flags(given), launched);
    try {
      await server.#hears(given["admin-port"] !== undefined);
    } catch (error) {
      server.kill();
      throw error;
    }
    return server;
  }

  async #hears(withAdmin) {
    const listening = await this.logged("listening");
    this.port = listening.port;
    this.secure = listening.tls;
    if (withAdmin) this.adminPort = (await this.logged("admin_listening")).port;
  }

  constructor(args, [program, ...rest]) {
    assert.ok(existsSync(program), `no server at ${program}: build it or set SIGNALER_BINARY`);
    this.child = spawn(program, [...rest, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.pid = this.child.pid;
    for (const name of ["stdout", "stderr"]) {
      const lines = readline.createInterface({ input: this.child[name] });
      lines.on("line", (line) => this.#read(line, name === "stderr"));
    }
    this.exited = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    });
    children.add(this.child);
    this.child.once("close", () => children.delete(this.child));
  }

  #read(line, isNoise) {
    try {
      this.log.push(JSON.parse(line));
    } catch {
      (isNoise ? this.noise : this.said).push(line);
    }
  }

  get url() {
    return `${this.secure ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** The first log line with this event for which `matches` holds, now or later. */
  async logged(event, matches = () => true) {
    const find = () => this.log.find((line) => line.event === event && matches(line));
    const gone = () => this.child.exitCode !== null || this.child.signalCode !== null;
    const what = () => `"${event}" in the log; noise: ${this.noise.join("\n")}`;
    await eventually(what, () => find() || gone());
    assert.ok(find(), `the server ended without "${event}" in the log: ${this.noise.join("\n")}`);
    return find();
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  stats() {
    return adminGet(this.adminPort, "/stats").then((response) => JSON.parse(response.body));
  }

  /** What has happened since the start. */
  totals() {
    return adminGet(this.adminPort, "/totals").then((response) => JSON.parse(response.body));
  }

  /** Those numbers of /stats that come back when everybody is gone; others only count upwards. */
  async gauges() {
    const seen = await this.stats();
    return Object.fromEntries(
      gauges.filter((name) => name in seen).map((name) => [name, seen[name]]),
    );
  }

  /** Waits until /stats says `expected`: an object of numbers, or a function that judges. */
  async statsBecome(expected, deadline = usualDeadline) {
    const agrees =
      typeof expected === "function"
        ? expected
        : (seen) => Object.keys(expected).every((key) => seen[key] === expected[key]);
    let seen;
    const what = () => `/stats ${JSON.stringify(expected)}, last seen ${JSON.stringify(seen)}`;
    return eventually(what, async () => agrees((seen = await this.stats())) && seen, deadline);
  }

  /** Bytes of memory that belong to the process alone (no files, no shared pages). */
  residentBytes() {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  /** Sanitizers reserve terabytes and keep freed memory: resident memory then says nothing. */
  get isSanitized() {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^VmSize:\s+(\d+) kB$/m.exec(status)[1]) > 2 ** 30;
  }

  /** How many ms late its end may be seen: on a busy machine, and where leaks are looked for first. */
  get lateness() {
    return 2000 * patience + (this.isSanitized ? 10_000 : 0);
  }

  kill() {
    this.child.kill("SIGKILL");
  }

  async stop() {
    this.child.kill("SIGTERM");
    const exit = await within(this.exited, "exit after SIGTERM");
    assert.deepEqual(exit, { code: 0, signal: null }, this.noise.join("\n"));
  }
}

/** One GET on a fresh connection. */
function adminGet(port, url) {
  const answer = new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: url, agent: false };
    const request = http.get(options, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    });
    request.on("error", reject);
  });
  return within(answer, `answer to ${url} on the admin port`);
}
