// What a server takes of one emit: bytes on the wire, and of ours also depth and parts. Beyond it the server ends
// the connection, and would end each on which the same comes again.

/** Of our server, whose greeting says nothing of them: as in its net/wire/limits.hpp, which a test compares. */
export const maxJsonDepth = 64;
export const maxAttachments = 10;
export const maxPacketsPerPayload = 16_384;
/** Events that no Socket.IO packet may be named by; of our server as in its net/wire/socket_io.cpp. */
export const reservedEvents = new Set(
  "connect connect_error disconnect disconnecting newListener removeListener".split(" "),
);

/** For the head of a packet beside its namespace and arguments, `45` + `10-` + `,` + id: more than it ever is. */
const headBytes = 32;
/** `{"_placeholder":true,"num":9},` and some more, for what binary data leaves in the text. */
const placeholderBytes = 40;

const isBinary = (value) =>
  value instanceof ArrayBuffer ||
  ArrayBuffer.isView(value) ||
  (typeof Blob === "function" && value instanceof Blob);

const sizeOf = (binary) => binary.byteLength ?? binary.size;

/** Objects that JSON takes for what is in them. By what they call themselves, since frames have their own classes. */
const boxes = new Set(["BigInt", "Boolean", "Number", "String"].map((name) => `[object ${name}]`));
const { toString, valueOf } = Object.prototype;
const isBox = (value) => value.valueOf !== valueOf && boxes.has(toString.call(value)); // the first is cheap

/** Adds up what values may be at most, without encoding them, as long as it is far from all bounds. */
class Estimate {
  #bytes;
  #maxBytes;
  #attachments = 0;
  /** Whether it has come to something below the deepest level there may be. */
  isDeep = false;

  constructor(maxBytes, bytes) {
    this.#maxBytes = maxBytes;
    this.#bytes = bytes;
  }

  /** Whether this is harmless for sure. `depth`: how many brackets are open around it. */
  holds(value, depth) {
    if (typeof value === "string") return this.#take(6 * value.length + 3); // \u0000 is the longest of a character
    if (typeof value === "bigint") return false; // it is nothing, unless a polyfill makes it something
    if (typeof value === "function") return typeof value.toJSON !== "function" && this.#take(26);
    if (typeof value !== "object" || value === null) return this.#take(26); // no number is longer
    if (isBinary(value)) return this.#holdsBinary(value, depth);
    this.isDeep = depth === maxJsonDepth;
    if (typeof value.toJSON === "function" || this.isDeep || !this.#take(3)) return false;
    if (Array.isArray(value)) return this.#holdsArray(value, depth);
    if (isBox(value)) return false;
    return Object.keys(value).every(
      (key) => key !== "_placeholder" && this.#take(6 * key.length + 3) && this.holds(value[key], depth + 1),
    );
  }

  /** Not by every(), which skips holes: they are written as null. */
  #holdsArray(array, depth) {
    for (let i = 0; i < array.length; i += 1) if (!this.holds(array[i], depth + 1)) return false;
    return true;
  }

  #holdsBinary(value, depth) {
    this.#attachments += 1;
    const mayBeMany = this.#attachments > maxAttachments || depth === maxJsonDepth;
    return !mayBeMany && 2 * sizeOf(value) + headBytes < this.#maxBytes && this.#take(placeholderBytes);
  }

  #take(bytes) {
    this.#bytes += bytes;
    return this.#bytes <= this.#maxBytes;
  }
}

/** For what cannot be encoded: what is nested without end overflows the stack. */
function isTooDeep(data) {
  const estimate = new Estimate(Infinity, 0);
  try {
    estimate.holds(data, 0);
  } catch {} // a getter of the page's
  return estimate.isDeep;
}

/** Bytes of one encoded part as a message of its own; polling has binary data as base64. */
function bytesOf(part, isPolling) {
  if (typeof part === "string") return 1 + new TextEncoder().encode(part).length;
  return isPolling ? 1 + 4 * Math.ceil(sizeOf(part) / 3) : sizeOf(part);
}

/**
 * How many of the packets that wait go into one request by polling, which has a separator between two: as many as
 * fit, and one in any case. `maxBytes`: as the server has said, if it has.
 */
export function fittingOf(packets, maxBytes = Infinity) {
  let [count, bytes] = [0, -1];
  for (const { data } of packets.slice(0, maxPacketsPerPayload)) {
    bytes += 1 + bytesOf(data || "", true);
    if (count > 0 && bytes > maxBytes) break;
    count += 1;
  }
  return count;
}

/** Where the text that begins at `i` ends, in JSON. */
function endOfText(json, i) {
  let escapes;
  do {
    i = json.indexOf('"', i + 1);
    escapes = 0;
    while (json[i - 1 - escapes] === "\\") escapes += 1;
  } while (escapes % 2 === 1);
  return i;
}

/** How many brackets and braces are open at once, in JSON. */
function depthOf(json) {
  let [depth, deepest] = [0, 0];
  for (let i = 0; i < json.length; i += 1) {
    const c = json[i];
    if (c === '"') i = endOfText(json, i);
    else if (c === "[" || c === "{") deepest = Math.max(deepest, (depth += 1));
    else if (c === "]" || c === "}") depth -= 1;
  }
  return deepest;
}

/** Whether an array's first element may name an event: a number, or a text that has no meaning of its own. */
function isNamedWell(json) {
  if (json[1] === '"') return !reservedEvents.has(JSON.parse(json.slice(1, endOfText(json, 1) + 1)));
  return /^\[[\d-]/.test(json);
}

/** Whether what looks like a placeholder of binary data stands for some. */
function hasItsAttachments(json, count) {
  let isGood = true;
  JSON.parse(json, (key, value) => {
    if (value?._placeholder === true)
      isGood &&= Number.isInteger(value.num) && value.num >= 0 && value.num < count;
    return value;
  });
  return isGood;
}

/** What our server would find wrong with a packet in its encoded form. */
function faultOf([text, ...attachments], nsp) {
  if (attachments.length > maxAttachments) return "too-many-attachments";
  const json = text.slice(text.indexOf("[", nsp === "/" ? 0 : text.indexOf(nsp) + nsp.length));
  if (depthOf(json) > maxJsonDepth) return "too-deep";
  if (!isNamedWell(json)) return "malformed";
  if (attachments.length > 0 && !hasItsAttachments(json, attachments.length)) return "malformed";
  return undefined;
}

/**
 * Why the server would not take this packet: "too-large", "too-deep", "too-many-attachments", or "malformed", which
 * is what cannot be encoded at all, or not so that the server could read it. Undefined if it takes it. `maxBytes`:
 * what the server has said, if it has; `isOurs`: whether it is one of ours, of which more is known.
 */
export function faultOfPacket(packet, encoder, { maxBytes = Infinity, isPolling = false, isOurs = false }) {
  const { nsp, data } = packet;
  const [name] = data;
  const isNamed = typeof name === "string" ? !reservedEvents.has(name) : Number.isFinite(name);
  try {
    if (isNamed && new Estimate(maxBytes, headBytes + 3 * nsp.length).holds(data, 0)) return undefined;
    const parts = encoder.encode(packet);
    if (parts.some((part) => bytesOf(part, isPolling) > maxBytes)) return "too-large";
    return isOurs ? faultOf(parts, nsp) : undefined;
  } catch {
    return isOurs && isTooDeep(data) ? "too-deep" : "malformed";
  }
}
