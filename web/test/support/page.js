// A page in words of the domain: a connection object, its signaler, and everything it was told.
import { Inbox, within } from "../../../tests/e2e/support/deadline.js";
import { initReliableSignaler } from "../../src/index.js";

/** Tests should not wait long for a second attempt. */
const quickBackoff = { minMs: 20, maxMs: 200 };

const events = "connected disconnected reconnecting recovered gap dropped refused closed".split(" ");

export class Page {
  constructor(url, name, options) {
    this.name = name;
    this.connection = { userid: name };
    this.signaler = initReliableSignaler(this.connection, url, { backoff: quickBackoff, ...options });
    this.socket = this.signaler.socket;
    this.messages = new Inbox(`${name}'s messages`);
    this.socket.on("message", (message) => this.messages.push(message));
    for (const event of events) {
      const inbox = new Inbox(`${name}'s "${event}"`);
      this[event] = inbox;
      this.signaler.on(event, (details) => inbox.push(details));
    }
  }

  /** The page is up and the server is known. */
  static async load(url, name, options) {
    const page = new Page(url, name, options);
    await page.connected.next("connection");
    return page;
  }

  opens(room) {
    return within(this.signaler.createNewRoomOnServer(room), `opening of ${room} by ${this.name}`);
  }

  joins(room) {
    return within(this.signaler.getRoomFromServer(room), `answer about ${room} for ${this.name}`);
  }

  says(message) {
    this.socket.emit("message", message);
  }

  hears() {
    return this.messages.next("message");
  }

  leaves() {
    this.signaler.close();
  }
}

/** Runs `test(load)`; the pages it loads leave when it is over. */
export const withPages = (test) => async () => {
  const pages = [];
  const load = (page) => (pages.push(page), page);
  try {
    await test(load);
  } finally {
    for (const page of pages) page.leaves();
  }
};
