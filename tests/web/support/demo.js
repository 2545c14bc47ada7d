// Windows with a demo in them, in the words of who sits in front of them.

import assert from "node:assert/strict";

export class Window {
  static async open(visit, site, demo) {
    const window = new Window();
    window.page = await visit.page(`${site.url}/demos/${demo}/`);
    await window.page.locator("#state[data-state=connected]").waitFor();
    return window;
  }

  async fillDoor(room, { name, camera } = {}) {
    await this.page.locator("#room").fill(room);
    if (name) await this.page.locator("#name").fill(name);
    if (camera) await this.page.locator("#video").check();
  }

  async opens(room, more) {
    await this.fillDoor(room, more);
    await this.page.locator("#open").click();
  }

  async joins(room, more) {
    await this.fillDoor(room, more);
    await this.page.locator("#join").click();
  }

  /** Waits until this window says so, above its log or in it. */
  async reads(text) {
    await this.page.locator("#note, #log li").filter({ hasText: text }).first().waitFor();
  }

  async says(text) {
    await this.page.locator("#text:enabled").waitFor();
    await this.page.locator("#text").fill(text);
    await this.page.locator("#say button").click();
  }

  /** Messages of others, without the window's own and without what happened. */
  heard() {
    return this.page.locator("#log li:not(.mine):not(.event)").allTextContents();
  }

  /** Waits until `count` videos play: pictures arrive, not just elements. */
  async sees(count) {
    await this.page.waitForFunction((wanted) => {
      const videos = [...document.querySelectorAll("video")];
      return videos.filter((one) => one.videoWidth > 0 && one.currentTime > 0).length === wanted;
    }, count);
  }

  /** What came from the server. */
  get frames() {
    return this.page.frames.join("\n");
  }

  /** Fails if the server has seen this text of the window, or if it has not seen its signals. */
  assertServerNeverSaw(text) {
    const sent = this.page.sent.join("\n");
    assert.match(sent, /\["message",/);
    assert.match(this.frames, /\["message",/);
    assert.doesNotMatch(sent + this.frames, text);
  }
}

/** The two orders in which a room can come about. */
export const orders = {
  "opener first": async (opener, joiner, room, more) => {
    await opener.opens(room, more);
    await joiner.joins(room, more);
  },
  "joiner first": async (opener, joiner, room, more) => {
    await joiner.joins(room, more);
    await joiner.reads("Waiting for the room");
    await opener.opens(room, more);
  },
};
