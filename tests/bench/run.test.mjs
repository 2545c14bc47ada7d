// bench/run.sh as far as it measures nothing: which rows it would run, for how long, what it refuses.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../bench/run.sh", import.meta.url));
const temporary = mkdtempSync(path.join(os.tmpdir(), "bench-run-"));
after(() => rmSync(temporary, { recursive: true }));

function run(...args) {
  const { status, stdout, stderr } = spawnSync("bash", [script, ...args], { encoding: "utf8", env: { ...process.env, TMPDIR: temporary } });
  assert.deepEqual(readdirSync(temporary), [], "nothing is left behind");
  return { status, stdout, stderr };
}

/** [{ label, told, seconds }, ...] of --list. */
function list(...args) {
  const { status, stdout, stderr } = run("--list", ...args);
  assert.equal(status, 0, stderr);
  const rows = stdout.split("\n").map((line) => /^([\w-]+): .*?: (.*): (\d+) s$/.exec(line)).filter(Boolean);
  return rows.map(([, label, told, seconds]) => ({ label, told, seconds: Number(seconds) }));
}
const labels = (...args) => [...new Set(list(...args).map(({ label }) => label))];
const minutes = (...args) => list(...args).reduce((sum, { seconds }) => sum + seconds, 0) / 60;

test("windows, gathering and storms that never end add up to less than 13 minutes, and with --quick to 7", () => {
  assert.ok(minutes() > 5 && minutes() < 13, `${minutes()}`);
  assert.ok(minutes("--quick") > 1 && minutes("--quick") < 7, `${minutes("--quick")}`);
  assert.ok(minutes("--full") < 60, `${minutes("--full")}`);
});

test("a row alone is measured as in the mode that is asked for", () => {
  const told = (...args) => list("--only=churn-create", ...args)[0].told;
  assert.match(told("--full"), /--rounds=31 --window=1s/);
  assert.match(told("--quick"), /--rounds=3 --window=500ms/);
  assert.match(told(), /--rounds=5 --window=1s/);
});

test("several rows can be asked for, and all whose names begin alike", () => {
  assert.deepEqual(labels("--only=idle,open-loop"), ["open-loop", "idle"]);
  assert.deepEqual(labels("--only=relay-rooms"), ["relay-rooms-10", "relay-rooms-100", "relay-rooms-1000", "relay-rooms-5000"]);
  assert.deepEqual(labels("--only=storm,micro"), ["storm-reset", "storm-kill", "micro"]);
});

test("the name of a row means this row, also when others begin with it", () => {
  assert.deepEqual(labels("--only=resume"), ["resume"]);
  assert.deepEqual(labels("--only=relay-100"), ["relay-100"]);
  assert.deepEqual(labels("--only=fan-out-10"), ["fan-out-10"]);
});

test("a name that no row has is refused, also among others", () => {
  for (const names of ["bogus", "idle,bogus", "rel"]) {
    const { status, stderr } = run(`--only=${names}`);
    assert.equal(status, 2);
    assert.match(stderr, /no row '(bogus|rel)' in a normal run/);
  }
});

test("rows are put into a report that is there, and never a whole run", () => {
  assert.match(run(`--into=${temporary}`).stderr, /needs --only/);
  const { status, stderr } = run("--only=idle", `--into=${temporary}`);
  assert.equal(status, 2);
  assert.match(stderr, /no report to put rows into/);
});
