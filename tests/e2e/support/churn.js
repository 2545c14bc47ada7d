// Sessions that come and go in every way a client can: what leak tests run by the thousand.
import { patience } from "./deadline.js";
import { RawPolling, RawWebSocket } from "./raw_session.js";

/**
 * Server options for churn: who vanishes between two polls leaves no trace on the wire, so only the
 * heartbeat can find that out, and it should not take 45 s. Who is in the middle of an upgrade answers no
 * ping: it must be over sooner than that, also on a busy machine.
 */
export const heartbeat = { "ping-interval": "1s", "ping-timeout": `${Math.max(10, 4 * patience)}s` };

/** Joins the namespace, opens a room of its own, asks for another one that may be there or not. */
async function use(session, number) {
  await session.joinsNamespace();
  await session.opens(`room ${number}`);
  await session.send(`421["get-session-info","room ${number - 1}"]`);
  await session.says({ sender: number, channel: "churn", message: "x".repeat(100) });
}

/** An upgrade as the stock client does it; `finish` false leaves it half done. */
async function upgrade(server, session, finish) {
  const socket = await RawWebSocket.open(server, { sid: session.sid });
  await socket.send("2probe");
  await socket.next();
  if (finish) await socket.send("5");
  return socket;
}

const ways = [
  async function politelyOverWebSocket(server, number) {
    const session = await RawWebSocket.open(server);
    await use(session, number);
    await session.send("41");
    session.socket.close();
    await session.isClosed();
  },
  async function abruptlyOverWebSocket(server, number) {
    const session = await RawWebSocket.open(server);
    await use(session, number);
    session.vanishes();
    await session.isClosed();
  },
  async function politelyOverPolling(server, number) {
    const session = await RawPolling.open(server);
    await use(session, number);
    await session.send("41", "1");
    await session.isClosed();
    session.vanishes();
  },
  async function abruptlyOverPolling(server, number) {
    const session = await RawPolling.open(server);
    await use(session, number);
    session.vanishes();
    await session.isClosed();
  },
  async function afterAnUpgrade(server, number) {
    const session = await RawPolling.open(server);
    await use(session, number);
    const socket = await upgrade(server, session, true);
    await socket.says("upgraded");
    socket.vanishes();
    await session.isClosed();
    session.vanishes();
  },
  async function inTheMiddleOfAnUpgrade(server, number) {
    const session = await RawPolling.open(server);
    await session.joinsNamespace();
    await session.send(`421["get-session-info","room ${number}"]`);
    const socket = await upgrade(server, session, false);
    session.vanishes();
    socket.vanishes();
    await session.isClosed();
  },
  async function withAProtocolError(server, number) {
    const session = await RawWebSocket.open(server);
    await use(session, number);
    await session.send("42{");
    await session.isClosed();
  },
  async function withoutEverJoining(server) {
    const session = await RawWebSocket.open(server);
    session.vanishes();
    await session.isClosed();
  },
];

/** `count` sessions in all ways, `width` of them at a time. */
export async function churn(server, count, { width = 32, onProgress = () => {} } = {}) {
  let started = 0;
  async function worker() {
    while (started < count) {
      const number = (started += 1);
      await ways[number % ways.length](server, number);
      if (number % 1000 === 0) onProgress(number);
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
}
