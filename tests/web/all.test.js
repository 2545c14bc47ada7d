// All suites in one process, so that they share one browser. A filter for one of them by hand:
// node --test --test-name-pattern="Meet" all.test.js
import { after, before } from "node:test";
import { closeBrowser, openBrowser } from "./support/browser.js";

before(openBrowser);
after(closeBrowser);

await import("./suites/api.js");
await import("./suites/original.js");
await import("./suites/outages.js");
await import("./suites/recovery.js");
await import("./suites/lifecycle.js");
await import("./suites/pages.js");
await import("./suites/demos.js");
await import("./suites/meet.js");
