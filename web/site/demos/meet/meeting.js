// Who is in the room: says hello through the signaler, keeps one Peer per person. Knows no page.
import { Peer } from "./peer.js";

/** How long somebody who vanished is waited for, while the server can be reached. */
const patienceMs = 20_000;

const randomId = () => crypto.getRandomValues(new Uint32Array(2)).join("-");

/**
 * Events: `joined`, `changed`, `left` (detail: peer), `text` ({peer, text}), `stream` ({peer, stream}).
 * Messages in the room: {kind: "hello" | "welcome" | "signal" | "bye", from, to?, name, call?, knows?}.
 */
export class Meeting extends EventTarget {
  peers = new Map();
  #signaler;
  #me = { id: randomId(), name: "" };
  #stream = null;
  #configuration;

  constructor(signaler, name, configuration = {}) {
    super();
    this.#signaler = signaler;
    this.#me.name = name;
    this.#configuration = configuration;
    signaler.socket.on("message", this.#onMessage);
    signaler.on("recovered", this.#onRecovered);
    this.#say({ kind: "hello" });
  }

  /** Says it to everybody; false if there is nobody. */
  say(text) {
    const listeners = [...this.peers.values()].filter((peer) => peer.canChat);
    for (const peer of listeners) peer.say(text);
    return listeners.length > 0;
  }

  show(stream) {
    this.#stream = stream;
    for (const peer of this.peers.values()) peer.show(stream);
  }

  end() {
    this.#say({ kind: "bye" });
    this.#signaler.socket.off("message", this.#onMessage);
    this.#signaler.off("recovered", this.#onRecovered);
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
  }

  #say(message) {
    const { id: from, name } = this.#me;
    this.#signaler.socket.emit("message", { ...message, from, name });
  }

  #onRecovered = () => {
    // Some may have come meanwhile; some may have lost the way to us.
    const knows = Object.fromEntries([...this.peers.values()].map(({ id, call }) => [id, call]));
    this.#say({ kind: "hello", knows });
    for (const peer of this.peers.values()) if (peer.state !== "connected") peer.restart();
  };

  #onMessage = (message) => {
    const { kind, from, to, call } = message ?? {};
    if (typeof from !== "string" || from === this.#me.id || (to && to !== this.#me.id)) return;
    const known = this.peers.get(from);
    if (kind === "bye") this.#remove(known);
    else if (kind === "hello") this.#onHello(message, known);
    else if (kind === "welcome") this.#onWelcome(message, known);
    else if (kind === "signal" && known?.call === call) known.signal(message.signal);
  };

  #onHello(message, known) {
    // Somebody who was away, not somebody new: we still have each other.
    if (known && message.knows?.[this.#me.id] === known.call) return;
    const call = randomId();
    this.#say({ kind: "welcome", to: message.from, call });
    this.#add({ ...message, call }, true);
  }

  #onWelcome(message, known) {
    // Two who said hello at once have welcomed each other: the call of the greater id stands.
    if (known && (known.call === message.call || message.from < this.#me.id)) return;
    this.#add(message);
  }

  #add({ from, name, call }, isCaller = false) {
    this.#remove(this.peers.get(from));
    const peer = new Peer({
      id: from,
      name: String(name || "somebody"),
      call,
      isCaller,
      isPolite: this.#me.id < from,
      configuration: this.#configuration,
      send: (signal) => this.#say({ kind: "signal", to: from, call, signal }),
    });
    this.peers.set(from, peer);
    this.#follow(peer);
    if (this.#stream) peer.show(this.#stream);
    this.#tell("joined", peer);
  }

  #follow(peer) {
    let patience;
    const lose = () => this.peers.get(peer.id) === peer && this.#remove(peer);
    peer.addEventListener("state", () => {
      clearTimeout(patience);
      const isLost = peer.state === "failed" || peer.state === "disconnected";
      if (isLost) patience = setTimeout(check, patienceMs);
      this.#tell("changed", peer);
    });
    // Without the server nobody can be found again: wait on.
    const check = () => {
      if (this.#signaler.state === "connected") lose();
      else patience = setTimeout(check, patienceMs);
    };
    peer.addEventListener("gone", lose);
    peer.addEventListener("text", ({ detail: text }) => this.#tell("text", { peer, text }));
    peer.addEventListener("stream", ({ detail: stream }) => this.#tell("stream", { peer, stream }));
  }

  #remove(peer) {
    if (!peer) return;
    this.peers.delete(peer.id);
    peer.close();
    this.#tell("left", peer);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
