// The function pages call, as the original package documented it, and what goes beyond it.
import { followPage } from "./page.js";
import { roomIdOf } from "./rooms.js";
import { Signaler } from "./signaler.js";

const events = "connected disconnected reconnecting recovered gap dropped refused closed".split(" ");

function randomId() {
  const words = globalThis.crypto?.getRandomValues?.(new Uint32Array(3));
  if (words) return Array.from(words, (word) => word.toString(36)).join("");
  return Math.random().toString(36).slice(2) + Date.now().toString(36);
}

/**
 * Gives `connection` its openSignalingChannel, on channels within the messages of `socket`. Returns whether
 * one was ever opened.
 */
function provideChannels(connection, socket) {
  const listeners = new Map();
  socket.on("message", (data) => listeners.get(data?.channel)?.(data.message));
  connection.openSignalingChannel = function (config) {
    const channel = config.channel || this?.channel || "default-channel";
    listeners.set(channel, config.onmessage);
    if (config.onopen) setTimeout(config.onopen, 1);
    return {
      send(message) {
        socket.emit("message", { sender: connection.userid, channel, message });
      },
      channel,
    };
  };
  return () => listeners.size > 0;
}

/**
 * `ask(waiter, signal)` with a callback, as the original did it, or with a promise if none is given.
 * What goes wrong with a callback is told by the event `refused` alone.
 */
function callOrPromise(callback, options, ask, givesRoom) {
  if (typeof callback !== "function") {
    const { signal } = callback ?? options ?? {};
    const answer = new Promise((resolve, reject) => ask({ resolve, reject }, signal));
    answer.catch(() => {}); // the original's pages look at no promise; `refused` tells them
    return answer;
  }
  const resolve = givesRoom ? callback : () => callback();
  ask({ resolve, reject: () => {} }, options?.signal);
}

/** See types/index.d.ts for what goes in and what comes out. */
export function initReliableSignaler(connection, url, options) {
  if (!connection) throw new TypeError('"connection" argument is required.');
  const signaler = new Signaler(url || "/", options);
  const { socket } = signaler;
  const hasChannels = provideChannels(connection, socket);
  followPage(signaler, connection, hasChannels);

  const result = {
    socket,
    createNewRoomOnServer(roomid, callback, more) {
      const id = roomIdOf(roomid || connection.channel);
      connection.roomid = id;
      connection.isInitiator = true;
      connection.userid ||= randomId();
      return callOrPromise(callback, more, (...wait) => signaler.open(id, ...wait), false);
    },
    getRoomFromServer(roomid, callback, more) {
      connection.userid ||= randomId();
      return callOrPromise(callback, more, (...wait) => signaler.ask(roomid, ...wait), true);
    },
    leaveRoom: (roomid) => signaler.leave(roomid),
    connect: () => signaler.connect(),
    close: () => signaler.close(),
    get state() {
      return signaler.state;
    },
    get id() {
      return signaler.id;
    },
    get queued() {
      return signaler.queued;
    },
  };
  for (const name of ["on", "once", "off"]) {
    result[name] = (event, listener) => {
      if (!events.includes(event)) throw new TypeError(`There is no event "${event}"`);
      signaler[name](event, listener);
      return result;
    };
  }
  return result;
}
