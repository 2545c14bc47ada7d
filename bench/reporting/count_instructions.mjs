// Counts the instructions of micro-benchmarks under callgrind: count_instructions.mjs PROGRAM >FILE.json
// Each is run so often and twice as often, and the difference is what counts: start and end of the
// program cancel out. The figure is the same on every run and under any load; it knows no cache.
import { execFileSync, spawnSync } from "node:child_process";

const program = process.argv[2];
const once = 1000;

/** Instructions of the whole program while `name` runs `iterations` times. */
function instructions(name, iterations) {
  // A fixed number of iterations is part of the name. The filter knows POSIX's expressions only.
  const filter = `--benchmark_filter=^${name}/iterations:[0-9]+$`;
  const args = ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, filter];
  const env = { ...process.env, MICRO_ITERATIONS: String(iterations) };
  const { status, stdout, stderr, error } = spawnSync("valgrind", args, { env, encoding: "utf8" });
  const counted = /Collected : (\d+)/.exec(stderr);
  if (status !== 0 || !counted || !stdout.includes(`${name}/iterations:${iterations}`)) {
    throw new Error(`${name} under callgrind: ${error?.message ?? stderr.slice(-500)}`);
  }
  return Number(counted[1]);
}

const names = execFileSync(program, ["--benchmark_list_tests"], { encoding: "utf8" }).split("\n").filter(Boolean);
const result = {};
for (const name of names) {
  result[name] = Math.round((instructions(name, 2 * once) - instructions(name, once)) / once);
}
console.log(JSON.stringify(result, null, 1));
