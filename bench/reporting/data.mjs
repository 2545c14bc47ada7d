// What a report is made of: results by row and server, verdicts on them, how to measure them again.
import path from "node:path";
import { readResults } from "./results.mjs";

/** `folder` is that of report.md. */
export function load(folder) {
  const plots = path.join(folder, "report");
  const { runs, results } = readResults(path.join(plots, "results.jsonl"));
  const find = (label, server) =>
    results.find((result) => result.label === label && result.server === server);

  /** What has missed its bound so far: [what it is, the key of its reason]. */
  const misses = [];

  return {
    plots,
    runs,
    results,
    find,
    misses,
    runOf: (result) => runs.find(({ run }) => run === result?.run),
    labels: [...new Set(results.map(({ label }) => label))],
    serversOf: (label) => results.filter((result) => result.label === label),
    figure: (label, server, name) => find(label, server)?.figures[name],

    /** "10000" of `--connections=10000` in the arguments of a row; undefined without. */
    option: (result, name) =>
      result?.arguments?.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3),

    /** Whether `keeps` is true of a median (`values`: a spread, or a number), and of its quartiles. */
    verdict(values, keeps, what, key, beyond = "a quarter of the windows") {
      const { q1, median, q3 } = typeof values === "number" ? { q1: values, median: values, q3: values } : values;
      const isGood = keeps(median);
      if (!isGood) misses.push([what, key]);
      const crosses = [q1, q3].some((value) => keeps(value) !== isGood);
      if (isGood) return crosses ? `yes, by the median; ${beyond} beyond` : "yes";
      return crosses ? `**no**, by the median; ${beyond} within` : "**no**";
    },

    /** The command that measures these rows again as they were, in the mode of the first that is there. */
    again(names) {
      const [first] = names.split(",");
      const result = results.find(({ label }) => label === first || label?.startsWith(`${first}-`));
      const run = result ? runs.find(({ run: number }) => number === result.run) : runs[0];
      const mode = !run?.mode || run.mode === "normal" ? "" : ` --${run.mode}`;
      return `\`bench/run.sh${mode} --only=${names}\``;
    },
  };
}
