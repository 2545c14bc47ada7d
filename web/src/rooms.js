// What the page holds and waits for: rooms it opened, rooms it asked for. Asks again after every
// reconnect, answers the page once. Knows no sockets: it is given a way to make requests.
import { callPage } from "./call_page.js";
import { SignalerError } from "./errors.js";

/** How long what a page says in its rooms waits for the answer about one room more. */
export const askWaitMs = 1000;

/** Numbers are room ids too: pages used them, and JavaScript made them texts. */
export const roomIdOf = (id) => (typeof id === "number" ? String(id) : id);

class Room {
  role = null; // "owner", "member", or null as long as no seat was given
  token; // proves ownership to a server that has lost its memory
  wantsToOwn = false;
  openers = []; // who waits for the opening, as {resolve, reject, release}
  askers = [];
  isAsked = false; // the question is out, on this connection
  mayBeHeld = false; // a request has gone out: the server may have given a seat, whoever has heard of it
  mayBeOwned = false; // of these one that has not been refused was an opening
  turn = 0; // answers to requests of an earlier turn are void
  requests = 0; // so many have gone out
  lastOpening = 0; // the latest of them that was an opening
  lastGranted = 0; // the latest of them that made the page an owner
  patience = null; // the timer of a first question, as long as what is said waits for its answer
  wasPatient = false;

  constructor(id) {
    this.id = id;
  }

  get isWanted() {
    return this.role !== null || this.openers.length > 0 || this.askers.length > 0;
  }
}

const settle = (waiters, action) => {
  for (const waiter of waiters.splice(0)) {
    waiter.release();
    callPage(() => action(waiter));
  }
};

export class Rooms {
  #rooms = new Map(); // id -> Room, in the order in which the page wanted them
  #leaving = new Map(); // id -> who waits until the server has let go
  #request = null; // (event, id, token, onAnswer): the way to the server while there is one
  #unseated = new Set(); // rooms whose seat has not been given back
  #on;
  #askWaitMs;

  /**
   * `on.seated()`: all seats are taken again. `on.heard()`: maySpeak may have become true. `on.homeless()`:
   * no room is wanted any more. `on.refused(error)`: somebody may not hear of it otherwise.
   */
  constructor(on, wait = askWaitMs) {
    this.#on = on;
    this.#askWaitMs = wait;
  }

  open(id, waiter, signal) {
    const room = this.#room(id);
    room.wantsToOwn = true;
    this.#wait(room, room.openers, waiter, signal);
    this.#sendOpening(room);
  }

  ask(id, waiter, signal) {
    const room = this.#room(id);
    this.#wait(room, room.askers, waiter, signal);
    // An opening that is on its way answers the question too.
    if (!room.openers.length) this.#sendQuestion(room);
  }

  /** Gives up the question about a room, for all who wait for its answer. */
  cancel(id) {
    const room = this.#rooms.get(id);
    const error = new SignalerError("left", "The page has stopped waiting", { room: id });
    for (const waiter of [...(room?.askers ?? [])]) this.#cancel(room, room.askers, waiter, error);
  }

