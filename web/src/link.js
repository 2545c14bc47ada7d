// One stock Socket.IO client for the life of the page: when it connects and when it tries again.
// Knows nothing of rooms, and nothing of what is sent.
import { Emitter } from "@socket.io/component-emitter";
import { io } from "socket.io-client";
import { Backoff } from "./backoff.js";
import { faultOfPacket, fittingOf } from "./bounds.js";

const connectTimeoutMs = 10_000;
/** What ends sooner is no success: the next wait is longer again. */
const steadyMs = 1000;
/** An attempt younger than this is not worth starting anew when the network comes back. */
const youngAttemptMs = 1000;
/** The server pings every 25 s unless told otherwise: a longer silence is suspicious after sleep. */
const suspiciousSilenceMs = 30_000;
/** How long a server that is asked whether it is still there may say nothing at all. */
const probeLimitMs = 3000;
/** A namespace that no server has. Any Socket.IO server answers a CONNECT to it at once, with a refusal. */
const probeNsp = "/signaler-probe";
const [connectType, disconnectType, eventType] = [0, 1, 2];

/** A Socket.IO DISCONNECT and an Engine.IO close, as the body of a polling request. */
const farewell = (nsp) => `41${nsp === "/" ? "" : `${nsp},`}\x1e1`;

/**
 * Emits `up`; `down` (reason); `retry` ({attempt, delayMs, reason}); `closed` (reason); `started`, when it
 * was closed; `answered`, when the server has answered a probe.
 * The stock client's own reconnection is off: it can neither try again at once when the network
 * returns nor spread pages as the server asks.
 */
export class Link extends Emitter {
  /** "connecting", "connected", "reconnecting" or "closed". */
  state = "connecting";

  #backoff;
  #timer = null;
  #attemptStarted = 0;
  #isResting = false;
  #lastHeard = 0;
  #probeTimer = null;
  #probeLimitMs;
  #drain = null;
  #connectedAt = 0;
  #maxBytes;
  #stock;

