// What the npm package reliable-signaler did in 2014, on socket.io 4.8: rooms are names in an object,
// who asks too early is looked after once a second, and a message goes to every other socket. Not
// fair as a rival; it shows where users come from.
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server } from "socket.io";

const { values: options } = parseArgs({
  strict: false,
  options: { port: { type: "string", default: "8080" } },
});

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, { serveClient: false, perMessageDeflate: false });
const sessions = new Map();

io.on("connection", (socket) => {
  let opened = null;
  socket.on("keep-in-server", (room, answer) => {
    opened = room;
    sessions.set(room, socket.id);
    answer?.();
  });
  socket.on("get-session-info", function ask(room, answer) {
    if (sessions.has(room)) answer?.(room);
    else setTimeout(ask, 1000, room, answer);
  });
  socket.on("message", (message) => socket.broadcast.emit("message", message));
  socket.on("disconnect", () => sessions.delete(opened));
});

// As many may wait to be accepted as with ours (net/limits.hpp): Node's default is 511.
const backlog = 4096;
http.listen({ port: Number(options.port), host: "127.0.0.1", backlog }, () => {
  console.log(JSON.stringify({ event: "listening", port: http.address().port }));
});
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(0));
