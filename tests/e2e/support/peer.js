// A person in front of a page: stock socket.io-client, spoken to in the words of the domain.
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { io } from "socket.io-client";
import { eventually, Inbox, within } from "./deadline.js";

/** The three ways in which the stock client can be told to connect. */
export const transports = ["polling", "websocket", "upgrade"];

const transportLists = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

export class Peer {
  /**
   * Connects. With transport "upgrade" it returns after the upgrade, unless `settled` is false:
   * then it returns while the upgrade still goes on. `client` is the `io` of another version. With
   * `keepAlive` false each of its requests has a connection of its own: one that breaks on a connection
   * used before is begun anew by the XMLHttpRequest of Node, and never ended. All other options are the client's.
   */
  static async connect(server, name, { transport = "websocket", settled = true, ...options } = {}) {
    const peer = new Peer(server, name, transport, options);
    await within(peer.connected, `connection of ${name}`);
    if (transport === "upgrade" && settled) await within(peer.upgraded, `upgrade of ${name}`);
    return peer;
  }

  hasVanished = false;

  constructor(server, name, transport, { namespace = "/", client = io, keepAlive = true, ...options }) {
    this.name = name;
    this.messages = new Inbox(`${name}'s messages`);
    this.refusals = new Inbox(`${name}'s refusals`);
    // An agent of its own, so that leaving also closes the connections kept alive for polling.
    const { Agent } = server.secure ? https : http;
    this.agent = new Agent({ keepAlive, rejectUnauthorized: false });
    this.socket = client(server.url + (namespace === "/" ? "" : namespace), {
      agent: this.agent,
      forceNew: true,
      reconnection: false,
      rejectUnauthorized: false,
      transports: transportLists[transport],
      ...options,
    });
    this.socket.on("message", (...args) => this.messages.push(args));
    this.socket.on("signaler-error", (refusal) => this.refusals.push(refusal));
    this.disconnected = new Promise((resolve) => this.socket.once("disconnect", resolve));
    this.connected = new Promise((resolve, reject) => {
      this.socket.once("connect", resolve);
      this.socket.once("connect_error", reject);
    });
    this.connected.catch(() => {});
    this.upgraded = new Promise((resolve) => {
      this.socket.io.once("open", () => this.socket.io.engine.once("upgrade", resolve));
    });
  }

  get transportName() {
    return this.socket.io.engine.transport.name;
  }

  /** Opens the room; what the acknowledgement held (nothing) when it is open. */
  opens(room) {
    return within(this.emits("keep-in-server", room), `room ${label(room)} for ${this.name}`);
  }

  /** Asks for the room; what the acknowledgement held (the room id) once the room is there. */
  asksFor(room) {
    return within(this.emits("get-session-info", room), `answer about ${label(room)}`);
  }

  /** Any event with an acknowledgement; resolves to the acknowledgement's arguments, or never. */
  emits(event, ...args) {
    return new Promise((resolve) =>
      this.socket.emit(event, ...args, (...answer) => resolve(answer)),
    );
  }

  says(...args) {
    this.socket.emit("message", ...args);
  }

  /** The first argument of the next message. */
  async hears() {
    const [first] = await this.messages.next("message");
    return first;
  }

  async hearsTimes(count) {
    return (await this.messages.take(count, "message")).map(([first]) => first);
  }

  isRefused() {
    return this.refusals.next("refusal");
  }

  /** Everything sent so far was received by the server, and its answers so far arrived here. */
  async isInStep() {
    const refused = this.isRefused();
    this.socket.emit("get-session-info", "", () => {});
    await refused;
  }

  /** Says goodbye the polite way; resolves when its connections are closed too. */
  async leaves() {
    for (const socket of Object.values(this.socket.io.nsps)) socket.disconnect();
    if (this.hasVanished) return;
    // An answer is there some time before the client looks at it, and only then it asks again.
    const hasSaidAll = ({ readyState, transport }) =>
      readyState === "closed" && transport.readyState === "closed";
    const isIdle = () =>
      hasSaidAll(this.socket.io.engine) && Object.keys(this.agent.sockets).length === 0;
    await eventually(`${this.name}'s last request answered`, isIdle);
    this.agent.destroy();
  }

  /** Takes nothing more from its connection, or makes no more polls, until what is returned is called. */
  stopsReading() {
    const { transport } = this.socket.io.engine;
    if (transport.ws) {
      const { _socket: connection } = transport.ws; // older clients' WebSockets have no pause
      connection.pause();
      return () => connection.resume();
    }
    let hasPolled = false;
    transport.doPoll = () => (hasPolled = true);
    return () => {
      delete transport.doPoll;
      if (hasPolled) transport.doPoll();
    };
  }

  /** Vanishes: the connection breaks without a word. */
  vanishes() {
    this.hasVanished = true;
    const { transport } = this.socket.io.engine;
    transport.ws?.terminate();
    // The client's polling would try again at once, on a new connection.
    this.agent.createConnection = () => net.connect("/nowhere");
    this.agent.destroy();
  }
}

const label = (room) => JSON.stringify(room)?.slice(0, 40);
