// The report from results that are made up: verdicts, curves, what is missing or partial.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../bench/reporting/report.mjs", import.meta.url));
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const spread = (median) => ({ q1: median, median, q3: median });
/** A row of one server; `more` stands for what a scenario adds. */
const row = (label, server, cpu, more = {}) => ({
  label, server, cpu_us: spread(cpu), rate: spread(1), load_cpu_us: spread(1), errors: 0, ratios: {}, figures: {}, ...more,
});

function report(results, options = []) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "bench-report-"));
  folders.push(folder);
  mkdirSync(path.join(folder, "report"));
  writeFileSync(path.join(folder, "report", "results.jsonl"), results.map((one) => JSON.stringify(one) + "\n").join(""));
  execFileSync(process.execPath, [program, `--folder=${folder}`, ...options]);
  return { text: readFileSync(path.join(folder, "report.md"), "utf8"), folder };
}

test("a ratio over its bound is a no, and listed with its reason", () => {
  const { text } = report([
    row("churn-create", "ours", 13, { ratios: { floor: spread(1.3) } }),
    row("churn-create", "floor", 10),
    row("churn-create", "socket.io", 100, { ratios: { ours: spread(7.7) } }),
  ]);
  assert.match(text, /\| churn: open a room \| .* 1\.3 \(1\.3–1\.3\): \*\*no\*\* \(at most 1\.2\) \| 7\.7 \(7\.7–7\.7\): yes \(at least 4\.5\) \|/);
  assert.match(text, /- churn: open a room, ours \/ floor: \S/);
  assert.doesNotMatch(text, /- churn: open a room, socket\.io/);
});

test("what was not measured is neither kept nor missed", () => {
  const { text } = report([]);
  assert.match(text, /not measured/);
  assert.doesNotMatch(text, /\*\*no\*\*|NaN|undefined/);
  assert.match(text, /## Bounds that were missed, and why\n\nNone\./);
});

test("what recovery costs is compared with its bounds", () => {
  const { text } = report([
    row("recovery-1", "ours", 9, { ratios: { "without-recovery": spread(1.2) } }),
    row("resume-anew", "ours", 100),
    row("resume-0", "ours", 120),
    row("resume-5", "ours", 160),
    row("resume", "ours", 170),
  ]);
  assert.match(text, /1 under way: on \/ off \| 9 \(9–9\) \| 1\.2 \(1\.2–1\.2\) \| \*\*no\*\* \(at most 1\.1\)/);
  assert.match(text, /back after 0 missed messages \/ a new one \| .* \| 1\.2 \| yes \(at most 1\.5\)/);
  assert.match(text, /back after 5 missed messages \/ a new one \| .* \| 1\.6 \| \*\*no\*\* \(at most 1\.5\)/);
  assert.match(text, /back after 10 missed messages \/ a new one \| .* \| 1\.7 \| +\|/);
});

test("a flat curve is told from one that rises", () => {
  const { text, folder } = report([
    ...[[10, 8], [100, 8.5], [5000, 9]].map(([count, cost]) => row(`relay-rooms-${count}`, "ours", cost)),
    ...[[0, 50], [15000, 90]].map(([count, cost]) => row(`churn-beside-${count}`, "ours", cost)),
  ]);
  assert.match(text, /Relay: cost of a message over rooms \| ours \| 10: 8, 100: 8\.5, 5,000: 9 \| 1\.13 \| flat: yes/);
  assert.match(text, /Churn: cost of a connection over idle ones \| ours \| 0: 50, 15,000: 90 \| 1\.8 \| flat: \*\*no\*\*/);
  assert.match(text, /- Churn: cost of a connection over idle ones: \S/);
  assert.match(readFileSync(path.join(folder, "report", "relay-rooms.svg"), "utf8"), /^<svg/);
});

test("partial results and rows that failed are named on top", () => {
  const { text } = report([row("idle", "ours", 1, { partial: "it died" })], ["--failed=storm-kill"]);
  assert.match(text, /Rows that failed: storm-kill\. Partial: idle \(ours\)\./);
});
