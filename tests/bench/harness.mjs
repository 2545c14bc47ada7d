// Runs signaler-bench for tests, and a small Socket.IO server whose faults can be chosen. No tests.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { WebSocketServer } = createRequire(new URL("../e2e/package.json", import.meta.url))("ws");

export const server = (options = "") =>
  `--launch=ours=${process.env.SIGNALER_BINARY} --address=127.0.0.1 --port={port} --threads=1 ` +
  `--log-format=json ${options}`;

/** Starts it; `done` holds its exit code, parsed lines of results, and what it told people. */
export function start(...args) {
  return watch(spawn(process.env.SIGNALER_BENCH, args, { stdio: ["ignore", "pipe", "pipe"] }));
}

/** The same by the shell, which sends its output elsewhere. */
export const redirected = (redirection, ...args) =>
  watch(spawn("sh", ["-c", `exec "$0" "$@" ${redirection}`, process.env.SIGNALER_BENCH, ...args])).done;

function watch(child) {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  }
  const results = () => output.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const done = once(child, "close").then(([code]) => ({
    code,
    said: output.stderr,
    text: output.stdout,
    results,
  }));
  return { child, done };
}

export const bench = (...args) => start(...args).done;

const mortal = fileURLToPath(new URL("mortal_server.mjs", import.meta.url));

/** A server that ends as it is told to: see mortal_server.mjs. */
export const mortalServer = (...options) =>
  `--launch=mortal=${process.execPath} ${mortal} port={port} ${options.join(" ")}`;

/** Everything that is said to it is answered by `reply(text, socket, all)`. */
export async function fakeServer(reply, port = 0) {
  let torn = false;
  const http = createServer((_, response) => {
    if (!torn) response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => {
    socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}');
    socket.on("message", (data) => reply(String(data), socket, sockets.clients));
    socket.on("error", () => {});
  });
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  return {
    port: http.address().port,
    target: `--target=fake=http://127.0.0.1:${http.address().port}`,
    /** As a process that is being killed: its connections are gone, but it seems to listen. */
    tearDown() {
      torn = true;
      for (const socket of sockets.clients) socket.terminate();
    },
    end() {
      http.close();
      http.closeAllConnections();
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** For `fakeServer`: seats everybody, and relays to all. */
export function seatOrRelay(text, socket, all) {
  if (text === "40") socket.send('40{"sid":"y"}');
  const [, id] = /^42(\d+)\["(?:keep-in-server|get-session-info)"/.exec(text) ?? [];
  if (id) socket.send(`43${id}["room"]`);
  if (!text.startsWith('42["message"')) return;
  for (const other of all) if (other !== socket) other.send(text);
}
