// Two people and what their test may break: one server with its secret, a proxy before each of them.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Proxy } from "../../../web/test/support/proxy.js";
import { Probe } from "./probe.js";
import { crash, startSite } from "./site.js";

export class Stage {
  #folder = mkdtempSync(path.join(os.tmpdir(), "signaler-web-"));
  #options;
  #proxies = new Map();

  /** The pages come from `site`; they signal through a server of their own, which can die. */
  static async set(site, options = {}) {
    const stage = new Stage();
    stage.site = site;
    stage.#options = {
      grace: undefined, // the default, which other tests switch off
      "secret-file": path.join(stage.#folder, "secret"),
      ...options,
    };
    stage.server = await startSite(stage.#options);
    return stage;
  }

  async crash() {
    await crash(this.server);
  }

  /** A server that has been told to end, or has crashed, is there again. */
  async restart() {
    this.server = await startSite({ ...this.#options, port: this.server.port });
  }

  /** The network between this person and the server. */
  network(name) {
    return this.#proxies.get(name);
  }

  /** `page`: one that is there already. */
  async load(visit, name, { page, ...options } = {}) {
    const proxy = await Proxy.start(this.server.port);
    this.#proxies.set(name, proxy);
    page ??= await visit.page(this.site.url);
    return Probe.on(page, name, { url: proxy.url, ...options });
  }

  /** Alice and Bob in the room r1, which is Alice's. */
  async meet(visit, options) {
    const [alice, bob] = [await this.load(visit, "alice", options), await this.load(visit, "bob", options)];
    await alice.opens("r1");
    await bob.joins("r1");
    await bob.answers("join r1");
    return [alice, bob];
  }

  /** The people named lose their connections and learn of it. */
  async cut(people) {
    const losses = Object.entries(people).map(async ([name, probe]) => {
      const before = (await probe.seen("disconnected")).length;
      this.network(name).cut();
      await probe.sees("disconnected", before + 1);
    });
    await Promise.all(losses);
  }

  /** They get them back and are where they were. */
  async mend(people) {
    const returns = Object.entries(people).map(async ([name, probe]) => {
      const before = (await probe.seen("recovered")).length;
      this.network(name).mend();
      await probe.sees("recovered", before + 1);
    });
    await Promise.all(returns);
  }

  async clear() {
    for (const proxy of this.#proxies.values()) await proxy.stop();
    await this.crash();
    rmSync(this.#folder, { recursive: true });
  }
}
