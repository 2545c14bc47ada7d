// The signaler: link, rooms, queue and dialogue put together. One per page and server.
import { Emitter } from "@socket.io/component-emitter";
import { reservedEvents } from "./bounds.js";
import { callPage } from "./call_page.js";
import { SignalerError } from "./errors.js";
import { Dialogue } from "./extension.js";
import { Link } from "./link.js";
import { Emission, Outgoing } from "./outgoing.js";
import { Renewal } from "./renewal.js";
import { makeRequest } from "./requests.js";
import { roomIdOf, Rooms } from "./rooms.js";

/** `signaler-hello` follows the CONNECT answer at once, so a short wait tells servers apart. */
const helloWaitMs = 50;
/**
 * A server that spoke the extension before is asked for an answer, before which its hello comes. One that gives
 * neither is no longer waited for when it should have sent a ping, too.
 */
const expectedHelloWaitMs = 60_000;
/** How long what was emitted while offline waits for seats in rooms whose owner stays away. */
const defaultSeatWaitMs = 15_000;

const dropSentences = {
  full: "Too much was waiting to be sent",
  "no-room": "The page has given up the room for which this waited",
  "too-large": "The server takes no message of this size",
  "too-deep": "The server takes no message that is nested so deep",
  "too-many-attachments": "The server takes no message with so much binary data in parts",
  malformed: "This cannot be said in a message that the server could read",
};

/** What goes to the rooms in which the page sits; other events are for the program behind the server. */
const isForRooms = ({ args: [event] }) => event === "message";

export class Signaler extends Emitter {
  #link;
  #rooms;
  #outgoing;
  #dialogue = new Dialogue();
  #renewal = new Renewal(() => this.#renew());
  #stockEmit;
  #isUp = false;
  #hasBegun = false;
  #hasEverBegun = false;
  #hasMissed = false; // a connection came and went before it was known what it is
  #hasToldGap = false; // of this connection, by itself
  #seatWaitMs;
  #isRecovering = false; // seats are still to be taken again
  #timer = null;
  #question = null; // to the page, what the next CONNECT shows

