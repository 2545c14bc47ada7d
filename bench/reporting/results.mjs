// results.jsonl: first what each run was (commit, date, machine, servers), then the results of its rows.
import { readFileSync, writeFileSync } from "node:fs";

/**
 * { runs, results } of such a file. A run: { run: number, commit, date, mode, machine, load, command,
 * servers: { name: command }, failed: [row, ...], micro: has it measured the parts }. A result says in
 * `run` of which it is, and is otherwise a line of signaler-bench.
 */
export function readResults(file) {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return {
    runs: lines.filter(({ scenario }) => !scenario),
    results: lines.filter(({ scenario }) => scenario),
  };
}

export function writeResults(file, { runs, results }) {
  writeFileSync(file, [...runs, ...results].map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** A failed row says behind its name what was wrong with it. */
export const labelOf = (failure) => failure.split(" ")[0];

export const ofRun = ({ scenario, label, server, ...rest }, run) =>
  Object.assign({ scenario, label, server, run }, rest, { run });

/**
 * What stands in a report after `run` has measured `rows` again: those replace all that was there of
 * the same name, the others stay with the run that has measured them. `order`: names, as they shall stand.
 */
export function putInto(old, run, rows, order) {
  const number = Math.max(0, ...old.runs.map((each) => each.run)) + 1;
  const failed = new Set(run.failed.map(labelOf));
  // Half a row would be compared with what another run has measured.
  const good = rows.filter(({ label }) => !failed.has(label));
  const fresh = new Set(good.map(({ label }) => label));
  const measured = { ...run, run: number, micro: run.micro && !failed.has("micro"), failed: [] };
  if (measured.micro) fresh.add("micro");
  const results = [
    ...old.results.filter(({ label }) => !fresh.has(label)),
    ...good.map((row) => ofRun(row, number)),
  ];
  const place = ({ label }) => (order.includes(label) ? order.indexOf(label) : order.length);
  results.sort((one, other) => place(one) - place(other));
  const runs = [...old.runs, measured].map((each) => ({
    ...each,
    micro: each.micro && (each === measured || !measured.micro),
    failed: each.failed.filter((failure) => !fresh.has(labelOf(failure))),
  }));
  const isNeeded = ({ run: each, micro }) => micro || results.some((result) => result.run === each);
  return { runs: runs.filter(isNeeded), results };
}
