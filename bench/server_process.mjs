// A server on a core of its own, and what the kernel says it has used.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import readline from "node:readline";

export class ServerProcess {
  /** Starts `command` pinned to `core`; returns when it listens. */
  static async start(name, command, core) {
    const options = ["--address=127.0.0.1", "--port=0", "--admin-port=0", "--log-format=json"];
    const args = ["-c", String(core), ...command, ...options];
    const child = spawn("taskset", args, { stdio: ["ignore", "pipe", "pipe"] });
    process.once("exit", () => child.kill("SIGKILL"));
    const server = new ServerProcess();
    Object.assign(server, { name, child, pid: child.pid });
    const ports = new Map();
    for (const stream of [child.stdout, child.stderr]) {
      const lines = readline.createInterface({ input: stream });
      lines.on("line", (line) => {
        if (!line.startsWith("{")) return;
        const { event, port } = JSON.parse(line);
        if (event === "listening" || event === "admin_listening") ports.set(event, port);
        if (ports.size === 2) child.emit("ready");
      });
    }
    await Promise.race([
      once(child, "ready"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} ended: ${code}`))),
    ]);
    server.port = ports.get("listening");
    server.adminPort = ports.get("admin_listening");
    return server;
  }

  /** Nanoseconds on a core so far, of all threads: /proc counts them finer than clock ticks. */
  cpu() {
    const tasks = `/proc/${this.pid}/task`;
    let total = 0;
    for (const task of readdirSync(tasks)) {
      const [running] = readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ");
      total += Number(running);
    }
    return total;
  }

  /** Bytes of private resident memory. */
  resident() {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
  }

  async admin(path) {
    const request = http.get({ host: "127.0.0.1", port: this.adminPort, path, agent: false });
    const [response] = await once(request, "response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return response.statusCode === 200 ? JSON.parse(body) : null;
  }

  stop() {
    this.child.kill("SIGKILL");
  }
}
