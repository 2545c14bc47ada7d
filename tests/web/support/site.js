// The real binary serving the web client that it carries, on a port of its own or on a given one.
import { Server } from "../../e2e/support/server.js";

/** SIGNALER_WEB_ROOT, by hand: a folder in place of what the binary carries. */
const webRoot = process.env.SIGNALER_WEB_ROOT;

export const startSite = (options) => Server.start({ "web-root": webRoot, ...options });

/** Ends it as a crash would, and waits until it is gone. */
export async function crash(server) {
  server.child.kill("SIGKILL");
  await server.exited;
}
