// Numbers, spreads and tables as Markdown. Knows no benchmark.
export const digits = (value, count = 3) =>
  value === undefined || value === null || Number.isNaN(value)
    ? "-"
    : Number(value.toPrecision(count)).toLocaleString("en");

export const spread = (values, count) =>
  values ? `${digits(values.median, count)} (${digits(values.q1, count)}–${digits(values.q3, count)})` : "-";

export const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** How many times `other` is `one`, of two rows that were not measured side by side: quartile against quartile. */
export const quotient = (one, other) =>
  one && other
    ? { q1: one.q1 / other.q3, median: one.median / other.median, q3: one.q3 / other.q1 }
    : undefined;
