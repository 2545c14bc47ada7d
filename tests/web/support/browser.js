// One Chromium for all suites, and pages in it that remember what went wrong in them.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { usualDeadline } from "../../e2e/support/deadline.js";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Cameras that exist on every machine and need no permission.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // Peers find each other on this machine alone, without names looked up by multicast.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  // Ten pages are in the background at any time and must not be slowed down for that.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

let browser;

const launch = (more) => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: flags, ...more });
};

export async function openBrowser() {
  browser = await launch();
}

export async function closeBrowser() {
  await browser?.close();
}

/** Pages of one test. Their own errors fail it; a page that loses its server may complain of that. */
export class Visit {
  #context;
  #errors = [];

  static async begin(options, within = browser) {
    const visit = new Visit();
    visit.#context = await within.newContext({ ...options, permissions: ["camera", "microphone"] });
    visit.#context.setDefaultTimeout(usualDeadline * 2);
    visit.#context.on("weberror", (error) => visit.#errors.push(error.error().message));
    return visit;
  }

  async page(url) {
    const page = await this.#context.newPage();
    page.frames = [];
    page.sent = [];
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => page.frames.push(String(payload)));
      socket.on("framesent", ({ payload }) => page.sent.push(String(payload)));
    });
    await page.goto(url);
    return page;
  }

  async end() {
    await this.#context.close();
    assert.deepEqual(this.#errors, [], "errors in the pages");
  }
}

/** Runs `test(visit)` with pages of its own. */
export const visiting = (test) => visitingAs({}, test);

/** The same with options of Playwright's contexts, such as the size of a window. */
export const visitingAs = (options, test) => async () => {
  // A Chromium that died fails the test in which it did, not all that follow.
  if (!browser.isConnected()) await openBrowser();
  await run(test, options, browser);
};

/** The same in a Chromium that keeps pages for the way back, which Playwright otherwise forbids. */
export const visitingWithCache = (test) => async () => {
  const another = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    await run(test, {}, another);
  } finally {
    await another.close();
  }
};

async function run(test, options, within) {
  const visit = await Visit.begin(options, within);
  let failed = true;
  try {
    await test(visit);
    failed = false;
  } finally {
    // The test's own failure says more than what pages complain of in its wake.
    await visit.end().catch((error) => {
      if (!failed) throw error;
    });
  }
}
