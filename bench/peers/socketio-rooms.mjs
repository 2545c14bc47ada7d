// A socket.io 4.8 server with the same rooms as ours, tuned as its own documentation advises. Not a
// product: it is the other side of the benchmark, and the yardstick of the end-to-end tests.
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const text = (value) => ({ type: "string", default: value });
const { values: options } = parseArgs({
  strict: false,
  options: {
    address: text("127.0.0.1"),
    port: text("8080"),
    "admin-port": text(""),
    path: text("/socket.io/"),
    origins: text("*"),
    lobby: text("true"),
    "exclusive-rooms": { type: "boolean" },
    "ping-interval": text("25s"),
    "ping-timeout": text("20s"),
    "upgrade-timeout": text("10s"),
    "connect-timeout": text("45s"),
    "max-payload": text("1000000"),
    recovery: { type: "boolean" },
  },
});

const milliseconds = (duration) => {
  const [, digits, unit] = /^(\d+)(ms|s|min)$/.exec(duration);
  return Number(digits) * { ms: 1, s: 1000, min: 60000 }[unit];
};

const announce = (event, more) => console.log(JSON.stringify({ event, ...more }));

const http = createServer((request, response) => {
  const found = request.url === "/healthz";
  response.writeHead(found ? 200 : 404, { "Content-Type": "text/plain" }).end(found ? "ok" : "");
});

const io = new Server(http, {
  path: options.path,
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  cors: { origin: options.origins === "*" ? "*" : options.origins.split(",") },
  pingInterval: milliseconds(options["ping-interval"]),
  pingTimeout: milliseconds(options["ping-timeout"]),
  upgradeTimeout: milliseconds(options["upgrade-timeout"]),
  connectTimeout: milliseconds(options["connect-timeout"]),
  maxHttpBufferSize: Number(options["max-payload"]),
  ...(options.recovery ? { connectionStateRecovery: { maxDisconnectionDuration: 120000 } } : {}),
});

// Socket.IO's memory advice: the first HTTP request of a connection is not needed again.
io.engine.on("connection", (connection) => {
  connection.request = null;
});

const lobby = "lobby";
const owners = new Map(); // room id -> sockets that hold it open
const parked = new Map(); // room id -> socket -> the answer it waits for
let seats = 0;
let questions = 0;

const isRoomId = (id) => typeof id === "string" && id !== "" && Buffer.byteLength(id) <= 256;

const refuse = (socket, event, room, code, message) =>
  socket.emit("signaler-error", { event, room, code, message });

function takeSeat(socket, room) {
  if (socket.data.rooms.has(room)) return;
  if (socket.data.rooms.size === 0) socket.leave(lobby);
  socket.data.rooms.add(room);
  socket.join(`room:${room}`);
  seats += 1;
}

function open(socket, room, event, answer) {
  if (!isRoomId(room)) return refuse(socket, event, undefined, "bad-room-id", "not a room id");
  let holders = owners.get(room);
  if (options["exclusive-rooms"] && holders && !holders.has(socket)) {
    return refuse(socket, event, room, "room-taken", "this room has an owner");
  }
  if (!holders) owners.set(room, (holders = new Set()));
  holders.add(socket);
  takeSeat(socket, room);
  forget(socket, room);
  const waiting = parked.get(room);
  parked.delete(room);
  for (const [joiner, answerJoiner] of waiting ?? []) {
    questions -= 1;
    joiner.data.asked.delete(room);
    takeSeat(joiner, room);
    answerJoiner?.(room);
  }
  answer?.();
}

function ask(socket, room, answer) {
  if (!isRoomId(room)) {
    return refuse(socket, "get-session-info", undefined, "bad-room-id", "not a room id");
  }
  if (owners.has(room)) {
    takeSeat(socket, room);
    answer?.(room);
    return;
  }
  if (!parked.has(room)) parked.set(room, new Map());
  if (!parked.get(room).has(socket)) questions += 1;
  parked.get(room).set(socket, answer);
  socket.data.asked.add(room);
}

function forget(socket, room) {
  if (!socket.data.asked.delete(room)) return;
  questions -= 1;
  parked.get(room).delete(socket);
  if (parked.get(room).size === 0) parked.delete(room);
}

function leave(socket) {
  for (const room of socket.data.asked) forget(socket, room);
  for (const room of socket.data.rooms) {
    seats -= 1;
    const holders = owners.get(room);
    if (holders?.delete(socket) && holders.size === 0) owners.delete(room);
  }
}

io.on("connection", (socket) => {
  socket.data.rooms = new Set();
  socket.data.asked = new Set();
  if (options.lobby !== "false") socket.join(lobby);
  const opens = (event) => (room, answer) =>
    open(socket, room, event, typeof answer === "function" ? answer : undefined);
  socket.on("keep-in-server", opens("keep-in-server"));
  socket.on("keep-session", opens("keep-session"));
  socket.on("get-session-info", (room, answer) =>
    ask(socket, room, typeof answer === "function" ? answer : undefined),
  );
  socket.on("message", (...args) => {
    const { rooms } = socket.data;
    if (typeof args.at(-1) === "function") args.pop();
    if (rooms.size === 0) {
      if (options.lobby !== "false") socket.to(lobby).emit("message", ...args);
      return;
    }
    let target = socket;
    for (const room of rooms) target = target.to(`room:${room}`);
    target.emit("message", ...args);
  });
  socket.on("disconnect", () => leave(socket));
});

const stats = () => ({
  sessions: io.engine.clientsCount,
  held_sessions: 0,
  sockets: io.sockets.sockets.size,
  rooms: owners.size,
  seats,
  parked: questions,
  actors: 0,
  timers: 0,
  queued_bytes: 0,
  kept_bytes: 0,
});

// The benchmark collects garbage before it weighs memory, so that garbage is not counted as need.
function admin(request, response) {
  if (request.url === "/collect-garbage") globalThis.gc?.();
  response.writeHead(200, { "Content-Type": "application/json", Connection: "close" });
  response.end(JSON.stringify(stats()));
}

http.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
// As many may wait to be accepted as with ours (net/limits.hpp): with Node's default of 511 a storm
// would measure how the kernel repeats SYNs, not this server.
const backlog = 4096;
http.listen({ port: Number(options.port), host: options.address, backlog }, () => {
  announce("listening", { ...http.address(), tls: false });
});
if (options["admin-port"] !== "") {
  const listener = createServer(admin).listen(Number(options["admin-port"]), "127.0.0.1", () =>
    announce("admin_listening", listener.address()),
  );
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    process.once(signal, () => process.exit(1));
    io.close(() => process.exit(0));
  });
}
