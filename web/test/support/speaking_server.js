// A stand-in that speaks version 1 of the extension, as far as the script needs to be shown it: one
// room for everybody, sessions known by token, numbers taken once. Its memory outlives its sockets.
import { createServer } from "node:http";
import { Server } from "socket.io";

export class SpeakingServer {
  /** What arrived, as {id, event, args, numbered}, repetitions included. */
  arrived = [];
  announcements = [];
  /** What CONNECT packets said, announcements included. */
  shown = [];
  epoch = "e1";
  acknowledges = true;
  greets = true;
  /** As if the line were slow: what is said behind the answer to CONNECT waits for release(). */
  holdsBack = false;
  #held = []; // calls
  sessions = new Map(); // token -> {id, taken}
  #count = 0; // sessions that ever were
  /** Whether it answers who asks for a new token. */
  renews = true;
  /** What it does right behind a greeting, as `afterGreeting(socket)`. */
  afterGreeting = () => {};

  /** `hello`: what greetings say beside the usual; `options`: of Socket.IO. */
  static async start(hello = {}, options = {}) {
    const server = new SpeakingServer();
    server.hello = hello;
    server.http = createServer();
    server.io = new Server(server.http, options);
    server.io.on("connection", (socket) => server.#greet(socket));
    await new Promise((resolve) => server.http.listen(0, "127.0.0.1", resolve));
    server.port = server.http.address().port;
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  /**
   * All connections break; sessions stay, unless `forgets`: then it is as after a crash. `disowns`: no token
   * of before counts any more.
   */
  breakConnections({ forgets = false, disowns = false } = {}) {
    if (disowns) this.sessions.clear();
    if (forgets) {
      this.epoch = "e2";
      for (const session of this.sessions.values()) session.taken = 0;
    }
    for (const socket of this.io.sockets.sockets.values()) socket.conn.close();
  }

  /** An event with an id of its own, to everybody. */
  tell(event, ...args) {
    this.io.emit(event, ...args);
  }

  stop() {
    return new Promise((resolve) => this.io.close(resolve));
  }

  #delay({ conn }) {
    const write = conn.write.bind(conn);
    conn.write = (...packet) => {
      if (this.holdsBack) this.#held.push(() => write(...packet));
      else write(...packet);
      return conn;
    };
  }

  #greet(socket) {
    this.#delay(socket);
    this.shown.push(socket.handshake.auth);
    const announced = socket.handshake.auth.signaler;
    this.announcements.push(announced);
    const isNew = !this.sessions.has(announced?.token);
    if (isNew) this.#count += 1;
    const token = isNew ? `token ${this.#count}` : announced.token;
    if (isNew) this.sessions.set(token, { id: `id${this.#count}`, taken: 0 });
    const session = this.sessions.get(token);
    socket.onAny((event, ...args) => this.#take(socket, session, event, args));
    socket.data.hello = () => ({
      v: 1,
      epoch: this.epoch,
      id: session.id,
      token,
      taken: session.taken,
      recovered: !isNew && this.epoch === "e1",
      ...this.hello,
    });
    if (!this.greets) return;
    socket.emit("signaler-hello", socket.data.hello());
    this.afterGreeting(socket);
  }

  /** What was held back arrives. */
  release() {
    this.holdsBack = false;
    for (const write of this.#held.splice(0)) write();
  }

  /** To those who were not greeted when they came. */
  greetLate() {
    for (const socket of this.io.sockets.sockets.values())
      socket.emit("signaler-hello", socket.data.hello());
  }

  #renew(session) {
    const [token] = [...this.sessions].findLast(([, one]) => one === session);
    this.sessions.set(`${token}, renewed`, session);
    return `${token}, renewed`;
  }

  #take(socket, session, event, args) {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const numbered = Number.isInteger(args.at(-1)?.n) ? args.pop() : null;
    this.arrived.push({ id: session.id, event, args, numbered });
    if (event === "keep-in-server") {
      const token = args[1] ? `${args[1].token}, renewed` : `token of ${args[0]}`;
      return ack({ ok: true, room: args[0], role: "owner", token });
    }
    if (event === "signaler-renew") return this.renews && ack({ ok: true, token: this.#renew(session) });
    if (event === "get-session-info") return ack({ ok: true, room: args[0], role: "member" });
    if (event === "leave-room" || event === "cancel-wait") return ack({ ok: true });
    if (numbered && numbered.n > session.taken) {
      session.taken = numbered.n;
      if (event === "message") {
        socket.broadcast.emit("message", ...args, `${this.epoch}.${session.id}.${numbered.n}`);
      }
    }
    if (this.acknowledges) ack();
  }
}
