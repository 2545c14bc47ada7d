// A TCP proxy whose network can be cut and mended: connections break, new ones are refused.
import { once } from "node:events";
import net from "node:net";

/**
 * Resets a connection. Node does not get over a reset while the socket's own end is on its way: it
 * would hang when the process is to exit.
 */
const breakOff = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

export class Proxy {
  #pairs = new Set();
  #frozen = [];
  #server;
  #target;
  #mode = "whole";
  #longest = Infinity;

  /** Forwards to the port `target`, which may change hands: connections are made one by one. */
  static async start(target) {
    const proxy = new Proxy();
    proxy.#target = target;
    proxy.#server = net.createServer({ noDelay: true }, (near) => proxy.#connect(near));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    proxy.port = proxy.#server.address().port;
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** All connections are reset, and until mend() new ones as well. */
  cut() {
    this.#mode = "cut";
    for (const pair of this.#pairs) for (const socket of pair) breakOff(socket);
  }

  /** Nothing gets through any more, and nobody is told: half-open connections. */
  stall() {
    this.#mode = "stalled";
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  /** The connections there are stall, and nobody is told; new ones work. */
  freeze() {
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
    this.#frozen.push(...this.#pairs);
  }

  /** What froze goes on, late, as if nothing had happened. */
  thaw() {
    for (const pair of this.#frozen.splice(0)) for (const socket of pair) socket.resume();
  }

  /** Connections from now on end when about so many bytes have come from the target; Infinity: never. */
  endAfter(bytes) {
    this.#longest = bytes;
  }

  /** New connections work again; stalled ones are gone. */
  mend() {
    if (this.#mode === "stalled") this.cut();
    this.#mode = "whole";
  }

  async stop() {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connect(near) {
    near.on("error", () => {});
    if (this.#mode === "cut") return breakOff(near);
    if (this.#mode === "stalled") return this.#keep([near.pause()]);
    const far = net.connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pair = [near, far];
    far.on("error", () => {});
    near.pipe(far).pipe(near);
    if (this.#longest < Infinity) this.#limit(near, far, this.#longest);
    this.#keep(pair);
  }

  #limit(near, far, left) {
    far.on("data", ({ length }) => {
      left -= length;
      if (left >= 0) return;
      far.unpipe(near);
      near.end();
    });
  }

  /** Both ends of a connection, or the near one alone; when one closes, the other does. */
  #keep(pair) {
    this.#pairs.add(pair);
    for (const socket of pair) {
      socket.on("close", () => {
        for (const other of pair) other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
