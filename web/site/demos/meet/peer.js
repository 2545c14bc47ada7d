// One other person: an RTCPeerConnection kept alive by perfect negotiation. No signaling of its own,
// no page: signals go out through `send`, everything else as events.
//
// Perfect negotiation (WebRTC 1.0, section 10.7): once the two are connected, both sides may make an
// offer at any time; when two offers meet, the polite side takes its own back. The first offer is the
// caller's alone: Chromium, made to take back its very first one, at times gathers no candidates.

export class Peer extends EventTarget {
  #connection;
  #chat = null;
  #stream = null;
  #send;
  #isPolite;
  #isMakingOffer = false;
  #ignoresOffer = false;
  #turn = Promise.resolve(); // signals are handled one after the other

  /** `call` names this attempt: whoever starts anew starts a new one. */
  constructor({ id, name, call, isCaller, isPolite, send, configuration }) {
    super();
    Object.assign(this, { id, name, call });
    this.#send = send;
    this.#isPolite = isPolite;
    this.#connection = new RTCPeerConnection(configuration);
    this.#listen();
    if (isCaller) this.#take(this.#connection.createDataChannel("chat"));
    else this.#connection.ondatachannel = ({ channel }) => this.#take(channel);
  }

  /** "new", "connecting", "connected", "disconnected", "failed" or "closed". */
  get state() {
    return this.#connection.connectionState;
  }

  get canChat() {
    return this.#chat?.readyState === "open";
  }

  say(text) {
    this.#chat.send(text);
  }

  /** Shows these tracks to the other side instead of those it sees now. */
  show(stream) {
    this.#stream = stream;
    if (!this.canChat) return; // when it can, it is shown
    for (const sender of this.#connection.getSenders()) {
      if (sender.track) this.#connection.removeTrack(sender);
    }
    for (const track of stream?.getTracks() ?? []) this.#connection.addTrack(track, stream);
  }

  /** Looks for a way anew, over the connection that exists. */
  restart() {
    this.#connection.restartIce();
  }

  signal(signal) {
    this.#turn = this.#turn
      .then(() => this.#handle(signal))
      .catch((error) => console.warn("a signal could not be used:", error));
  }

  close() {
    this.#connection.close();
  }

  #listen() {
    const connection = this.#connection;
    connection.onnegotiationneeded = () => this.#offer();
    connection.onicecandidate = ({ candidate }) => this.#send({ candidate });
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === "failed") this.restart();
      this.dispatchEvent(new Event("state"));
    };
    connection.ontrack = ({ track, streams: [stream] }) => {
      const tell = () => this.#tell("stream", stream?.getTracks().length ? stream : null);
      stream?.addEventListener("removetrack", tell);
      track.addEventListener("ended", tell);
      tell();
    };
  }

  #take(chat) {
    this.#chat = chat;
    chat.onopen = () => {
      if (this.#stream) this.show(this.#stream);
      this.dispatchEvent(new Event("state"));
    };
    chat.onmessage = ({ data }) => this.#tell("text", data);
    chat.onclose = () => this.dispatchEvent(new Event("gone"));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async #offer() {
    this.#isMakingOffer = true;
    try {
      await this.#connection.setLocalDescription();
      this.#send({ description: this.#connection.localDescription });
    } catch (error) {
      if (this.state !== "closed") throw error;
    } finally {
      this.#isMakingOffer = false;
    }
  }

  async #handle({ description, candidate }) {
    const connection = this.#connection;
    if (this.state === "closed") return;
    if (description) {
      const isStable = connection.signalingState === "stable";
      const collides = description.type === "offer" && (this.#isMakingOffer || !isStable);
      this.#ignoresOffer = !this.#isPolite && collides;
      if (this.#ignoresOffer) return;
      await connection.setRemoteDescription(description);
      if (description.type !== "offer") return;
      await connection.setLocalDescription();
      this.#send({ description: connection.localDescription });
    } else {
      try {
        await connection.addIceCandidate(candidate ?? undefined);
      } catch (error) {
        if (!this.#ignoresOffer) throw error;
      }
    }
  }
}
