// The tables of the report that judge nothing: runs, rows, latencies, figures, parts.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { digits, spread, table } from "./format.mjs";

/** The rows of a run, in the words of --only as far as that is short. */
const rowsOf = (data, { run, micro }) => [
  ...new Set(data.results.filter((result) => result.run === run).map(({ label }) => label)),
  ...(micro ? ["micro"] : []),
];

/** Which run has measured what, with its commit, day, and machine. */
export function runsText(data) {
  if (!data.runs.length) return "Made by an unknown run.";
  const [first, ...others] = data.runs;
  const about = ({ commit, date, command }) => `\`${command || "bench/run.sh"}\` at ${commit || "an unknown commit"}, ${date}`;
  const load = ({ load: before }) => before && ` Load average of the minute before its first row, which may be its own build: ${before}.`;
  const lines = others.map(
    (run) =>
      `- ${rowsOf(data, run).map((label) => `\`${label}\``).join(", ")}: ${about(run)}.` +
      `${run.machine === first.machine ? "" : ` On ${run.machine}.`}${load(run) || ""}`,
  );
  return `Made by ${about(first)}.${load(first) || ""} It does not say what others did on the machine meanwhile: quartiles that lie far apart do.

${first.machine}.${lines.length ? `\n\nMeasured again since, and put in:\n\n${lines.join("\n")}` : ""}`;
}

export function partlyText(data) {
  const bad = data.results.filter(({ partial }) => partial).map(({ label, server }) => `${label} (${server})`);
  const failed = data.runs.flatMap((run) => run.failed);
  const missing = failed.length ? `Rows that failed: ${failed.join(", ")}. ` : "";
  return missing + (bad.length ? `Partial: ${[...new Set(bad)].join(", ")}.` : "");
}

/** How the servers of a row were measured: "together", "in turn", or "" for one alone. */
function manner(data, label) {
  const servers = data.serversOf(label);
  if (servers.length < 2) return "";
  return servers.some(({ ratios }) => Object.keys(ratios).length > 0) ? "together" : "in turn";
}

/** Which rows have no ratio formed inside each round. */
export const inTurn = (data) => data.labels.filter((label) => manner(data, label) === "in turn");

const unsaid = /^--(label|core|server-core|output)=/;

/** One line for each row: what was run, how often, by which run, and the command that does it again. */
export function rowTable(data) {
  const rows = data.labels.map((label) => {
    const servers = data.serversOf(label);
    const [first] = servers;
    const run = data.runOf(first);
    return [
      `\`${label}\``,
      servers.map(({ server }) => server).join(", "),
      manner(data, label),
      `\`${(first.arguments ?? []).filter((argument) => !unsaid.test(argument)).join(" ")}\``,
      digits(first.rounds, 5),
      run ? `${run.commit}, ${run.date}` : "-",
      data.again(label),
    ];
  });
  const notes = data.results.filter(({ scenario, note }) => note && scenario !== "storm").map(({ label, server, note }) => `\`${label}\`, ${server}: ${note}.`);
  const head = ["row", "servers", "measured", "`signaler-bench`", "rounds", "at", "again"];
  return [table(head, rows), ...notes].join("\n\n");
}

/** Private memory and, behind it, the peak; older results have neither. */
const mebibytes = ({ memory_kib: own, peak_memory_kib: peak }) =>
  own ? `${digits(own.median / 1024)} (${digits(peak && peak / 1024)})` : "-";

/** Latencies in microseconds, for every row that has some. */
export function latencyTable(data) {
  const rows = data.results
    .filter(({ latency_us: latency }) => latency)
    .map((result) => {
      const { label, server, rate, latency_us: latency, errors, cpu_us: cpu, load_cpu_us: own, partial } = result;
      const mark = data.option(result, "rate") ? " (spins)" : own?.median > cpu?.median ? " *" : "";
      return [
        label + (partial ? " (partial)" : ""),
        server,
        digits(rate?.median, 4),
        ...["p50", "p90", "p99", "p99.9", "max"].map((name) => digits(latency[name])),
        digits(cpu?.median),
        digits(own?.median) + mark,
        mebibytes(result),
        errors,
      ];
    });
  const head = ["row", "server", "a second", "p50", "p90", "p99", "p99.9", "max", "server's CPU", "load's CPU", "memory, MiB", "errors"];
  return table(head, rows);
}

/** Figures that only some scenarios have. */
export function figureTable(data) {
  const rows = data.results.flatMap(({ label, server, figures }) =>
    Object.entries(figures)
      .filter(([, { q3 }]) => label !== "idle" && q3 > 0)
      .map(([name, values]) => [label, server, name.replaceAll("_", " "), spread(values)]),
  );
  return rows.length ? table(["row", "server", "figure", "median (quartiles)"], rows) : "None.";
}

/** Google Benchmark's own JSON, of those programs that were run, and what callgrind counted. */
export function microTable(data) {
  const read = (name) => {
    const file = path.join(data.plots, `${name}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  };
  const rows = ["wire", "delivery"].flatMap((name) => {
    const counted = read(`instructions-${name}`);
    return (read(`micro-${name}`)?.benchmarks ?? []).map((one) => [
      one.name,
      digits(counted?.[one.name], 4),
      digits(one.cpu_time),
      digits(one.bytes_per_second && one.bytes_per_second / 2 ** 20),
    ]);
  });
  return rows.length ? table(["what", "instructions", "ns", "MiB/s"], rows) : "Not measured.";
}
