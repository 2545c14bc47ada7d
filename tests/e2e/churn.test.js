// Thousands of sessions over all transports leave nothing behind: no entry, no actor, no memory.
import { it } from "node:test";
import { churn, heartbeat } from "./support/churn.js";
import { eventually, usualDeadline } from "./support/deadline.js";
import { isReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

withServer("2,000 sessions", heartbeat, (scene) => {
  it("leave nothing behind: /stats is back at its baseline, memory is flat", async () => {
    await churn(scene.server, 800);
    await scene.server.statsBecome(scene.baseline, 3 * usualDeadline);
    const before = scene.server.residentBytes();
    await churn(scene.server, 1200);
    await scene.server.statsBecome(scene.baseline, 3 * usualDeadline);
    // A garbage collector and a sanitizer keep memory for reasons of their own.
    if (isReference || scene.server.isSanitized) return;
    // The server returns what a crowd needed some seconds after the crowd has gone.
    const grown = () => scene.server.residentBytes() - before;
    await eventually(() => `flat: ${grown()} bytes more`, () => grown() < 2e6, 2 * usualDeadline);
  });
});
