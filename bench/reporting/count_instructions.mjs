// Counts the instructions of micro-benchmarks under callgrind: count_instructions.mjs PROGRAM >FILE.json
// Each is run so often and twice as often, and the difference is what counts: start and end of the
// program cancel out. The figure is the same on every run and under any load; it knows no cache.
import { execFileSync, spawnSync } from "node:child_process";

const program = process.argv[2];
const once = 1000;

/** Instructions of the whole program while `name` runs `iterations` times. */
function instructions(name, iterations) {
  const args = ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, `--benchmark_filter=^${name}$`];
  const env = { ...process.env, MICRO_ITERATIONS: String(iterations) };
  const { status, stderr } = spawnSync("valgrind", args, { env, encoding: "utf8" });
  const counted = /Collected : (\d+)/.exec(stderr);
  if (status !== 0 || !counted) throw new Error(`${name} under callgrind: ${stderr.slice(-500)}`);
  return Number(counted[1]);
}

// Fixed numbers of iterations stand in the names of those that have one, not in the filter.
const names = execFileSync(program, ["--benchmark_list_tests"], { encoding: "utf8" }).split("\n").filter(Boolean);
const result = {};
for (const name of names) {
  const pattern = name.replaceAll("/", "\\/") + "(\\/iterations:\\d+)?";
  result[name] = Math.round((instructions(pattern, 2 * once) - instructions(pattern, once)) / once);
}
console.log(JSON.stringify(result, null, 1));
