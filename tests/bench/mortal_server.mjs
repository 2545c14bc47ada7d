// A small Socket.IO server for --launch whose end can be chosen: node mortal_server.mjs KEY=VALUE...
//   port=N             where to listen [0]
//   at=KIND:N          the Nth message or seat since the probe makes it end ...
//   by=SIGNAL          ... by this signal to itself [SIGKILL]
//   starts=FILE        counts its starts there
//   turns-away=N       at the Nth start it turns away everybody but the first four
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fakeServer, seatOrRelay } from "./harness.mjs";

const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.split("=")));
const [kind, count] = (options.at ?? "never:0").split(":");

let starts = 0;
if (options.starts) {
  starts = existsSync(options.starts) ? Number(readFileSync(options.starts, "utf8")) + 1 : 1;
  writeFileSync(options.starts, String(starts));
}
const turnsAway = starts > 0 && starts === Number(options["turns-away"]);

const seen = { message: 0, seat: 0 };
const staying = new Set(); // the first four sockets that come in
let isEnding = false;

function reply(text, socket, all) {
  // What came in the same batch finds no answer, or it would end after all had been said.
  if (isEnding) return;
  if (text === "40" && staying.size < 4) staying.add(socket);
  if (turnsAway && !staying.has(socket)) return socket.terminate();
  seatOrRelay(text, socket, all);
  if (text.includes('"probe-')) return;
  if (text.startsWith('42["message"')) seen.message += 1;
  else if (text.startsWith("42")) seen.seat += 1;
  else return;
  // What it said last has left by then.
  if (seen[kind] !== Number(count)) return;
  isEnding = true;
  setImmediate(() => process.kill(process.pid, options.by ?? "SIGKILL"));
}

const { port } = await fakeServer(reply, Number(options.port ?? 0));
// Spaces as other writers of JSON put them.
console.log(`{ "event": "listening", "port": ${port} }`);
