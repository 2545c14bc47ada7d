// npm test: the whole suite with one thread, with two, and on CAF's stock scheduler. Prints one
// line for each, the failures in full, and at the end node's own summary over all of them.
// Names as arguments (`npm test -- rooms relay`) run those files only; SIGNALER_MODE one mode only.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import readline from "node:readline";
import { command, modeNames } from "./support/server.js";

/** What a hanging suite may cost; every single wait has a deadline of its own. */
const longest = 20 * 60 * 1000;
const counters = ["tests", "pass", "fail", "cancelled", "skipped", "todo"];

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname ?? new URL(".", import.meta.url))
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)));

/** The lines of each `not ok` with the details below it, from TAP that comes line by line. */
function failurePrinter() {
  let indent = null;
  return (line) => {
    const depth = line.search(/\S/);
    if (line.trimStart().startsWith("not ok")) indent = depth;
    else if (indent !== null && depth <= indent && line.trim() !== "") indent = null;
    if (indent !== null) console.log(line);
  };
}

/** Runs all files in one mode; node's counters, and whether node was content. */
async function runMode(mode) {
  const counts = Object.fromEntries(counters.map((name) => [name, 0]));
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap", ...files], {
    cwd: new URL(".", import.meta.url),
    env: { ...process.env, SIGNALER_MODE: mode },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: longest,
  });
  const printFailure = failurePrinter();
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    const summary = /^# (\w+) (\d+)$/.exec(line);
    if (summary && summary[1] in counts) counts[summary[1]] = Number(summary[2]);
    printFailure(line);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  // A hook that fails, and a file that cannot be loaded, is not counted as a test by every node.
  if (code !== 0 && counts.fail + counts.cancelled === 0) counts.fail = 1;
  return counts;
}

const total = Object.fromEntries(counters.map((name) => [name, 0]));
console.log(`testing ${command().at(-1)}`);
for (const mode of process.env.SIGNALER_MODE ? [process.env.SIGNALER_MODE] : modeNames) {
  const begun = performance.now();
  const counts = await runMode(mode);
  for (const name of counters) total[name] += counts[name];
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const { pass, fail, cancelled, skipped } = counts;
  const failed = `${fail + cancelled} failed, ${skipped} skipped`;
  console.log(`${mode}: ${pass} passed, ${failed}, ${seconds} s`);
}
for (const name of counters) console.log(`# ${name} ${total[name]}`);
process.exitCode = total.fail + total.cancelled === 0 && total.pass > 0 ? 0 : 1;
