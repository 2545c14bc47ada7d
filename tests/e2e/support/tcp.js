// Bytes over TCP, and WebSocket frames right or wrong: for what no HTTP or WebSocket library sends.
import net from "node:net";
import { once } from "node:events";
import { Inbox, within } from "./deadline.js";
import { enginePath } from "./http.js";

export class RawConnection {
  received = Buffer.alloc(0);
  #arrivals = new Inbox("a raw connection's bytes");

  static async open(server, from) {
    const target = { port: server.port, host: "127.0.0.1", localAddress: from };
    const connection = new RawConnection(net.connect(target));
    await within(once(connection.socket, "connect"), "TCP connection");
    return connection;
  }

  constructor(socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.#arrivals.push(data);
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.#arrivals.end("closed by the server");
        resolve();
      });
    });
  }

  get text() {
    return this.received.toString("latin1");
  }

  /** Writes; a connection that is closed under it is no error, the test asks for that itself. */
  write(bytes) {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Waits until what was received satisfies `enough`. */
  async until(enough, what) {
    while (!enough(this.received)) await this.#arrivals.next(what);
  }

  isClosed() {
    return within(this.closed, "end of a TCP connection");
  }

  /** The statuses of all HTTP responses in what was received. */
  get statuses() {
    return [...this.text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
  }

  end() {
    this.socket.destroy();
  }
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/**
 * One WebSocket frame as a client sends it. Everything can be wrong: `rsv` (three bits), `opcode`,
 * `masked`, and `length`, which is what the header says whatever the payload is.
 */
export function frame(payload, options = {}) {
  const data = Buffer.from(payload);
  const { fin = true, rsv = 0, opcode = opcodes.text, masked = true } = options;
  const { length = data.length } = options;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const maskBit = masked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else if (length < 65536) head.push(maskBit | 126, length >> 8, length & 255);
  else {
    const long = Buffer.alloc(8);
    long.writeBigUInt64BE(BigInt(length));
    head.push(maskBit | 127, ...long);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const hidden = Buffer.from(data.map((byte, index) => byte ^ mask[index % 4]));
  return Buffer.concat([Buffer.from(head), mask, hidden]);
}

/** A WebSocket session on a bare connection: `send` takes bytes, usually made by `frame`. */
export class RawFrames {
  /** With `sid` it becomes the upgrade of that session. `early` frames do not wait for the 101. */
  static async open(server, query = {}, early = Buffer.alloc(0)) {
    const connection = await RawConnection.open(server);
    const handshake = [
      `GET ${enginePath({ transport: "websocket", ...query })} HTTP/1.1`,
      `Host: 127.0.0.1:${server.port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==",
      "\r\n",
    ].join("\r\n");
    await connection.write(Buffer.concat([Buffer.from(handshake), early]));
    await connection.until((bytes) => bytes.includes("\r\n\r\n"), "WebSocket handshake");
    const frames = new RawFrames(connection);
    if (query.sid === undefined) await frames.next();
    return frames;
  }

  constructor(connection) {
    this.connection = connection;
    this.offset = connection.received.indexOf("\r\n\r\n") + 4;
  }

  send(bytes) {
    return this.connection.write(bytes);
  }

  sendText(text) {
    return this.send(frame(text));
  }

  /** The next frame of the server: {fin, opcode, payload}. */
  async next() {
    const has = (count) => (bytes) => bytes.length >= this.offset + count;
    await this.connection.until(has(2), "frame");
    let size = this.connection.received[this.offset + 1] & 127;
    let head = 2;
    if (size >= 126) {
      const wide = size === 127 ? 8 : 2;
      await this.connection.until(has(2 + wide), "frame");
      const at = this.offset + 2;
      const { received } = this.connection;
      size = wide === 2 ? received.readUInt16BE(at) : Number(received.readBigUInt64BE(at));
      head += wide;
    }
    await this.connection.until(has(head + size), "frame");
    const first = this.connection.received[this.offset];
    const start = this.offset + head;
    this.offset = start + size;
    const payload = this.connection.received.subarray(start, start + size);
    return { fin: (first & 0x80) !== 0, opcode: first & 15, payload };
  }

  async nextText() {
    return (await this.next()).payload.toString();
  }

  /** The code of the close frame (1005 for one without); null when the connection just ends. */
  async closeCode() {
    try {
      for (;;) {
        const { opcode, payload } = await this.next();
        if (opcode !== opcodes.close) continue;
        return payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      }
    } catch (error) {
      if (/closed by the server/.test(error.message)) return null;
      throw error;
    } finally {
      this.connection.end();
    }
  }

  end() {
    this.connection.end();
  }
}
