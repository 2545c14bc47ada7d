// Runs test files, each in a node of its own and several at once, since most of them wait most of the
// time. Says of each how it went and how long it took.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import readline from "node:readline";

/** What a hanging file may cost, in milliseconds; every single wait in it has a deadline of its own. */
const longest = 20 * 60 * 1000;
const counters = ["tests", "pass", "fail", "cancelled", "skipped", "todo"];

/** So many per processor are about as many as keep it busy; SIGNALER_JOBS=1 for one after the other. */
const width = () => Number(process.env.SIGNALER_JOBS ?? 2 * cpus().length);

/** Keeps the lines of each `not ok` with the details below it, from TAP that comes line by line. */
function failureFilter(kept) {
  let indent = null;
  return (line) => {
    const depth = line.search(/\S/);
    if (line.trimStart().startsWith("not ok")) indent = depth;
    else if (indent !== null && depth <= indent && line.trim() !== "") indent = null;
    if (indent !== null) kept.push(line);
  };
}

/** Node's counters of one file, and what it had to say. */
async function runFile({ file, env }, folder) {
  const counts = Object.fromEntries(counters.map((name) => [name, 0]));
  const said = [];
  const child = spawn(process.execPath, ["--test", "--test-reporter=tap", file], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longest,
  });
  const keepFailure = failureFilter(said);
  readline.createInterface({ input: child.stdout }).on("line", (line) => {
    const summary = /^# (\w+) (\d+)$/.exec(line);
    if (summary && summary[1] in counts) counts[summary[1]] = Number(summary[2]);
    keepFailure(line);
  });
  readline.createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const code = await new Promise((resolve) => child.on("close", resolve));
  // A hook that fails, and a file that cannot be loaded, is not counted as a test by every node.
  if (code !== 0 && counts.fail + counts.cancelled === 0) counts.fail = 1;
  return { counts, said };
}

/** The test files of `folder` without their ending: all, or those that begin as the command line says. */
export function testNames(folder) {
  const wanted = process.argv.slice(2);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".test.js"))
    .map((file) => file.slice(0, -".test.js".length))
    .filter((name) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)));
}

/**
 * Runs `jobs`, objects {name, file, env}, in this order as far as they run one after the other. Prints a line
 * for each, failures in full, and node's own summary over all of them; sets the exit code.
 */
export async function runFiles(jobs, folder) {
  const total = Object.fromEntries(counters.map((name) => [name, 0]));
  const waiting = [...jobs];
  const work = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const begun = performance.now();
      const { counts, said } = await runFile(job, folder);
      for (const name of counters) total[name] += counts[name];
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      const { pass, fail, cancelled, skipped } = counts;
      console.log(`${job.name}: ${pass} passed, ${fail + cancelled} failed, ${skipped} skipped, ${seconds} s`);
      for (const line of said) console.log(line);
    }
  };
  await Promise.all(Array.from({ length: width() }, work));
  for (const name of counters) console.log(`# ${name} ${total[name]}`);
  process.exitCode = total.fail + total.cancelled === 0 && total.pass > 0 ? 0 : 1;
}
