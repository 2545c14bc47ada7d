// A Socket.IO server like any other, with the original's rooms and a lobby: it speaks no extension of ours,
// remembers nobody who disconnects, and lets tests break what is under way.
import { createServer } from "node:http";
import { Server } from "socket.io";

export class PlainServer {
  /** What arrived, as [event, ...arguments]. */
  arrived = [];
  #owners = new Map(); // room -> how many sockets hold it open
  #waiting = []; // {room, socket, answer}

  static async start(options) {
    const server = new PlainServer();
    server.http = createServer();
    server.io = new Server(server.http, options);
    server.io.on("connection", (socket) => server.#serve(socket));
    await new Promise((resolve) => server.http.listen(0, "127.0.0.1", resolve));
    server.port = server.http.address().port;
    server.url = `http://127.0.0.1:${server.port}`;
    return server;
  }

  get sockets() {
    return [...this.io.sockets.sockets.values()];
  }

  breakConnections() {
    for (const { conn } of this.sockets) conn.close();
  }

  stop() {
    return new Promise((resolve) => this.io.close(resolve));
  }

  #serve(socket) {
    const mine = new Set();
    socket.join("lobby");
    socket.onAny((...event) => this.arrived.push(event.filter((item) => typeof item !== "function")));
    socket.on("keep-in-server", (room, answer) => {
      if (!mine.has(room)) this.#owners.set(room, (this.#owners.get(room) ?? 0) + 1);
      mine.add(room);
      this.#seat(socket, room);
      answer?.();
      for (const one of this.#waiting.filter((other) => other.room === room)) this.#admit(one);
    });
    socket.on("get-session-info", (room, answer) => {
      const question = { room, socket, answer };
      this.#waiting.push(question);
      if (this.#owners.get(room)) this.#admit(question);
    });
    socket.on("message", (message) => {
      const rooms = [...socket.rooms].filter((room) => room !== socket.id);
      socket.to(rooms).emit("message", message);
    });
    socket.on("echo", (...event) => event.pop()(...event));
    socket.on("disconnect", () => {
      this.#waiting = this.#waiting.filter((one) => one.socket !== socket);
      for (const room of mine) this.#owners.set(room, this.#owners.get(room) - 1);
    });
  }

  #admit(question) {
    this.#waiting = this.#waiting.filter((one) => one !== question);
    this.#seat(question.socket, question.room);
    question.answer?.(question.room);
  }

  #seat(socket, room) {
    socket.leave("lobby");
    socket.join(`room ${room}`);
  }
}
