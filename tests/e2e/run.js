// npm test: the whole suite with one thread, with two, and on CAF's stock scheduler, see support/runner.js.
// Names as arguments (`npm test -- rooms relay`) run those files only,
// SIGNALER_MODES=two-threads,stock-scheduler those modes only.
import { fileURLToPath } from "node:url";
import { runFiles, testNames } from "./support/runner.js";
import { command, modeNames } from "./support/server.js";

/** They begin first: what takes longest should not be what everybody waits for in the end. */
const long = ["churn", "slow", "embedding", "recovery", "heartbeat", "command_line"];
/** They end before an actor hears of anything: once is enough, where threads may meet. */
const sameInAllModes = ["origins", "static_files", "web_client"];

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = testNames(folder);
const ordered = [...long.filter((name) => names.includes(name)), ...names.filter((name) => !long.includes(name))];

const modes = (process.env.SIGNALER_MODES ?? process.env.SIGNALER_MODE)?.split(",") ?? modeNames;
const once = modes.includes("two-threads") ? "two-threads" : modes[0];
// Mode by mode, so that files that wait are mixed with files that work.
const jobs = modes.flatMap((mode) =>
  ordered
    .filter((name) => mode === once || !sameInAllModes.includes(name))
    .map((name) => ({
      name: `${mode} ${name}`,
      file: `${name}.test.js`,
      env: { SIGNALER_MODE: mode },
    })),
);

console.log(`testing ${command().at(-1)}`);
await runFiles(jobs, folder);
