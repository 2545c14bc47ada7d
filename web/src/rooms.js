// What the page holds and waits for: rooms it opened, rooms it asked for. Asks again after every
// reconnect, answers the page once. Knows no sockets: it is given a way to make requests.
import { callPage } from "./call_page.js";
import { SignalerError } from "./errors.js";

class Room {
  role = null; // "owner", "member", or null as long as no seat was given
  token; // proves ownership to a server that has lost its memory
  wantsToOwn = false;
  openers = []; // who waits for the opening, as {resolve, reject}
  askers = [];
  isAsked = false; // the question is out, on this connection

  constructor(id) {
    this.id = id;
  }

  get isWanted() {
    return this.role !== null || this.openers.length > 0 || this.askers.length > 0;
  }
}

const settle = (waiters, action) => {
  for (const waiter of waiters.splice(0)) callPage(() => action(waiter));
};

export class Rooms {
  #rooms = new Map(); // id -> Room, in the order in which the page wanted them
  #leaving = new Map(); // id -> who waits until the server has let go
  #request = null; // (event, id, token, onAnswer): the way to the server while there is one
  #unseated = new Set(); // rooms whose seat has not been given back since the reconnect
  #onSeated;
  #onRefused;
  #onLeftover;

  /**
   * `onSeated()`: all seats are taken again. `onRefused(error)`: somebody may not hear of it otherwise.
   * `onLeftover(id)`: the server gave a seat that nobody wants any more.
   */
  constructor({ onSeated, onRefused, onLeftover }) {
    this.#onSeated = onSeated;
    this.#onRefused = onRefused;
    this.#onLeftover = onLeftover;
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

  get areSeated() {
    return this.#unseated.size === 0;
  }

  /**
   * A connection is there: everything is asked again. `kept`: the server still has what it had given
   * until the last one broke; what it had not given back by then is missing still.
   */
  resume(request, { kept }) {
    this.#request = request;
    if (!kept) this.#unseated.clear();
    for (const id of this.#leaving.keys()) {
      if (kept) this.#sendLeaving("leave-room", id);
      else this.#left(id);
    }
    for (const room of [...this.#rooms.values()]) {
      if (room.role && !kept) this.#unseated.add(room);
      if (room.wantsToOwn) this.#sendOpening(room);
      else this.#sendQuestion(room);
    }
  }

  suspend() {
    this.#request = null;
    for (const room of this.#rooms.values()) room.isAsked = false;
  }

  /** The server has refused a request, beside the acknowledgement that now never comes. */
  refused({ event, room: id, code, message }) {
    // A server that goes away is asked again when it is back.
    if (code === "shutting-down") return;
    const room = this.#rooms.get(id);
    const error = new SignalerError(code, message, { event, room: id });
    if (room && event === "get-session-info") this.#reject(room, room.askers, error);
    else if (room && event?.startsWith("keep-")) this.#reject(room, room.openers, error);
    else this.#onRefused(error);
  }

  /** Nothing will come any more. */
  close(error) {
    this.suspend();
    for (const room of this.#rooms.values()) {
      settle([...room.openers.splice(0), ...room.askers.splice(0)], (one) => one.reject(error));
    }
    this.#rooms.clear();
    for (const id of [...this.#leaving.keys()]) this.#left(id);
  }

  #room(id) {
    if (!this.#rooms.has(id)) this.#rooms.set(id, new Room(id));
    return this.#rooms.get(id);
  }

  #wait(room, waiters, waiter, signal) {
    waiters.push(waiter);
    signal?.addEventListener("abort", () => this.#cancel(room, waiters, waiter, signal.reason), {
      once: true,
    });
  }

  #cancel(room, waiters, waiter, reason) {
    const index = waiters.indexOf(waiter);
    if (index < 0) return;
    waiters.splice(index, 1);
    waiter.reject(reason);
    if (room.wantsToOwn && room.role !== "owner") room.wantsToOwn = room.openers.length > 0;
    const event = waiters === room.openers ? "leave-room" : "cancel-wait";
    if (!room.isWanted) this.#giveUp(room, event, () => {});
  }

  #giveUp(room, event, resolve) {
    const wasKnown = room.role !== null || room.isAsked;
    this.#rooms.delete(room.id);
    this.#seated(room);
    if (!wasKnown) return resolve();
    this.#leaving.set(room.id, [...(this.#leaving.get(room.id) ?? []), resolve]);
    if (this.#request) this.#sendLeaving(event, room.id);
  }

  #sendLeaving(event, id) {
    this.#request(event, id, undefined, () => this.#left(id));
  }

  #left(id) {
    const resolvers = this.#leaving.get(id) ?? [];
    this.#leaving.delete(id);
    for (const resolve of resolvers) resolve();
  }

  #sendOpening(room) {
    if (!this.#request) return;
    room.isAsked = true;
    this.#request("keep-in-server", room.id, room.token, (answer) => {
      if (answer?.ok === false) return this.refused(refusalIn(answer, "keep-in-server", room.id));
      room.token = answer?.token ?? room.token;
      this.#answered(room, "owner");
    });
  }

  #sendQuestion(room) {
    if (!this.#request || room.isAsked) return;
    room.isAsked = true;
    this.#request("get-session-info", room.id, undefined, (answer) => {
      if (answer?.ok === false) return this.refused(refusalIn(answer, "get-session-info", room.id));
      this.#answered(room, "member");
    });
  }

  #answered(room, role) {
    if (this.#rooms.get(room.id) !== room) {
      if (!this.#rooms.has(room.id)) this.#onLeftover(room.id);
      return;
    }
    room.isAsked = false;
    if (room.role !== "owner") room.role = role;
    const waiters = role === "owner" ? room.openers.splice(0) : [];
    waiters.push(...room.askers.splice(0));
    this.#seated(room);
    settle(waiters, (one) => one.resolve(room.id));
  }

  #seated(room) {
    if (this.#unseated.delete(room) && this.#unseated.size === 0) this.#onSeated();
  }

  #reject(room, waiters, error) {
    if (waiters === room.openers) room.wantsToOwn = false;
    room.isAsked = false;
    // A seat that was held before the reconnect and is refused now is lost.
    if (waiters === room.openers || room.role === "member") room.role = null;
    this.#onRefused(error);
    const rejected = waiters.splice(0);
    if (!room.isWanted) this.#rooms.delete(room.id);
    else if (!room.wantsToOwn) this.#sendQuestion(room);
    this.#seated(room);
    settle(rejected, (one) => one.reject(error));
  }
}

const refusalIn = (answer, event, room) => ({ event, room, ...answer.error });