  /** Gives up the seat or the question. Resolves when the server has let go, if it can tell. */
  leave(id) {
    const room = this.#rooms.get(id);
    if (!room) return Promise.resolve();
    const error = new SignalerError("left", "The page has left the room", { room: id });
    settle([...room.openers.splice(0), ...room.askers.splice(0)], (one) => one.reject(error));
    return new Promise((resolve) => this.#giveUp(room, "leave-room", resolve));
  }

  get ids() {
    return [...this.#rooms.values()].filter((room) => room.role).map((room) => room.id);
  }

  /** Rooms that the page has left, and the server, as far as is known, has not. */
  get leaving() {
    return [...this.#leaving.keys()];
  }

  get areSeated() {
    return this.#unseated.size === 0;
  }

  /** Whether what is said now reaches those for whom it is meant. */
  get maySpeak() {
    if (this.#rooms.size === 0) return true; // then it is meant for the lobby
    const all = [...this.#rooms.values()];
    const sits = all.some((room) => room.role && !this.#unseated.has(room));
    return sits && !all.some((room) => room.patience);
  }

  /**
   * A connection is there: everything is asked again. `kept`: the server still has what it had given
   * until the last one broke; what it had not given back by then is missing still. `forgot`: it has
   * nothing. Between the two it may have seats of which it does not say so.
   */
  resume(request, { kept, forgot }) {
    this.#request = request;
    if (!kept) this.#unseated.clear();
    const rooms = [...this.#rooms.values()];
    if (!kept) for (const room of rooms) if (room.role) this.#unseated.add(room);
    // A server forgets what leaves were long ago, and with them all tokens of before: what they prove is proven first.
    const isFirst = (room) => room.token && !this.#leaving.has(room.id);
    const [first, rest] = [rooms.filter(isFirst), rooms.filter((room) => !isFirst(room))];
    for (const room of first) this.#askFor(room);
    for (const [id, resolvers] of [...this.#leaving]) {
      if (forgot) this.#left(id, resolvers);
      else this.#sendLeaving("leave-room", id);
    }
    for (const room of rest) this.#askFor(room);
  }

  /** Opening again what it owns gives the page tokens that are good for longer. */
  renewTokens() {
    for (const room of this.#rooms.values()) if (room.role === "owner" && room.token) this.#sendOpening(room);
  }

  suspend() {
    this.#request = null;
    for (const room of this.#rooms.values()) this.#void(room);
  }

  /** The server has refused a request, beside the acknowledgement that now never comes. */
  refused({ event, room: id, code, message }) {
    // A server that goes away is asked again when it is back.
    if (code === "shutting-down") return;
    const room = this.#rooms.get(id);
    const error = new SignalerError(code, message, { event, room: id });
    if (code === "displaced") return this.#displaced(room, error);
    // Said beside the acknowledgement, without a number: of an opening before the last one, which was granted.
    if (room && event?.startsWith("keep-") && room.role === "owner" && room.lastGranted === room.lastOpening) return;
    if (room && event === "get-session-info") this.#reject(room, room.askers, error);
    else if (room && event?.startsWith("keep-")) this.#reject(room, room.openers, error);
    else this.#on.refused(error);
  }

  /** Nothing will come any more. */
  close(error) {
    this.suspend();
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    this.#unseated.clear();
    for (const [id, resolvers] of [...this.#leaving]) this.#left(id, resolvers);
    for (const { openers, askers } of rooms)
      settle([...openers.splice(0), ...askers.splice(0)], (one) => one.reject(error));
  }

  #room(id) {
    if (!this.#rooms.has(id)) this.#rooms.set(id, new Room(id));
    return this.#rooms.get(id);
  }

  #wait(room, waiters, waiter, signal) {
    const one = { resolve: waiter.resolve, reject: waiter.reject };
    const stop = () => this.#cancel(room, waiters, one, signal.reason);
    one.release = () => signal?.removeEventListener("abort", stop);
    signal?.addEventListener("abort", stop);
    waiters.push(one);
  }

  #cancel(room, waiters, waiter, reason) {
    const index = waiters.indexOf(waiter);
    if (index < 0) return;
    settle(waiters.splice(index, 1), (one) => one.reject(reason));
    const isLastOpener = waiters === room.openers && waiters.length === 0;
    if (isLastOpener && room.role !== "owner") room.wantsToOwn = false;
    const event = waiters === room.openers ? "leave-room" : "cancel-wait";
    if (!room.isWanted) this.#giveUp(room, event, () => {});
    else if (isLastOpener && room.role !== "owner" && room.mayBeOwned) this.#takeBack(room);
  }

  /** The opening is on its way. The server has no way to a smaller role than out and in again. */
  #takeBack(room) {
    this.#void(room);
    room.mayBeOwned = false;
    if (room.role) this.#unseated.add(room);
    this.#letGo(room.id, "leave-room", () => {});
    this.#sendQuestion(room);
  }

  #giveUp(room, event, resolve) {
    this.#forget(room);
    if (room.mayBeHeld) this.#letGo(room.id, event, resolve);
    else resolve();
  }

  #forget(room) {
    this.#void(room);
    this.#rooms.delete(room.id);
    if (this.#rooms.size === 0) this.#on.homeless();
    this.#seated(room);
  }

  /** What is under way about a room has no meaning any more. */
  #void(room) {
    room.turn += 1;
    room.isAsked = false;
    this.#heard(room);
  }

  #letGo(id, event, resolve) {
    this.#leaving.set(id, [...(this.#leaving.get(id) ?? []), resolve]);
    if (this.#request) this.#sendLeaving(event, id);
  }

  #sendLeaving(event, id) {
    const resolvers = this.#leaving.get(id);
    this.#request(event, id, undefined, () => this.#left(id, resolvers));
  }

  /** The server has let go of what these left. The room may have been asked for and left again since. */
  #left(id, resolvers) {
    const others = (this.#leaving.get(id) ?? []).filter((one) => !resolvers.includes(one));
    if (others.length > 0) this.#leaving.set(id, others);
    else this.#leaving.delete(id);
    for (const resolve of resolvers) resolve();
  }

  #askFor(room) {
    if (room.wantsToOwn) this.#sendOpening(room);
    else this.#sendQuestion(room);
  }

  #sendOpening(room) {
    this.#send(room, "keep-in-server", (answer, number) => {
      room.lastGranted = Math.max(room.lastGranted, number);
      room.token = answer?.token ?? room.token;
      room.wantsToOwn = true; // also if it was displaced before this opening was granted
      this.#answered(room, "owner");
    });
  }

  #sendQuestion(room) {
    if (!this.#request || room.isAsked) return;
    this.#send(room, "get-session-info", () => this.#answered(room, "member"));
    if (room.role || room.wasPatient) return;
    room.wasPatient = true;
    room.patience = setTimeout(() => {
      this.#heard(room);
      this.#on.heard();
    }, this.#askWaitMs);
  }

  #send(room, event, onGranted) {
    if (!this.#request) return;
    room.isAsked = room.mayBeHeld = true;
    const number = (room.requests += 1);
    if (event === "keep-in-server") {
      room.mayBeOwned = true;
      room.lastOpening = number;
    }
    const { id, token, turn } = room;
    this.#request(event, id, event === "keep-in-server" ? token : undefined, (answer) => {
      if (room.turn === turn) {
        if (answer?.ok !== false) onGranted(answer, number);
        else if (number >= this.#decisive(room, event)) this.refused({ event, room: id, ...answer.error });
      } else if (answer?.ok !== false && !this.#rooms.has(id)) this.#letGo(id, "leave-room", () => {});
    });
  }

  /**
   * Before which request refusals do not count any more: what a server grants may overtake what it has refused
   * before, and who opens twice waits for the later answer.
   */
  #decisive(room, event) {
    return event === "keep-in-server" ? room.lastOpening : room.lastGranted;
  }

  #answered(room, role) {
    room.isAsked = false;
    this.#heard(room);
    if (room.role !== "owner") room.role = role;
    const waiters = role === "owner" ? room.openers.splice(0) : [];
    waiters.push(...room.askers.splice(0));
    this.#seated(room);
    settle(waiters, (one) => one.resolve(room.id));
  }

  /** What is said need not wait for this room. */
  #heard(room) {
    clearTimeout(room.patience);
    room.patience = null;
  }

