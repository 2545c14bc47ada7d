// The plots of the report, from `data` (data.mjs): writes them, and gives the Markdown that shows them.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { curves, growths } from "./growth.mjs";
import { race } from "./race.mjs";
import { bars, lines } from "./svg.mjs";

function ratios(data) {
  const rows = race
    .map(({ label, name, floor }) => ({ name, limit: floor, ratio: data.find(label, "ours")?.ratios.floor }))
    .filter(({ ratio }) => ratio)
    .map(({ name, limit, ratio }) => ({ name, limit, value: ratio.median, low: ratio.q1, high: ratio.q3 }));
  const title = "Server CPU for one operation, in times of the plain Beast server's";
  return rows.length && ["ratios", title, bars(title, rows, "times the floor; dashed: the bound")];
}

function latencies(data, label, name) {
  const nines = (share) => -Math.log10(1 - Math.min(share, 0.99999));
  const series = data.results
    .filter((result) => result.label === label && result.latency_us)
    .map((result) => ({
      name: result.server,
      points: result.latency_us.curve
        .filter(([share, value]) => value > 0 && share < 1)
        .map(([share, value]) => [nines(share), value]),
    }));
  const xTicks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999].map((share) => [nines(share), `${share * 100} %`]);
  const axes = { xTitle: "share of operations", yTitle: "µs", logY: true, xTicks };
  const title = `Latency: ${name}`;
  return series.length && [`latency-${label}`, title, lines(title, series, axes)];
}

function memory(data) {
  const series = ["ours", "floor", "socket.io"]
    .filter((server) => data.find("idle", server)?.curve)
    .map((server) => ({
      name: server,
      points: [[0, 0], ...data.find("idle", server).curve.map(([count, bytes]) => [count, bytes / 2 ** 20])],
    }));
  const axes = { xTitle: "idle connections, two in each room", yTitle: "MiB" };
  const title = "Private memory over connections";
  return series.length && ["memory", title, lines(title, series, axes)];
}

function growing(data, growth) {
  const series = curves(data.results, growth).map(({ server, points }) => ({
    name: server,
    points: points.map(([count, values]) => [count, values.median]),
  }));
  return series.length && [growth.name, growth.title, lines(growth.title, series, growth)];
}

export function plots(data) {
  const all = [
    ratios(data),
    latencies(data, "open-loop", "open loop, 2,000 messages a second"),
    latencies(data, "storm-reset", "back in the room after a reset of all"),
    memory(data),
    ...growths.map((growth) => growing(data, growth)),
  ].filter(Boolean);
  for (const [name, , svg] of all) writeFileSync(path.join(data.plots, `${name}.svg`), svg);
  return all.map(([name, title]) => `![${title}](report/${name}.svg)`).join("\n\n");
}