  constructor(url, { auth, backoff, queueLimit, seatWaitMs = defaultSeatWaitMs, probeMs, io } = {}) {
    super();
    this.#seatWaitMs = seatWaitMs;
    this.#link = new Link(url, { backoff, io, probeMs, auth: (send) => this.#authenticate(auth, send) });
    this.socket = this.#link.socket;
    this.#rooms = new Rooms({
      seated: () => this.#onSeated(),
      heard: () => this.#outgoing.flush(),
      homeless: () => this.#outgoing.drop(isForRooms, "no-room"),
      refused: (error) => this.emit("refused", error),
    });
    this.#outgoing = new Outgoing({
      limit: queueLimit,
      transmit: (emission) => this.#transmit(emission),
      mayGo: (emission) => !isForRooms(emission) || this.#rooms.maySpeak,
      faultOf: (emission) => this.#faultOf(emission),
      onDrop: (emission, reason) => this.#onDrop(emission, reason),
    });
    this.#takeOverEmit();
    this.#listen();
    this.#link.start();
  }

  /** To all listeners, also when one of them throws. */
  emit(event, ...args) {
    for (const listener of [...this.listeners(event)])
      callPage(() => listener.apply(this, args));
    return this;
  }

  /** "connecting", "connected", "reconnecting" or "closed". */
  get state() {
    const { state } = this.#link;
    if (state !== "connected" || this.#hasBegun) return state;
    return this.#hasEverBegun ? "reconnecting" : "connecting";
  }

  /** The public id; undefined as long as no server has told it. */
  get id() {
    return this.#dialogue.id;
  }

  /** How many emits wait to be sent, or for the server's word that they have arrived. */
  get queued() {
    return this.#outgoing.length;
  }

  open(id, ...wait) {
    this.#want(roomIdOf(id), wait, "keep-in-server", (room) => this.#rooms.open(room, ...wait));
  }

  ask(id, ...wait) {
    this.#want(roomIdOf(id), wait, "get-session-info", (room) => this.#rooms.ask(room, ...wait));
  }

  cancel(id) {
    this.#rooms.cancel(roomIdOf(id));
  }

  leave(id) {
    return this.#rooms.leave(roomIdOf(id));
  }

  /** Leaves all rooms and stays away until connect(). */
  close() {
    this.#link.stop("io client disconnect");
  }

  connect() {
    this.#link.start();
  }

  /** The page goes for good. */
  goodbye() {
    this.#link.stop("io client disconnect", { isLast: true });
  }

  /** Lets go of the connection and keeps everything else, until wake(). See Link.rest(). */
  rest(how) {
    this.#link.rest(how);
  }

  /** See Link.wake(). */
  wake() {
    this.#link.wake();
    this.#renewal.wake();
  }

  #want(id, [waiter, signal], event, action) {
    if (signal?.aborted) return waiter.reject(signal.reason);
    if (typeof id !== "string" || id === "") {
      const error = new SignalerError("invalid-room-id", "A room id is a non-empty string", {
        event,
        room: id,
      });
      this.emit("refused", error);
      return waiter.reject(error);
    }
    action(id);
    // After close() or a refused connection, wanting a room again means wanting to connect.
    this.#link.start();
  }

  #authenticate(auth, send) {
    // An answer that comes late would be a second CONNECT of the connection there is by then.
    const question = (this.#question = {});
    const add = (own) => {
      if (this.#question !== question) return;
      this.#question = null;
      send({ ...own, signaler: this.#dialogue.announcement(this.#rooms.leaving) });
    };
    if (typeof auth === "function") auth(add);
    else add(auth);
  }

  /** What the page emits goes through our own queue: the stock client's would send it again. */
  #takeOverEmit() {
    const { socket } = this;
    this.#stockEmit = socket.emit.bind(socket);
    socket.emit = (event, ...args) => {
      if (reservedEvents.has(event)) throw new Error(`"${event}" is a reserved event name`);
      const { flags } = socket;
      socket.flags = {};
      const emission = new Emission([event, ...args], flags);
      if (!makeRequest(this, emission)) this.#outgoing.add(emission);
      return socket;
    };
    this.#takeOverEvents();
  }

  #takeOverEvents() {
    const { socket } = this;
    const stockEmitEvent = socket.emitEvent.bind(socket);
    socket.emitEvent = (args) => {
      // What a page throws at an event it has missed would keep the stock client from being connected.
      if (!this.#dialogue.isRepetition(args)) callPage(() => stockEmitEvent(args));
      // Recovery goes on from here in any case.
      const id = args.at(-1);
      if (socket._pid && typeof id === "string") socket._lastOffset = id;
    };
  }

  #listen() {
    const { socket } = this;
    this.#link.on("up", () => this.#onUp());
    this.#link.on("answered", () => this.#onAnswer());
    this.#link.on("down", (reason) => this.#onDown(reason));
    this.#link.on("retry", (next) => this.emit("reconnecting", next));
    // For page.js: not one of the events that a page can stop listening to.
    this.#link.on("started", () => this.emit("started"));
    this.#link.on("closed", () => this.emit("stopped"));
    this.#link.on("closed", (reason, error) => this.#onClosed(reason, error));
    socket.on("signaler-hello", (hello) => this.#onHello(hello));
    socket.on("signaler-gap", (gap) => this.#onGap(gap));
    socket.on("signaler-drain", (drain) => this.#link.drain(drain));
    socket.on("signaler-error", (refusal) => this.#rooms.refused(refusal ?? {}));
  }

  #onUp() {
    this.#isUp = true;
    // Begun too early without the dialogue, what was not acknowledged would go out once more without its number.
    const { isExpected } = this.#dialogue;
    if (isExpected) this.#link.probe();
    this.#timer = setTimeout(() => this.#begin(null), isExpected ? expectedHelloWaitMs : helloWaitMs);
  }

  #onAnswer() {
    if (this.#isUp && !this.#hasBegun) this.#begin(null);
  }

  #onHello(hello) {
    if (!this.#isUp || !hello) return;
    if (!this.#hasBegun) this.#begin(hello);
    // Late: what went out went out plainly; from here on the dialogue is spoken.
    else if (!this.#dialogue.isActive) this.#startDialogue(hello);
  }

  #onGap(gap) {
    if (!(this.#hasToldGap && gap?.reason === "restart")) this.emit("gap", gap);
  }

  #startDialogue(hello) {
    const isSame = this.#dialogue.isSameSession(hello);
    if (!this.#dialogue.begin(hello)) return false;
    this.#link.suggest(hello.backoff);
    if (hello.token) this.#renewal.begin(hello.tokenMs);
    if (!isSame) this.#outgoing.forgetNumbers();
    // What is still to be answered goes again: the server only answers it again.
    this.#outgoing.settleWhere((one) => one.number && one.number <= hello.taken && !one.ack);
    return true;
  }

  #begin(hello) {
    clearTimeout(this.#timer);
    const first = !this.#hasEverBegun;
    const isKnown = hello && this.#dialogue.isSameSession(hello);
    const speaks = hello && this.#startDialogue(hello);
    if (!speaks) this.#dialogue.beginPlain();
    // What a connection that broke at once had begun to tell is not known: then nothing was kept.
    const kept = !first && !this.#hasMissed && (this.socket.recovered || Boolean(speaks && hello.recovered));
    const taken = speaks ? hello.taken : 0;
    const hasArrived = ({ number }) => number > 0 && number <= taken;
    this.#outgoing.drop((one) => one.isGivenUp && !hasArrived(one), "no-room");
    // By its token it may get seats again of which this hello says nothing.
    const forgot = !speaks && !this.socket.recovered;
    this.#hasMissed = false;
    this.#hasBegun = this.#hasEverBegun = true;
    this.#rooms.resume((...request) => this.#sendRequest(...request), { kept, forgot });
    if (this.#rooms.areSeated) this.#outgoing.open();
    else if (this.#seatWaitMs < Infinity)
      this.#timer = setTimeout(() => this.#outgoing.open(), this.#seatWaitMs);
    this.emit("connected", { first, recovered: kept });
    // Our server tells those whom it knows of gaps itself. For all others a reconnect is one.
    this.#hasToldGap = !first && !kept && !(speaks && isKnown);
    if (this.#hasToldGap) this.#tellGap(speaks);
    this.#isRecovering = !first;
    if (this.#rooms.areSeated) this.#onSeated();
  }

  #tellGap(speaks) {
    const roomOf = (room) => ({ room, members: [] }); // of whom nothing is known
    if (speaks) this.emit("gap", { reason: "restart", rooms: this.#rooms.ids.map(roomOf) });
    else this.emit("gap", { reason: "reconnect", rooms: [] });
  }

  #onSeated() {
    if (!this.#hasBegun || !this.#isRecovering) return;
    this.#isRecovering = false;
    clearTimeout(this.#timer);
    this.#outgoing.open();
    this.emit("recovered", { rooms: this.#rooms.ids });
  }

  #onDown(reason) {
    clearTimeout(this.#timer);
    this.#renewal.end();
    if (this.#isUp && !this.#hasBegun) this.#hasMissed = true;
    this.#isUp = this.#hasBegun = false;
    this.#outgoing.close();
    this.#rooms.suspend();
    this.emit("disconnected", { reason });
  }

  #onClosed(reason, error) {
    const sentence = `The signaler was closed: ${reason}`;
    const closed = new SignalerError("closed", sentence);
    closed.cause = error;
    this.#rooms.close(closed);
    for (const emission of this.#outgoing.clear()) emission.fail(closed);
    this.emit("closed", { reason, error });
  }

  #onDrop(emission, reason) {
    // It had arrived and went again for its answer, which is known no more.
    if (this.#dialogue.hasTaken(emission)) return callPage(() => emission.answer([]));
    const [event, ...args] = emission.args;
    const error = new SignalerError("dropped", dropSentences[reason], { event });
    callPage(() => emission.fail(error));
    this.emit("dropped", { event, args, reason });
  }

  /** Requests about rooms are idempotent and asked again by Rooms, so they carry no number. */
  #sendRequest(event, id, token, onAnswer) {
    const { isActive } = this.#dialogue;
    // A server without the extension may not understand; when its answer comes, the seat is given back.
    if (!isActive && event === "cancel-wait") {
      this.#say(event, id);
      return onAnswer();
    }
    // Nor does it let go of a single room: it forgets who disconnects.
    if (!isActive && event === "leave-room") return queueMicrotask(() => this.#link.cycle());
    const extra = isActive && token ? [{ token }] : [];
    if (this.#link.faultOf([event, id, ...extra], { asksForAnswer: true, isOurs: isActive })) {
      if (event === "leave-room" || event === "cancel-wait") return queueMicrotask(onAnswer); // there was never a seat
      const message = "The server takes no message with a room id of this size";
      return queueMicrotask(() => this.#rooms.refused({ event, room: id, code: "invalid-room-id", message }));
    }
    this.#say(event, id, ...extra, onAnswer);
  }

  /** What is our own; a listener of the page's that throws at it stops nothing else. */
  #say(...args) {
    if (this.#canHandOver()) callPage(() => this.#stockEmit(...args));
  }

  /** Asks for new tokens: a server that does not know this never answers. */
  #renew() {
    this.#say("signaler-renew", (answer) => {
      if (this.#dialogue.renew(answer)) this.#rooms.renewTokens();
    });
  }

  /** The stock client keeps for later what it gets when it has just found its connection dead. */
  #canHandOver() {
    return this.socket.connected && !this.socket.io.engine._hasPingExpired();
  }

  /** Why the server there is now will not take this, as it would be sent now. */
  #faultOf(emission) {
    const { isActive: isOurs } = this.#dialogue;
    const args = isOurs ? [...emission.args, this.#dialogue.tagOf(emission)] : emission.args;
    return this.#link.faultOf(args, { asksForAnswer: isOurs || Boolean(emission.ack), isOurs });
  }

  #transmit(emission) {
    if (!this.#canHandOver()) return true;
    if (emission.compress === false) this.socket.compress(false);
    try {
      return this.#handOver(emission);
    } finally {
      this.socket.flags = {}; // as the stock client leaves them, unless something throws
    }
  }

  #handOver(emission) {
    const { args } = emission;
    if (!this.#dialogue.isActive) {
      if (emission.ack) this.#stockEmit(...args, this.#plainAck(emission));
      else this.#stockEmit(...args);
      return false;
    }
    const tag = this.#dialogue.tagOf(emission);
    this.#stockEmit(...args, tag, (...answer) => {
      this.#outgoing.settle(emission);
      emission.answer(answer);
    });
    this.#dialogue.sent(emission, tag);
    return true;
  }

  /** An acknowledgement that is lost with its connection, as with the stock client. */
  #plainAck(emission) {
    const ack = (error, ...answer) => (error ? emission.fail(error) : emission.answer(answer));
    ack.withError = true;
    return ack;
  }
}
