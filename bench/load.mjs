// The three kinds of load, each on one server: churn, relay between pairs, idle connections.
import { Client, encode } from "./ws_client.mjs";

let lastRoom = 0;
const roomName = () => `room-${(lastRoom += 1)}`;
const opening = (room) => encode(`420["keep-in-server","${room}"]`);
const question = (room) => encode(`420["get-session-info","${room}"]`);

/** Runs `step` by `width` workers until `milliseconds` are over; how many steps were done. */
async function repeat(step, milliseconds, width) {
  const end = performance.now() + milliseconds;
  let count = 0;
  async function worker() {
    while (performance.now() < end) {
      await step();
      count += 1;
    }
  }
  await Promise.all(Array.from({ length: width }, worker));
  return count;
}

/** Connect, open a room with its acknowledgement, disconnect; one operation is all of that. */
export const churn = (port, milliseconds, width = 32) =>
  repeat(
    async () => {
      const client = await Client.connect(port);
      const answer = await client.ask(opening(roomName()));
      if (answer !== "430[]") throw new Error(`unexpected answer: ${answer}`);
      await client.leave();
    },
    milliseconds,
    width,
  );

/** Two clients in a room. */
async function pair(port) {
  const room = roomName();
  const owner = await Client.connect(port);
  await owner.ask(opening(room));
  const member = await Client.connect(port);
  await member.ask(question(room));
  return [owner, member];
}

/** As long as an ICE candidate in the page's own envelope: about 240 bytes. */
const candidate =
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 192.0.2.1 rport 46154 " +
  "generation 0 ufrag sXP5 network-cost 999";
const envelope = { sender: "k3j2h", channel: "4f9a0c", message: { candidate, sdpMLineIndex: 0 } };
const message = encode(`42${JSON.stringify(["message", envelope])}`);

export class Pairs {
  #delivered = 0;
  #isRunning = false;
  #stopped = [];

  static async meet(port, count) {
    const pairs = new Pairs();
    pairs.all = [];
    for (let index = 0; index < count; index += 1) pairs.all.push(await pair(port));
    for (const [one, two] of pairs.all) {
      one.onText = () => pairs.#arrived(one);
      two.onText = () => pairs.#arrived(two);
    }
    return pairs;
  }

  /** What one hears it answers: so each direction keeps its window of messages under way. */
  #arrived(client) {
    this.#delivered += 1;
    if (this.#isRunning) client.socket.write(message);
    else if ((this.underWay -= 1) === 0) this.#stopped.shift()();
  }

  /** Relays for that long with `width` messages under way per pair; how many were delivered. */
  async relay(milliseconds, width) {
    this.#delivered = 0;
    this.#isRunning = true;
    this.underWay = this.all.length * width;
    for (const [one] of this.all) {
      for (let turn = 0; turn < width; turn += 1) one.socket.write(message);
    }
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const allArrived = new Promise((resolve) => this.#stopped.push(resolve));
    this.#isRunning = false;
    await allArrived;
    return this.#delivered;
  }
}

/** Connections that do nothing, two in each room. */
export async function idle(port, connections) {
  const clients = [];
  while (clients.length < connections) clients.push(...(await pair(port)));
  return clients;
}
