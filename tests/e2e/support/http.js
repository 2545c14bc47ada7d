// HTTP requests as a test wants them: any method, any header, each on a connection of its own
// unless an agent is given. Knows nothing of Engine.IO.
import http from "node:http";
import https from "node:https";
import { within } from "./deadline.js";

/**
 * Resolves to {status, headers, body}; the body is text. `path` is sent as it is. With `abort` (an
 * AbortSignal) the request breaks off in the middle, and the promise rejects.
 */
export function request(server, path, options = {}) {
  const { method = "GET", headers, body, agent = false, abort, deadline } = options;
  const { request: send } = server.secure ? https : http;
  const answer = new Promise((resolve, reject) => {
    const outgoing = send({
      host: "127.0.0.1",
      port: server.port,
      path,
      method,
      // Node frames a body by itself for some methods only.
      headers:
        body === undefined ? headers : { "Content-Length": Buffer.byteLength(body), ...headers },
      agent,
      signal: abort,
      rejectUnauthorized: false,
    });
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.end(body);
  });
  return within(answer, `answer to ${method} ${path.slice(0, 80)}`, deadline);
}

/** The path of an Engine.IO request; undefined values leave a parameter out. */
export function enginePath(query = {}) {
  const all = { EIO: "4", transport: "polling", ...query };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return `/socket.io/?${new URLSearchParams(given)}`;
}

export const engineRequest = (server, query, options) =>
  request(server, enginePath(query), options);
