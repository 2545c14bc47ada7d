// The real binary serving the built web root, on a port of its own or on a given one.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "../../e2e/support/server.js";

const here = path.dirname(fileURLToPath(import.meta.url));

export const webRoot = path.resolve(here, "../../../web/dist");

export const startSite = (options) => Server.start({ "web-root": webRoot, ...options });

/** Ends it as a crash would, and waits until it is gone. */
export async function crash(server) {
  server.child.kill("SIGKILL");
  await server.exited;
}
