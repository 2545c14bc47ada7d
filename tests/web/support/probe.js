// A page with nothing but the browser script, which remembers everything it is told.
import { usualDeadline } from "../../e2e/support/deadline.js";

/** Runs inside the page: `url` is another server than the page's own, or nothing. */
function install([url, userid, options]) {
  const probe = { messages: [], answers: {}, events: [], rejections: [], hellos: [] };
  probe.connection = { userid };
  probe.signaler = initReliableSignaler(probe.connection, url, options);
  probe.socket = probe.signaler.socket;
  probe.socket.on("message", (message) => probe.messages.push(message));
  probe.socket.on("signaler-hello", (hello) => probe.hellos.push(hello));
  const now = () => performance.timeOrigin + performance.now();
  const remember = (key) => (...args) => {
    (probe.answers[`${key}`] ??= []).push({ args, at: now() });
  };
  probe.open = (room) => {
    const at = now();
    probe.signaler.createNewRoomOnServer(room, remember(`open ${room}`));
    return at;
  };
  probe.join = (room) => probe.signaler.getRoomFromServer(room, remember(`join ${room}`));
  probe.joinPatiently = (room) => {
    probe.patience = new AbortController();
    const { signal } = probe.patience;
    const wait = probe.signaler.getRoomFromServer(room, { signal });
    wait.then(remember(`join ${room}`), ({ name }) => probe.rejections.push(name));
  };
  probe.say = (message) => probe.socket.emit("message", message);
  probe.chatter = (count) => {
    let n = 0;
    const timer = setInterval(() => {
      probe.say((n += 1));
      probe.said = n;
      if (n === count) clearInterval(timer);
    }, 4);
  };
  const names = "connected disconnected reconnecting recovered gap dropped refused closed";
  for (const event of names.split(" ")) {
    probe.signaler.on(event, (details) => probe.events.push({ event, details }));
  }
  window.probe = probe;
}

const ours = { url: "/reliable-signaler/signaler.js" };
const quick = { minMs: 50, maxMs: 400 };

export class Probe {
  static async on(page, userid, { url, script = ours, ...options } = {}) {
    const probe = new Probe();
    probe.page = page;
    await page.addScriptTag(script);
    await page.evaluate(install, [url, userid, { backoff: quick, ...options }]);
    return probe;
  }

  /** When the opening was asked for, in milliseconds. */
  opens(room) {
    return this.page.evaluate((id) => window.probe.open(id), room);
  }

  joins(room) {
    return this.page.evaluate((id) => window.probe.join(id), room);
  }

  says(...messages) {
    return this.page.evaluate((all) => all.forEach(window.probe.say), messages);
  }

  /** Says 1 to `count`, one every few milliseconds. */
  chatters(count) {
    return this.page.evaluate((last) => window.probe.chatter(last), count);
  }

  /** All answers so far to `open room` or `join room`, once there is one. */
  async answers(question) {
    await this.until((name) => window.probe.answers[name]?.length > 0, question);
    return this.page.evaluate((name) => window.probe.answers[name], question);
  }

  /** All messages so far, once there are `count`. */
  async hears(count = 1) {
    await this.until((wanted) => window.probe.messages.length >= wanted, count);
    return this.page.evaluate(() => window.probe.messages);
  }

  /** All messages so far, once this one is among them. */
  async hearsThat(message) {
    await this.until((wanted) => window.probe.messages.includes(wanted), message);
    return this.page.evaluate(() => window.probe.messages);
  }

  /** Waits until this event has happened `count` times since the page was loaded. */
  sees(event, count = 1) {
    return this.until(
      ([name, wanted]) => window.probe.events.filter((one) => one.event === name).length >= wanted,
      [event, count],
    );
  }

  /** Waits until it has said so much, all of it has been taken, and all its seats are its own again. */
  async isSettled(count) {
    await this.until((wanted) => {
      const { said, signaler, events } = window.probe;
      const turns = events.filter(({ event }) => ["disconnected", "recovered"].includes(event));
      return said === wanted && signaler.queued === 0 && turns.at(-1)?.event === "recovered";
    }, count);
  }

  /** The details of each time that this event has happened so far. */
  seen(event) {
    return this.page.evaluate((name) => {
      return window.probe.events.filter((one) => one.event === name).map(({ details }) => details);
    }, event);
  }

  /** A property of its signaler. */
  its(property) {
    return this.page.evaluate((name) => window.probe.signaler[name], property);
  }

  until(condition, argument) {
    return this.page.waitForFunction(condition, argument, { timeout: usualDeadline * 2, polling: 20 });
  }
}