  #seated(room) {
    if (this.#unseated.delete(room) && this.#unseated.size === 0) this.#on.seated();
    this.#on.heard();
  }

  /**
   * Somebody has proven that the room was his: what is left is a member's seat. Whoever waits for an opening that
   * is on its way has an answer to come.
   */
  #displaced(room, error) {
    const wantsToOwn = room?.openers.length > 0;
    if (room?.role) Object.assign(room, { role: "member", token: undefined, wantsToOwn });
    this.#on.refused(error);
  }

  #reject(room, waiters, error) {
    const isOpening = waiters === room.openers;
    if (isOpening) room.wantsToOwn = room.mayBeOwned = false;
    this.#heard(room);
    room.isAsked = room.wantsToOwn; // an opening on its way will be answered by itself
    if (isOpening) this.#void(room);
    // A seat that was held before the reconnect and is refused now is lost, and given up for certain.
    const isLost = isOpening ? room.role === "owner" : room.role !== null;
    if (!isOpening || room.role === "owner") room.role = null;
    this.#on.refused(error);
    const rejected = waiters.splice(0);
    if (room.isWanted && !room.wantsToOwn) this.#sendQuestion(room);
    else if (!room.isWanted && isLost) this.#giveUp(room, "leave-room", () => {});
    else if (!room.isWanted) this.#forget(room);
    if (!room.role) this.#seated(room);
    settle(rejected, (one) => one.reject(error));
  }
}
