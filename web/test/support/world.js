// What a test plays in: a server, pages that visit it, and networks between them that can be broken.
import http from "node:http";
import { afterEach, beforeEach } from "node:test";
import { within } from "../../../tests/e2e/support/deadline.js";
import { request } from "../../../tests/e2e/support/http.js";
import { Server } from "../../../tests/e2e/support/server.js";
import { Page } from "./page.js";
import { Proxy } from "./proxy.js";

class World {
  #pages = [];
  #proxies = [];

  async begin(start) {
    this.server = await start();
  }

  /** A page that has begun to connect; it leaves when the test is over. `through`: a network. */
  visit = (name, { through = this.server, ...options } = {}) => {
    const page = new Page(through.url, name, options);
    this.#pages.push(page);
    return page;
  };

  /** The same when it is up and the server is known. */
  load = async (name, options) => {
    const page = this.visit(name, options);
    await page.connected.next("connection");
    return page;
  };

  /** The same with a network of its own. */
  loadApart = async (name, options) => {
    const through = await this.network();
    return Object.assign(await this.load(name, { through, ...options }), { network: through });
  };

  /** A way to the server, whichever has its port. */
  async network() {
    const proxy = await Proxy.start(this.server.port);
    this.#proxies.push(proxy);
    return proxy;
  }

  /**
   * Ends the server as a crash would. A connection that it closes by that keeps its port from all whom the system
   * chooses one for, until there is a next one.
   */
  async kill() {
    const agent = new http.Agent({ keepAlive: true });
    if (this.server.isRunning) await request(this.server, "/healthz", { agent });
    this.server.kill();
    await within(this.server.exited, "end of the killed server");
    agent.destroy();
  }

  /** One at the same address that remembers nothing. */
  async restart(options, ...more) {
    await this.kill();
    this.server = await Server.start({ port: this.server.port, ...options }, ...more);
  }

  /** Another kind of server, elsewhere: for pages yet to come. */
  async replace(start) {
    await this.server.stop();
    this.server = await start();
  }

  async end() {
    for (const page of this.#pages.splice(0)) page.leaves();
    for (const proxy of this.#proxies.splice(0)) await proxy.stop();
    if (this.server.kill) this.server.kill();
    else await this.server.stop();
  }
}

/** A world of its own for each test of the suite, or file, that calls it. */
export function newWorld(start = () => Server.start()) {
  const world = new World();
  beforeEach(() => world.begin(start));
  afterEach(() => world.end());
  return world;
}

export const areBack = (...those) => Promise.all(those.map((page) => page.recovered.next("recovery")));
