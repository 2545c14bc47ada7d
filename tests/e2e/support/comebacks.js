// Connections that break, and clients that come back on new ones: what suites about recovery share.
import { Proxy } from "../../../web/test/support/proxy.js";
import { within } from "./deadline.js";
import { isReference } from "./server.js";

// The standalone server's defaults, which the other suites switch off.
// The one timer of the session store runs on until the grace period is over.
// A connection whose session was claimed away has a while to say goodbye.
export const timer = { lasting: ["timers", "sessions", "actors", "queued_bytes"] };
export const defaults = { grace: undefined, recovery: isReference || undefined };

/** What a test needs to break connections: clients of `connect` come through the proxy. */
export function behindProxy(scene, transport) {
  const comesBack = async (peer) => {
    const connected = new Promise((resolve) => peer.socket.once("connect", resolve));
    peer.socket.connect();
    await within(connected, `${peer.name}'s return`);
    const { engine } = peer.socket.io;
    // Cut off in the middle of its upgrade the client would wait for a ping that does not come.
    if (transport !== "upgrade" || engine.transport.name === "websocket") return;
    await within(new Promise((resolve) => engine.once("upgrade", resolve)), "the upgrade");
  };
  const isCutOff = async (peer, proxy) => {
    const gone = new Promise((resolve) => peer.socket.once("disconnect", resolve));
    // Polling clients try a broken request again, and notice by a missing heartbeat only.
    if (transport === "polling") peer.socket.io.engine.close();
    else proxy.cut();
    await within(gone, `${peer.name}'s loss`);
    proxy.mend();
  };
  const connect = async (name, options) => {
    const proxy = await Proxy.start(scene.server.port);
    scene.atEnd(async () => {
      // A goodbye that is still on its way must arrive.
      await scene.server.statsBecome({ sockets: scene.baseline.sockets });
      await proxy.stop();
    });
    const peer = await scene.connect(name, { transport, ...options, through: proxy });
    return { peer, proxy };
  };
  return { comesBack, connect, isCutOff };
}

/** Resolves when the client has an offset to come back with. */
export function hasOffset({ socket }) {
  if (socket._lastOffset) return Promise.resolve();
  const heard = new Promise((resolve) => socket.onAny(() => setImmediate(resolve)));
  return within(heard, "a first event");
}
