// A WebSocket client that costs the load generator as little as possible: prepared bytes out, the
// server's text frames in. Trusts the server; no fragments, no compression, no large frames.
import net from "node:net";

const mask = Buffer.from([0x5a, 0x01, 0xc3, 0x77]);
const textFrame = 0x81;
const closeFrame = 0x88;

/** A masked frame; prepare those that are sent again and again. */
export function encode(payload, head = textFrame) {
  const data = Buffer.from(payload);
  const wide = data.length > 125;
  const frame = Buffer.allocUnsafe((wide ? 8 : 6) + data.length);
  frame[0] = head;
  frame[1] = 0x80 | (wide ? 126 : data.length);
  if (wide) frame.writeUInt16BE(data.length, 2);
  const start = frame.length - data.length;
  mask.copy(frame, start - 4);
  for (let index = 0; index < data.length; index += 1) {
    frame[start + index] = data[index] ^ mask[index & 3];
  }
  return frame;
}

const goodbye = Buffer.concat([encode("41"), encode([1000 >> 8, 1000 & 255], closeFrame)]);
const connectPacket = encode("40");
const pong = encode("3");

const handshake = (port) =>
  [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==",
    "\r\n",
  ].join("\r\n");

export class Client {
  /** Called with the bytes of every text message; pings are answered before that. */
  onText = () => {};
  #rest = Buffer.alloc(0);
  #isOpen = false;
  #waiting = null;

  /** Connects, upgrades and joins the namespace. */
  static async connect(port) {
    const client = new Client(port);
    await client.#next(); // the open packet
    client.socket.write(connectPacket);
    await client.#next(); // the answer to CONNECT
    return client;
  }

  constructor(port) {
    this.socket = net.connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (data) => this.#take(data));
    this.closed = new Promise((resolve) => this.socket.once("close", resolve));
    this.socket.on("error", () => {});
    this.socket.write(handshake(port));
  }

  #take(data) {
    const bytes = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    let at = 0;
    if (!this.#isOpen) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#isOpen = true;
        at = end + 4;
      }
    }
    while (this.#isOpen && bytes.length - at >= 2) {
      let size = bytes[at + 1];
      let start = at + 2;
      if (size === 126) {
        if (bytes.length < at + 4) break;
        size = bytes.readUInt16BE(start);
        start += 2;
      }
      if (bytes.length < start + size) break;
      if (bytes[at] === textFrame) this.#receive(bytes, start, start + size);
      at = start + size;
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at);
  }

  #receive(bytes, start, end) {
    if (end - start === 1 && bytes[start] === 0x32) {
      this.socket.write(pong);
    } else if (this.#waiting) {
      const { resolve } = this.#waiting;
      this.#waiting = null;
      resolve(bytes.toString("utf8", start, end));
    } else {
      this.onText(bytes, start, end);
    }
  }

  #next() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve };
      this.socket.once("close", () => reject(new Error("closed by the server")));
    });
  }

  /** Sends prepared bytes and waits for the next text. */
  ask(frame) {
    this.socket.write(frame);
    return this.#next();
  }

  /** Leaves as the stock client does: DISCONNECT, close frame, and the server hangs up. */
  leave() {
    this.socket.write(goodbye);
    return this.closed;
  }
}