  constructor(url, { auth, backoff, io: ioOptions, probeMs = probeLimitMs }) {
    super();
    this.#probeLimitMs = probeMs;
    this.#backoff = new Backoff(backoff);
    this.socket = io(url, {
      timeout: connectTimeoutMs,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      ...ioOptions,
      auth,
      autoConnect: false,
      forceNew: true,
      reconnection: false,
    });
    const { socket } = this;
    this.#stock = {
      connect: socket.connect.bind(socket),
      disconnect: socket.disconnect.bind(socket),
    };
    socket.connect = socket.open = () => (this.start(), socket);
    socket.disconnect = socket.close = () => (this.stop("io client disconnect"), socket);
    socket.on("connect", () => this.#onConnect());
    socket.on("connect_error", (error) => this.#onConnectError(error));
    socket.on("disconnect", (reason) => this.#onDisconnect(reason));
    socket.io.on("open", () => this.#followUpgrade(socket.io.engine));
    socket.io.on("open", () => this.#boundPayloads(socket.io.engine));
    socket.io.on("ping", () => this.#onHeard());
    socket.io.on("packet", (packet) => (packet.nsp === probeNsp ? this.#onAnswer(packet) : this.#onHeard()));
  }

  start() {
    if (this.state === "connected" || this.#attemptStarted || this.#timer) return;
    const wasClosed = this.state === "closed";
    this.state = "connecting";
    if (wasClosed) this.emit("started");
    this.#attempt();
  }

  /** Says goodbye and stays away. `isLast`: the page ends with it. */
  stop(reason, { isLast = false } = {}) {
    if (this.state === "closed") return;
    const wasConnected = this.state === "connected";
    this.#clearTimer();
    this.#attemptStarted = 0;
    this.state = "closed";
    if (!(isLast && wasConnected && this.#sendBeacon())) this.#stock.disconnect();
    this.emit("closed", reason);
  }

  /** Leaves and comes back at once, as somebody new: the server then knows nothing of this page. */
  cycle() {
    if (this.state === "connected") this.#stock.disconnect();
  }

  /**
   * The page is put aside and comes back with wake(), if it does. `leaves`: with a goodbye, so that nothing is
   * kept for it.
   */
  rest({ leaves = false } = {}) {
    if (this.state === "closed") return;
    this.#isResting = true;
    this.#clearTimer();
    if (this.state === "connected" && !leaves) this.socket.io.engine.close();
    else if (this.state !== "connected" || !this.#sendBeacon()) this.#stock.disconnect();
    this.#attemptStarted = 0;
  }

  /** The network is back, or the page is awake or visible again: no reason to wait any longer. */
  wake() {
    const now = Date.now();
    if (this.#isResting || (this.#timer && !this.#drain)) {
      this.#backoff.reset();
      this.#attempt();
    } else if (this.#attemptStarted && now - this.#attemptStarted > youngAttemptMs) {
      this.#stock.disconnect();
      this.#attempt();
    } else if (this.state === "connected" && now - this.#lastHeard > suspiciousSilenceMs) {
      this.#giveUp();
    } else if (this.state === "connected" && !this.#probeTimer) {
      this.#watch();
      this.probe();
    }
  }

  /** Asks the server for an answer, which comes after all that it has sent before. */
  probe() {
    this.socket.io._packet({ type: connectType, nsp: probeNsp });
  }

  /** The server goes away and says when to come back: at a random moment within the spread. */
  drain({ afterMs = 0, spreadMs = 0 } = {}) {
    this.#drain = { delayMs: Math.max(0, Math.round(afterMs + Math.random() * spreadMs)) };
  }

  /** Why the server would not take an event with these arguments; see bounds.js. */
  faultOf(args, { asksForAnswer, isOurs }) {
    const { nsp, ids, io } = this.socket;
    const packet = { type: eventType, nsp, data: args, ...(asksForAnswer && { id: ids }) };
    const isPolling = io.engine.transport.name === "polling";
    return faultOfPacket(packet, io.encoder, { maxBytes: this.#maxBytes, isPolling, isOurs });
  }

  suggest(backoff) {
    this.#backoff.suggest(backoff);
  }

  /**
   * Says goodbye for a page that polls: its own requests may die with it. False if there is another way.
   * Nothing else is said, since beside one request with a body the server takes no more than a goodbye.
   */
  #sendBeacon() {
    const { engine } = this.socket.io;
    const { transport } = engine;
    if (transport.name !== "polling" || !globalThis.navigator?.sendBeacon) return false;
    if (!navigator.sendBeacon(transport.uri(), farewell(this.socket.nsp))) return false;
    transport.readyState = "closed";
    engine._onClose("transport close");
    return true;
  }

  /** Whoever is there says something within the limit; a slow line may take longer to say all. */
  #watch() {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = setTimeout(() => this.#giveUp(), this.#probeLimitMs);
  }

  #unwatch() {
    clearTimeout(this.#probeTimer);
    this.#probeTimer = null;
  }

  #onHeard() {
    this.#lastHeard = Date.now();
    // It may have come long ago: the answer is what counts.
    if (this.#probeTimer) this.#watch();
  }

  #onAnswer({ type }) {
    this.#lastHeard = Date.now();
    this.#unwatch();
    // A server of which every namespace is one.
    if (type === connectType) this.socket.io._packet({ type: disconnectType, nsp: probeNsp });
    this.emit("answered");
  }

  /** The connection is dead: whatever waits to be sent over it is not waited for. */
  #giveUp() {
    this.socket.io.engine._onClose("transport close");
  }

  #attempt() {
    this.#clearTimer();
    this.#takeWhatCame();
    this.#drain = null;
    this.#isResting = false;
    this.#attemptStarted = Date.now();
    this.#stock.connect();
  }

  /**
   * The stock client keeps what was missed until it is connected, also over an attempt that breaks before: then
   * it would come twice.
   */
  #takeWhatCame() {
    for (const event of this.socket.receiveBuffer.splice(0)) this.socket.emitEvent(event);
  }

  #onConnect() {
    this.#attemptStarted = 0;
    this.#connectedAt = this.#lastHeard = Date.now();
    this.state = "connected";
    this.emit("up");
  }

  #onConnectError(error) {
    if (this.state === "closed") return;
    // Without its subscriptions the stock client was refused by the server, not by the network.
    if (!this.socket.active) return this.#close(error.message, error);
    // A network that swallows WebSockets lets them time out: then polling goes first.
    this.#tryOtherTransportFirst();
    this.#retry(error.message);
  }

  /**
   * The stock client stops polling for the change to a WebSocket. When that fails then, it would stand
   * still, also on its way out, until it misses the next ping.
   */
  #followUpgrade(engine) {
    engine.on("upgradeError", () => {
      if (!engine.upgrading) return;
      if (this.state === "connected") this.#tryOtherTransportFirst();
      engine._onClose("transport close");
    });
  }

  /**
   * A polling client puts as many packets into a request as fit. The stock client takes base64 for a little smaller
   * than it is, stops counting at data of no bytes, and knows no bound of the number of packets.
   */
  #boundPayloads(engine) {
    const maxBytes = engine._maxPayload > 0 ? engine._maxPayload : undefined;
    this.#maxBytes = maxBytes;
    engine._getWritablePackets = () => {
      const { transport, writeBuffer } = engine;
      return transport.name === "polling" ? writeBuffer.slice(0, fittingOf(writeBuffer, maxBytes)) : writeBuffer;
    };
  }

  #tryOtherTransportFirst() {
    const { opts } = this.socket.io;
    if (opts.transports?.length === 2) opts.transports = [...opts.transports].reverse();
  }

  #onDisconnect(reason) {
    const wasConnected = this.state === "connected";
    if (wasConnected && Date.now() - this.#connectedAt >= steadyMs) this.#backoff.reset();
    this.#unwatch();
    if (this.state === "closed") return this.emit("down", reason);
    this.state = "reconnecting";
    if (wasConnected) this.emit("down", reason);
    else if (reason.startsWith("transport")) this.#tryOtherTransportFirst();
    if (reason === "io server disconnect") this.#close(reason);
    else if (reason === "io client disconnect" && !this.#isResting) this.#attempt();
    else this.#retry(reason);
  }

  #close(reason, error) {
    this.#clearTimer();
    this.#attemptStarted = 0;
    this.state = "closed";
    this.emit("closed", reason, error);
  }

  #retry(reason) {
    if (this.#timer || this.state === "closed") return;
    this.#attemptStarted = 0;
    this.state = "reconnecting";
    if (this.#isResting) return;
    const next = { ...this.#backoff.next(), ...this.#drain };
    this.#timer = setTimeout(() => this.#attempt(), next.delayMs);
    this.emit("retry", { ...next, reason });
  }

  #clearTimer() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
