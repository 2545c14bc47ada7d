// Engine.IO sessions without a client library: what a test sends is what goes over the wire, and
// every packet that comes back can be seen. One class for polling, one for `ws`, same words.
import http from "node:http";
import https from "node:https";
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { Inbox, within } from "./deadline.js";
import { enginePath, engineRequest } from "./http.js";

const separator = "\x1e";

/** What both transports share: the packets that came, and the Socket.IO words built on them. */
class RawSession {
  packets = new Inbox("a raw session's packets");
  handshake = null;

  get sid() {
    return this.handshake?.sid;
  }

  /** The next packet; pings are answered on the way and not shown. */
  async next() {
    for (;;) {
      const packet = await this.packets.next("packet");
      if (packet !== "2") return packet;
      await this.send("3");
    }
  }

  /** CONNECT to a namespace; the parsed answer of the server. */
  async joinsNamespace(namespace = "", auth = "") {
    await this.send(`40${namespace}${auth}`);
    const answer = await this.next();
    const prefix = `40${namespace}`;
    assert.ok(answer.startsWith(prefix), answer);
    return JSON.parse(answer.slice(prefix.length));
  }

  /** Opens a room and waits for the acknowledgement. */
  async opens(room, id = 0) {
    await this.send(`42${id}${JSON.stringify(["keep-in-server", room])}`);
    assert.equal(await this.next(), `43${id}[]`);
  }

  async asksFor(room, id = 0) {
    await this.send(`42${id}${JSON.stringify(["get-session-info", room])}`);
    assert.equal(await this.next(), `43${id}${JSON.stringify([room])}`);
  }

  says(...args) {
    return this.send(`42${JSON.stringify(["message", ...args])}`);
  }

  /** Waits until the server has ended the session. */
  isClosed() {
    return within(this.closed, "end of a raw session");
  }
}

export class RawWebSocket extends RawSession {
  /**
   * With `sid` the socket is an upgrade of that session and gets no open packet. `from` is the
   * loopback address it comes from: all of 127.0.0.0/8 are this machine's.
   */
  static async open(server, { sid, headers, from, ...query } = {}) {
    const session = new RawWebSocket(server, { sid, ...query }, headers, from);
    await within(session.accepted, "answer to a WebSocket handshake");
    if (sid === undefined) session.handshake = JSON.parse((await session.packets.next()).slice(1));
    return session;
  }

  constructor(server, query, headers, from) {
    super();
    const path = enginePath({ transport: "websocket", ...query });
    const url = server.url.replace("http", "ws") + path;
    this.socket = new WebSocket(url, {
      headers,
      localAddress: from,
      perMessageDeflate: false,
      rejectUnauthorized: false,
    });
    this.accepted = new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
    this.socket.on("message", (data, isBinary) =>
      this.packets.push(isBinary ? data : String(data)),
    );
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => {
        this.packets.end(`closed with ${code} ${reason}`);
        resolve({ code, reason: String(reason) });
      });
    });
    this.socket.on("error", () => {});
  }

  /** Text for strings, a binary frame for buffers. */
  send(...packets) {
    const sent = (packet) => new Promise((resolve) => this.socket.send(packet, () => resolve()));
    return Promise.all(packets.map(sent));
  }

  end() {
    this.vanishes();
  }

  vanishes() {
    this.socket.terminate();
  }
}

/** The status and the {code, message} with which a WebSocket handshake is refused. */
export function refusedWebSocket(server, query, headers, from) {
  const path = enginePath({ transport: "websocket", ...query });
  const url = server.url.replace("http", "ws") + path;
  const socket = new WebSocket(url, {
    headers,
    localAddress: from,
    rejectUnauthorized: false,
  });
  const answer = new Promise((resolve, reject) => {
    socket.on("error", () => {});
    socket.once("open", () => reject(new Error("the WebSocket was accepted")));
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: parseError(body) }));
    });
  });
  return within(answer, "refusal of a WebSocket").finally(() => socket.terminate());
}

/** The body of an Engine.IO error as an object; as text when it is not JSON. */
export function parseError(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

export class RawPolling extends RawSession {
  #closed;

  /** With `listening` false nobody polls until the test does. */
  static async open(server, { listening = true, headers, from, ...query } = {}) {
    const session = new RawPolling(server, headers, from);
    const answer = await session.request("GET", undefined, { query });
    assert.equal(answer.status, 200, answer.body);
    assert.equal(answer.body[0], "0");
    session.handshake = JSON.parse(answer.body.slice(1));
    if (listening) session.listen();
    return session;
  }

  constructor(server, headers, from) {
    super();
    this.server = server;
    this.headers = headers;
    this.agent = new (server.secure ? https : http).Agent({
      keepAlive: true,
      localAddress: from,
    });
    this.closed = new Promise((resolve) => (this.#closed = resolve));
  }

  request(method, body, { query, headers, deadline } = {}) {
    const options = { method, body, deadline, agent: this.agent };
    options.headers = { ...this.headers, ...headers };
    return engineRequest(this.server, { sid: this.sid, ...query }, options);
  }

  /** One GET; the packets it brought. */
  async poll() {
    const answer = await this.request("GET");
    assert.equal(answer.status, 200, answer.body);
    return answer.body.split(separator).map(decode);
  }

  /** One POST, whatever comes of it. */
  post(body, headers) {
    const type = { "Content-Type": "text/plain;charset=UTF-8" };
    return this.request("POST", body, { headers: { ...type, ...headers } });
  }

  async send(...packets) {
    const encoded = packets.map((packet) =>
      typeof packet === "string" ? packet : `b${packet.toString("base64")}`,
    );
    return this.post(encoded.join(separator));
  }

  /** Polls until the session ends, one way or another. */
  async listen() {
    try {
      for (;;) {
        // A poll may wait as long as it likes; who waits for packets or the end has a deadline.
        const answer = await this.request("GET", undefined, { deadline: Infinity });
        if (answer.status !== 200) return this.#end(`${answer.status} ${answer.body}`);
        for (const packet of answer.body.split(separator)) {
          if (packet === "1") return this.#end("a close packet");
          this.packets.push(decode(packet));
        }
      }
    } catch (error) {
      return this.#end(error.message);
    }
  }

  #end(reason) {
    this.packets.end(reason);
    this.#closed({ reason });
  }

  /** Says goodbye, in case the session still lives, and closes its connections. */
  async end() {
    await this.post("1").catch(() => {});
    this.vanishes();
  }

  /** Breaks all connections of this session off. */
  vanishes() {
    this.agent.destroy();
  }
}

const decode = (packet) => (packet[0] === "b" ? Buffer.from(packet.slice(1), "base64") : packet);

/** The raw transports, for tests that send the same packets over each. */
export const rawTransports = { polling: RawPolling, websocket: RawWebSocket };
